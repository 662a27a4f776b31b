/**
 * The calibration of a face model: which cosine of two vectors strangers reach how seldom. Together with the
 * scale that all face models share it is a strictly increasing map from cosine to similarity, linear between its
 * knots, so ranking by one is ranking by the other, and the map can be inverted.
 */
import { similarityOfRate } from './similarity-scale.ts';

export interface RateKnot {
  readonly cosine: number;
  /** The share of comparisons of strangers that reach the cosine, 0..1. */
  readonly rate: number;
}

export interface Calibration {
  /** On what it was measured. */
  readonly source: string;
  readonly photographs: number;
  readonly people: number;
  readonly genuinePairs: number;
  readonly strangerPairs: number;
  /** The smallest rate that was measured; smaller ones are extrapolated by the tail. */
  readonly measuredTo: number;
  readonly tail: {
    readonly fit: string;
    readonly shape: number;
    readonly scale: number;
    /** The cosine at which it begins. */
    readonly from: number;
  };
  /** Cosines rising, rates falling. */
  readonly knots: readonly RateKnot[];
}

export interface Knot {
  readonly cosine: number;
  readonly similarity: number;
}

/** A calibration that cannot be one. */
export class CalibrationError extends RangeError {
  override readonly name = 'CalibrationError';
}

/**
 * From rates to similarities. Every cosine is reached by the one of -1, which is similarity 0; the one of 1 is
 * 100, and from the last knot to there the map is a straight line, since no rate is claimed for it.
 *
 * @throws CalibrationError unless cosines rise and rates fall strictly, within -1..1 and 1..1e-7
 */
export function similarityKnots(rates: readonly RateKnot[]): readonly Knot[] {
  return checkKnots([
    { cosine: -1, similarity: 0 },
    ...rates.map(({ cosine, rate }) => ({ cosine, similarity: similarityOfRate(rate) })),
    { cosine: 1, similarity: 100 },
  ]);
}

/** The map that a calibration stands for, both ways. @throws CalibrationError */
export function calibratedMap({ knots: rates }: Pick<Calibration, 'knots'>) {
  const knots = similarityKnots(rates);
  return {
    /** @returns 0..100, strictly rising with the cosine. */
    similarity: (cosine: number) => similarityAt(knots, cosine),
    /** The inverse: the cosine at which a similarity of 0..100 is reached. */
    cosineAt: (similarity: number) => cosineAt(knots, similarity),
  };
}

/**
 * @returns the similarity at a cosine; beyond the outermost knots it stays at theirs, and where vectors are
 *   no numbers, and hence their cosine is none, it is the lowest.
 */
export function similarityAt(knots: readonly Knot[], cosine: number): number {
  if (Number.isNaN(cosine)) return knots[0]?.similarity ?? 0;
  return interpolate(
    knots,
    cosine,
    (knot) => knot.cosine,
    (knot) => knot.similarity,
  );
}

/** @returns the lowest cosine, among those the knots span, whose similarity is the given one. */
export function cosineAt(knots: readonly Knot[], similarity: number): number {
  return interpolate(
    knots,
    similarity,
    (knot) => knot.similarity,
    (knot) => knot.cosine,
  );
}

/** @throws CalibrationError unless there are at least two knots, rising in both cosine and similarity. */
export function checkKnots(knots: readonly Knot[]): readonly Knot[] {
  const rising = knots.slice(1).every((knot, i) => {
    const previous = knots[i]!;
    return knot.cosine > previous.cosine && knot.similarity > previous.similarity;
  });
  if (knots.length < 2 || !rising) {
    throw new CalibrationError(
      'A calibration needs at least two knots, strictly rising in both values',
    );
  }
  return knots;
}

function interpolate(
  knots: readonly Knot[],
  x: number,
  from: (knot: Knot) => number,
  to: (knot: Knot) => number,
): number {
  const next = knots.findIndex((knot) => from(knot) >= x);
  if (next === -1) return to(knots[knots.length - 1]!);
  if (next === 0) return to(knots[0]!);
  const [before, after] = [knots[next - 1]!, knots[next]!];
  if (from(after) === x) return to(after);
  const share = (x - from(before)) / (from(after) - from(before));
  return to(before) + (to(after) - to(before)) * share;
}
