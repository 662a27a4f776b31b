/** The event that keeps an environment of a function from being taken away; whoever sends it imports no more. */
export const WARM = { recollect: 'warm' } as const;
