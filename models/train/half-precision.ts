/** Rounds to what half precision holds, so that weights can be stored in half the bytes without a loss. */

/** Smaller magnitudes than half precision's normal numbers become 0. */
const LEAST = 2 ** -14;

export function roundedToHalf(values: Float32Array): Float32Array {
  return values.map((value) => {
    const magnitude = Math.abs(value);
    if (magnitude < LEAST) return 0;
    const step = 2 ** (Math.floor(Math.log2(magnitude)) - 10);
    return Math.round(value / step) * step;
  });
}
