/**
 * One vector for a person of whom there are several faces: the direction of the mean of their vectors.
 *
 * What differs from photograph to photograph (light, pose, expression, age) averages out, what is the
 * person stays. `npm run bench:accuracy -- <folder> --users` measures what that is worth.
 *
 * @param vectors at least one, all of length 1 and of the same face model.
 * @returns a vector of length 1, the same in whatever order the faces are given.
 */
export function userVector(vectors: readonly Float32Array[]): Float32Array {
  const [first] = vectors;
  if (first === undefined) throw new RangeError('A user vector needs at least one face.');
  const sum = new Float64Array(first.length);
  // Floating-point sums depend on their order; sorting makes the vector follow from the set of faces.
  for (let i = 0; i < sum.length; i++) {
    const values = vectors.map((vector) => vector[i] ?? 0).sort((a, b) => a - b);
    sum[i] = values.reduce((total, value) => total + value, 0);
  }
  const length = Math.hypot(...sum);
  // Faces that cancel each other out are of no one direction; the first stands for them.
  if (length < Number.EPSILON) return first;
  return Float32Array.from(sum, (value) => value / length);
}
