/**
 * From all comparisons to the calibration of a face model: which cosine is reached at which rate of false
 * matches. Measured down to where 50 pairs of strangers are left, extrapolated from there by a fitted tail.
 */
import { type Calibration, LEAST_RATE, type RateKnot } from '../../layers/inference/index.ts';
import type { Scores } from './scores.ts';
import { above, excessAt, fitTail, survival, type Tail, TailError } from './tail.ts';

/** Rates at which the calibration has knots, falling: four in each decade, all anchors of the scale among them. */
export const RATES: readonly number[] = [
  0.99,
  0.9,
  0.75,
  ...Array.from({ length: 28 }, (_, i) => Number((10 ** (-(i + 1) / 4)).toPrecision(6))),
];

/** Rates under which so few pairs are left are not called measured. */
const FEWEST_PAIRS = 50;
/** The share of strangers' pairs that the tail is fitted to. */
const TAIL_SHARE = 1e-3;

export interface FittedTail extends Tail {
  /** Cosine from which on the fit stands in place of counts, and the rate there. */
  readonly from: number;
  readonly rate: number;
}

/** @throws TailError when there are too few people for a calibration */
export function calibrate(scores: Scores, source: string): Calibration {
  const tail = tailOf(scores);
  const cosineAt = (rate: number) =>
    rate >= tail.rate ? scores.cosineAt(rate) : tail.from + excessAt(tail, rate / tail.rate);
  const knots: RateKnot[] = RATES.map((rate) => ({ cosine: round(cosineAt(rate)), rate }));
  const flat = knots.some(({ cosine }, i) => i > 0 && cosine <= knots[i - 1]!.cosine);
  if (flat) {
    throw new TailError(
      'Several rates are reached at the same cosine: there are too few photographs, or most of them are alike.',
    );
  }
  return {
    source,
    photographs: scores.photographs.length,
    people: new Set(scores.photographs.map(({ person }) => person)).size,
    genuinePairs: scores.genuine.length,
    strangerPairs: scores.strangers,
    measuredTo: tail.rate,
    tail: {
      fit: 'generalised Pareto',
      shape: round(tail.shape),
      scale: round(tail.scale),
      from: round(tail.from),
    },
    knots,
  };
}

/** @throws TailError */
export function tailOf(scores: Scores): FittedTail {
  const threshold = scores.cosineAt(TAIL_SHARE);
  const excesses = scores.closest
    .filter(({ cosine }) => cosine >= threshold)
    .map(({ cosine }) => cosine - threshold);
  const fitted = fitTail(excesses);
  const rate = RATES.findLast(
    (each) => each * scores.strangers >= FEWEST_PAIRS && each >= LEAST_RATE,
  );
  if (rate === undefined || rate > TAIL_SHARE) {
    throw new TailError(
      `A calibration needs a rate of 1 in 1,000 measured: ${FEWEST_PAIRS / TAIL_SHARE} pairs of different people, which are some ${Math.ceil(Math.sqrt((2 * FEWEST_PAIRS) / TAIL_SHARE))} photographs; there are ${scores.strangers} pairs.`,
    );
  }
  const from = scores.cosineAt(rate);
  return { ...above(fitted, from - threshold), from, rate };
}

/** The rate that a calibration says for a cosine beyond what was measured. */
export function tailRate(tail: FittedTail, cosine: number): number {
  return tail.rate * survival(tail, cosine - tail.from);
}

function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
