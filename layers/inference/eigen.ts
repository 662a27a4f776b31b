/**
 * The dominant eigenvector of a small symmetric matrix, by cyclic Jacobi rotations (Golub and Van Loan,
 * "Matrix Computations", section 8.5): exact to machine precision whatever the gap between eigenvalues.
 */

/** Convergence is quadratic; a 4x4 matrix needs about five sweeps. */
const SWEEPS = 16;

/**
 * @param matrix n rows of n numbers, symmetric; left as it is.
 * @returns a unit vector belonging to the largest eigenvalue; its sign is arbitrary.
 */
export function largestEigenvector(matrix: readonly (readonly number[])[]): Float64Array {
  const n = matrix.length;
  const a = Float64Array.from(matrix.flat());
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let p = 0; p < n - 1; p++) {
      for (let q = p + 1; q < n; q++) {
        const { cos, sin } = annihilator(a[p * n + p]!, a[q * n + q]!, a[p * n + q]!);
        rotate(a, n, p, q, 1, n, cos, sin);
        rotate(a, n, p, q, n, 1, cos, sin);
        rotate(vectors, n, p, q, 1, n, cos, sin);
      }
    }
  }
  let largest = 0;
  for (let i = 1; i < n; i++) if (a[i * n + i]! > a[largest * n + largest]!) largest = i;
  return Float64Array.from({ length: n }, (_, row) => vectors[row * n + largest]!);
}

/** The rotation in the plane of two axes that makes their off-diagonal element zero. */
function annihilator(app: number, aqq: number, apq: number): { cos: number; sin: number } {
  if (apq === 0) return { cos: 1, sin: 0 };
  const tau = (aqq - app) / (2 * apq);
  const tan = (tau < 0 ? -1 : 1) / (Math.abs(tau) + Math.hypot(1, tau));
  const cos = 1 / Math.hypot(1, tan);
  return { cos, sin: tan * cos };
}

/** Mixes columns p and q (stride 1 between columns) or rows p and q (stride n) in place. */
function rotate(
  a: Float64Array,
  n: number,
  p: number,
  q: number,
  stride: number,
  along: number,
  cos: number,
  sin: number,
): void {
  for (let k = 0; k < n; k++) {
    const [i, j] = [p * stride + k * along, q * stride + k * along];
    const [x, y] = [a[i]!, a[j]!];
    a[i] = cos * x - sin * y;
    a[j] = sin * x + cos * y;
  }
}
