/**
 * A strictly increasing map between two scales, given by a few points and linear between them. Ranking
 * by one side is ranking by the other, and the map can be inverted.
 */

export interface Knot {
  readonly cosine: number;
  readonly similarity: number;
}

/** @returns the similarity at a cosine; beyond the outermost knots it stays at theirs. */
export function similarityAt(knots: readonly Knot[], cosine: number): number {
  return interpolate(
    knots.map((knot) => [knot.cosine, knot.similarity]),
    cosine,
  );
}

/** @returns the lowest cosine, among those the knots span, whose similarity is the given one. */
export function cosineAt(knots: readonly Knot[], similarity: number): number {
  return interpolate(
    knots.map((knot) => [knot.similarity, knot.cosine]),
    similarity,
  );
}

/** @throws RangeError unless there are at least two knots, rising in both cosine and similarity. */
export function checkKnots(knots: readonly Knot[]): readonly Knot[] {
  const rising = knots.slice(1).every((knot, i) => {
    const previous = knots[i]!;
    return knot.cosine > previous.cosine && knot.similarity > previous.similarity;
  });
  if (knots.length < 2 || !rising) {
    throw new RangeError('A calibration needs at least two knots, strictly rising in both values');
  }
  return knots;
}

function interpolate(points: readonly (readonly [number, number])[], x: number): number {
  const next = points.findIndex(([px]) => px >= x);
  if (next === -1) return points[points.length - 1]![1];
  if (next === 0) return points[0]![1];
  const [x0, y0] = points[next - 1]!;
  const [x1, y1] = points[next]!;
  return y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}
