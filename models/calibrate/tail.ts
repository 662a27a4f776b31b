/**
 * How false matches go on beyond what was measured: the generalised Pareto distribution, the limit of every
 * well-behaved tail (Pickands, "Statistical inference using extreme order statistics", 1975), fitted by
 * maximum likelihood.
 *
 * The likelihood is maximised over theta = shape / scale alone, which gives the shape as the mean of
 * log(1 + theta excess) (Grimshaw, "Computing maximum likelihood estimates for the generalized Pareto
 * distribution", 1993).
 */

export interface Tail {
  /** Negative for a tail that ends. */
  readonly shape: number;
  readonly scale: number;
}

/** There is too little to fit a tail to. */
export class TailError extends Error {
  override readonly name = 'TailError';
}

const FEWEST = 50;
const STEPS = 400;

/**
 * @param excesses by how much the scores that pass a threshold pass it
 * @throws TailError
 */
export function fitTail(excesses: readonly number[]): Tail {
  const positive = excesses.filter((excess) => excess > 0);
  if (positive.length < FEWEST) {
    throw new TailError(
      `Only ${positive.length} pairs of strangers are in the tail; ${FEWEST} are needed.`,
    );
  }
  const largest = Math.max(...positive);
  const mean = positive.reduce((sum, excess) => sum + excess, 0) / positive.length;
  const at = (theta: number): Tail & { readonly likelihood: number } => {
    if (Math.abs(theta) * mean < 1e-9) {
      return { shape: 0, scale: mean, likelihood: -Math.log(mean) - 1 };
    }
    const shape =
      positive.reduce((sum, excess) => sum + Math.log1p(theta * excess), 0) / positive.length;
    const scale = shape / theta;
    return { shape, scale, likelihood: -Math.log(scale) - shape - 1 };
  };
  // Below -1 / largest the largest excess would be impossible; the likelihood grows without bound just
  // above it, which is where shapes under -1 are, so those are left out.
  let [low, high] = [-(1 - 1e-6) / largest, 2 / mean];
  let best = at(0);
  for (let round = 0; round < 6; round++) {
    let bestTheta = best.shape === 0 ? 0 : best.shape / best.scale;
    for (let step = 0; step <= STEPS; step++) {
      const theta = low + ((high - low) * step) / STEPS;
      const fit = at(theta);
      if (fit.shape > -1 && fit.likelihood > best.likelihood) {
        best = fit;
        bestTheta = theta;
      }
    }
    const width = (high - low) / STEPS;
    [low, high] = [Math.max(-(1 - 1e-6) / largest, bestTheta - width), bestTheta + width];
  }
  return { shape: best.shape, scale: best.scale };
}

/** Shapes nearer to zero are taken for it: the formulas for others divide by them. */
const FLAT = 1e-9;

/** The share of what passes the threshold that passes it by `excess` or more. */
export function survival({ shape, scale }: Tail, excess: number): number {
  if (Math.abs(shape) < FLAT) return Math.exp(-excess / scale);
  return Math.max(0, 1 + (shape * excess) / scale) ** (-1 / shape);
}

/** The excess that this share reaches. */
export function excessAt({ shape, scale }: Tail, share: number): number {
  if (Math.abs(shape) < FLAT) return -scale * Math.log(share);
  return (scale / shape) * Math.expm1(-shape * Math.log(share));
}

/** The tail above a higher threshold: the same shape, another scale. */
export function above({ shape, scale }: Tail, excess: number): Tail {
  return { shape, scale: scale + shape * excess };
}
