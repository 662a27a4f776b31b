/**
 * How much is tried of what has very many cases. `npm test` takes a part of them, spread evenly;
 * `npm run test:thorough`, `test:faults` and `test:models` take all.
 */

/** Whether all cases are to be tried. */
export const isThorough = process.env['RECOLLECT_THOROUGH'] === 'true';

/** Every n-th of the cases, beginning with the first; all of them in a thorough run. */
export function sampled<T>(cases: readonly T[], every: number): readonly T[] {
  return isThorough ? cases : cases.filter((_, i) => i % every === 0);
}

/** So many rounds, or so many in a thorough run. */
export function rounds(usual: number, thorough: number): number {
  return isThorough ? thorough : usual;
}
