/**
 * How well scores tell same from different: the LFW protocol's accuracy over folds, and true and false
 * match rates over all pairs. Pure arithmetic.
 */

export interface ScoredPair {
  readonly score: number;
  readonly same: boolean;
}

export interface FoldResult {
  readonly accuracy: number;
  readonly threshold: number;
}

/**
 * Accuracy of each fold at the threshold that is best for all other folds together (Huang et al.,
 * "Labeled Faces in the Wild", 2007): a pair is called the same when its score reaches the threshold.
 */
export function crossValidate(folds: readonly (readonly ScoredPair[])[]): FoldResult[] {
  return folds.map((fold, held) => {
    const threshold = bestThreshold(folds.filter((_, i) => i !== held).flat());
    const right = fold.filter(({ score, same }) => score >= threshold === same).length;
    return { accuracy: right / fold.length, threshold };
  });
}

/** Midway between the two scores around the best cut; of equal cuts the middle one. */
function bestThreshold(pairs: readonly ScoredPair[]): number {
  const sorted = pairs.toSorted((a, b) => a.score - b.score);
  // With the cut below everything, every genuine pair is right.
  let right = sorted.filter(({ same }) => same).length;
  let best = right;
  let cuts = [0];
  sorted.forEach(({ score, same }, i) => {
    right += same ? -1 : 1;
    if (score === sorted[i + 1]?.score) return;
    if (right > best) [best, cuts] = [right, []];
    if (right === best) cuts.push(i + 1);
  });
  const cut = cuts[cuts.length >> 1]!;
  const below = sorted[cut - 1]?.score ?? -1;
  const above = sorted[cut]?.score ?? 1;
  return (below + above) / 2;
}

/** The scores of all pairs, ascending. */
export interface AllPairs {
  readonly genuine: Float32Array;
  readonly impostor: Float32Array;
}

/** @param vectors of length 1, or undefined where none could be made: its pairs then score -1. */
export function allPairs(
  vectors: readonly (Float32Array | undefined)[],
  labels: readonly string[],
): AllPairs {
  const genuine: number[] = [];
  const impostor = new Float32Array((vectors.length * (vectors.length - 1)) / 2);
  let impostors = 0;
  for (let i = 0; i < vectors.length; i++) {
    for (let j = i + 1; j < vectors.length; j++) {
      const score = cosine(vectors[i], vectors[j]);
      if (labels[i] === labels[j]) genuine.push(score);
      else impostor[impostors++] = score;
    }
  }
  return {
    genuine: Float32Array.from(genuine).sort(),
    impostor: impostor.subarray(0, impostors).sort(),
  };
}

export function cosine(a: Float32Array | undefined, b: Float32Array | undefined): number {
  if (!a || !b) return -1;
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** The share of ascending scores that reach a threshold. */
export function rateAt(ascending: Float32Array, threshold: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < threshold) low = middle + 1;
    else high = middle;
  }
  return (ascending.length - low) / ascending.length;
}

/** The lowest threshold at which at most `rate` of the impostor pairs are taken for the same. */
export function thresholdAt({ impostor }: AllPairs, rate: number): number {
  const allowed = Math.floor(rate * impostor.length);
  const first = impostor[impostor.length - 1 - allowed];
  return first === undefined ? -1 : nextUp(first);
}

/** Just above a score of single precision, so that the score itself does not reach it. */
function nextUp(score: number): number {
  return score + Math.max(Math.abs(score), 1e-7) * 2 ** -24;
}
