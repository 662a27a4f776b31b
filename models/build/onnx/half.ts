/** IEEE 754 half precision: conversions both ways, and the question whether nothing is lost. */

/** The value of a 16-bit pattern. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The 16-bit pattern of a value, or undefined where half precision has no exact one. */
export function toHalf(value: number): number | undefined {
  const magnitude = Math.abs(value);
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  if (magnitude === 0) return sign;
  // Below 2^-14 the values are evenly spaced (subnormal), so the exponent stops falling there.
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude)));
  const steps = magnitude / 2 ** (exponent - 10);
  if (!Number.isInteger(steps) || exponent > 15) return undefined;
  const subnormal = steps < 1024;
  return sign | (subnormal ? steps : ((exponent + 15) << 10) | (steps - 1024));
}

/** Half-precision bytes of the values, or undefined when any of them would change. */
export function exactHalves(values: Float32Array): Uint8Array | undefined {
  const halves = new Uint16Array(values.length);
  for (const [index, value] of values.entries()) {
    const half = toHalf(value);
    if (half === undefined) return undefined;
    halves[index] = half;
  }
  return new Uint8Array(halves.buffer);
}
