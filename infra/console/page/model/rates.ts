/** What a similarity means: how seldom two strangers reach it (docs/accuracy.md). */

/** Similarities, and the decimal logarithm of the share of strangers who reach them; straight lines between. */
const RATES: readonly (readonly [number, number])[] = [
  [0, 0],
  [40, -3],
  [60, -4],
  [80, -5],
  [99, -6],
  [99.9, -7],
];

/** @param similarity 0..100. @returns the share of comparisons of strangers that reach it */
export function strangersAt(similarity: number): number {
  const next = RATES.findIndex(([at]) => at >= similarity);
  if (next === -1) return 1e-7;
  if (next === 0) return 1;
  const [[from, low], [to, high]] = [RATES[next - 1]!, RATES[next]!];
  return 10 ** (low + ((high - low) * (similarity - from)) / (to - from));
}

/** Such as `1 in 100,000`; with two digits, since more are not known. */
export function inWords(rate: number): string {
  const every = 1 / rate;
  const digits = 10 ** Math.max(0, Math.floor(Math.log10(every)) - 1);
  return `1 in ${(Math.round(every / digits) * digits).toLocaleString('en')}`;
}

/**
 * How many strangers a search is expected to return.
 * @param people faces in the collection, each of somebody else
 */
export function expectedStrangers(similarity: number, people: number): number {
  return strangersAt(similarity) * people;
}
