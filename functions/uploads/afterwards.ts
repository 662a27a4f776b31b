/** What is done with an object that has been indexed. */
export const AFTERWARDS = ['keep', 'tag', 'delete'] as const;
export type Afterwards = (typeof AFTERWARDS)[number];
