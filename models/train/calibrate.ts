/**
 * Scores to probabilities. Both maps are fitted to scores of examples that the scoring was not fitted to.
 */
import { sigmoid } from './logistic.ts';

export interface Scored {
  readonly score: number;
  readonly truth: boolean;
}

/** The probability of a score is sigmoid(slope * score + intercept). */
export interface Calibration {
  readonly slope: number;
  readonly intercept: number;
}

/** Of the mean gradient. */
const TOLERANCE = 1e-10;

/**
 * Platt scaling: maximum likelihood by Newton's method, with targets drawn in from 0 and 1 as if each
 * class had been seen once more (Platt, "Probabilistic outputs for support vector machines", 1999;
 * steps as by Lin, Lin and Weng, 2007). The slope is never negative: ranking stays ranking.
 */
export function fitPlatt(scored: readonly Scored[]): Calibration {
  const positives = scored.filter(({ truth }) => truth).length;
  const high = (positives + 1) / (positives + 2);
  const low = 1 / (scored.length - positives + 2);
  const loss = (slope: number, intercept: number) =>
    scored.reduce((sum, { score, truth }) => {
      const z = slope * score + intercept;
      return sum + Math.max(z, 0) - z * (truth ? high : low) + Math.log1p(Math.exp(-Math.abs(z)));
    }, 0);
  let [slope, intercept] = [0, Math.log((positives + 1) / (scored.length - positives + 1))];
  for (let iteration = 0; iteration < 100; iteration++) {
    let [gs, gi, hss, hsi, hii] = [0, 0, 1e-12, 0, 1e-12];
    for (const { score, truth } of scored) {
      const p = sigmoid(slope * score + intercept);
      const difference = p - (truth ? high : low);
      gs += difference * score;
      gi += difference;
      hss += p * (1 - p) * score * score;
      hsi += p * (1 - p) * score;
      hii += p * (1 - p);
    }
    if (Math.max(Math.abs(gs), Math.abs(gi)) < TOLERANCE * scored.length) break;
    const determinant = hss * hii - hsi * hsi;
    const ds = (hii * gs - hsi * gi) / determinant;
    const di = (hss * gi - hsi * gs) / determinant;
    const before = loss(slope, intercept);
    let length = 1;
    while (length > 1e-9 && loss(slope - length * ds, intercept - length * di) > before)
      length /= 2;
    slope -= length * ds;
    intercept -= length * di;
  }
  return { slope: Math.max(0, slope), intercept };
}

export interface ScoredClasses {
  readonly scores: readonly number[];
  readonly truth: number;
}

const TEMPERATURES = { from: 0.05, to: 20, steps: 200 } as const;

/**
 * Temperature scaling (Guo et al., "On calibration of modern neural networks", 2017): the factor on all
 * scores under which a softmax gives the truths the highest likelihood. Golden-section search.
 */
export function fitTemperature(scored: readonly ScoredClasses[]): number {
  const loss = (logFactor: number) => {
    const factor = Math.exp(logFactor);
    return scored.reduce((sum, { scores, truth }) => {
      const highest = Math.max(...scores);
      const total = scores.reduce((s, score) => s + Math.exp((score - highest) * factor), 0);
      return sum + Math.log(total) + (highest - scores[truth]!) * factor;
    }, 0);
  };
  let [from, to] = [Math.log(TEMPERATURES.from), Math.log(TEMPERATURES.to)];
  const golden = (Math.sqrt(5) - 1) / 2;
  for (let step = 0; step < TEMPERATURES.steps && to - from > 1e-9; step++) {
    const [a, b] = [to - golden * (to - from), from + golden * (to - from)];
    if (loss(a) < loss(b)) to = b;
    else from = a;
  }
  return Math.exp((from + to) / 2);
}
