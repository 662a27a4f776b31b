/** Numbers of half precision (IEEE 754 binary16), for networks that take or give them. */

const SIGN = 0x8000;
const INFINITE = 0x7c00;

/** The nearest numbers of half precision, ties to even; beyond its range infinity. */
export function toHalves(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, toHalf);
}

/** @param halves bit patterns, or numbers where JavaScript has an array type of its own for them */
export function fromHalves(halves: ArrayLike<unknown>): Float32Array {
  const values = new Float32Array(halves.length);
  const isBits = halves instanceof Uint16Array;
  for (let i = 0; i < values.length; i++) {
    const half = Number(halves[i]);
    values[i] = isBits ? fromHalf(half) : half;
  }
  return values;
}

function fromHalf(bits: number): number {
  const sign = bits & SIGN ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function toHalf(value: number): number {
  if (Number.isNaN(value)) return INFINITE | 1;
  const sign = value < 0 || Object.is(value, -0) ? SIGN : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= 65_520) return sign | INFINITE;
  // Below 2^-14 the values are evenly spaced (subnormal), so the exponent stops falling there.
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude)));
  const steps = roundToEven(magnitude / 2 ** (exponent - 10));
  // A subnormal has no hidden bit; rounding up to the next power of two carries into the exponent.
  return sign | (steps + (exponent === -14 ? 0 : (exponent + 14) << 10));
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
