/** What a picture can make the fake inference do. */
export const DEEDS = ['nothing', 'damaged', 'exit', 'memory', 'faces'] as const;
export type Deed = (typeof DEEDS)[number];

/** @param milliseconds for which the thread is busy with it, under 256 */
export function pictureOf(deed: Deed, milliseconds = 0): Uint8Array {
  return Uint8Array.of(DEEDS.indexOf(deed), milliseconds);
}
