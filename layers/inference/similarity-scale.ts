/**
 * What a Similarity means, for every face model alike: how seldom two strangers reach it.
 *
 * | similarity | strangers who reach it, of all comparisons |
 * |------------|--------------------------------------------|
 * | 0          | all                                        |
 * | 40         | 1 in 1,000                                 |
 * | 60         | 1 in 10,000                                |
 * | 80         | 1 in 100,000                               |
 * | 99         | 1 in 1,000,000                             |
 * | 99.9       | 1 in 10,000,000                            |
 *
 * with straight lines between, in the logarithm of the rate. Beyond 99.9 no rate is claimed.
 */

interface Anchor {
  readonly similarity: number;
  /** Decimal logarithm of the false match rate. */
  readonly logRate: number;
}

const ANCHORS: readonly Anchor[] = [
  { similarity: 0, logRate: 0 },
  { similarity: 40, logRate: -3 },
  { similarity: 60, logRate: -4 },
  { similarity: 80, logRate: -5 },
  { similarity: 99, logRate: -6 },
  { similarity: 99.9, logRate: -7 },
];

/** The rate below which the scale says nothing, and the similarity that stands for it. */
export const LEAST_RATE = 1e-7;
export const LARGEST_DEFINED = 99.9;

/**
 * @param rate false matches among comparisons of strangers, 0..1
 * @returns 0..99.9; 99.9 for every rate under one in ten million
 */
export function similarityOfRate(rate: number): number {
  const logRate = Math.log10(rate);
  const next = ANCHORS.findIndex((anchor) => anchor.logRate <= logRate);
  if (next === -1) return LARGEST_DEFINED;
  if (next === 0) return 0;
  const [from, to] = [ANCHORS[next - 1]!, ANCHORS[next]!];
  const share = (logRate - from.logRate) / (to.logRate - from.logRate);
  return from.similarity + share * (to.similarity - from.similarity);
}

/**
 * @param similarity 0..100
 * @returns the share of strangers who reach it; 1e-7 from 99.9 on, where it is that at the most
 */
export function rateOfSimilarity(similarity: number): number {
  const next = ANCHORS.findIndex((anchor) => anchor.similarity >= similarity);
  if (next === -1) return LEAST_RATE;
  if (next === 0) return 1;
  const [from, to] = [ANCHORS[next - 1]!, ANCHORS[next]!];
  const share = (similarity - from.similarity) / (to.similarity - from.similarity);
  return 10 ** (from.logRate + share * (to.logRate - from.logRate));
}
