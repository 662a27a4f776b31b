/**
 * The room that the bound of a query has for rounding is needed, and is enough: vectors that lie as far from
 * their codes as any can, for a query whose own codes are exact, so that nothing else makes up for it.
 */
import { expect, it } from 'vitest';
import { quantise, quantiseQuery } from '../../layers/vectors/quantise.ts';
import { Random } from '../support/random.ts';
import { product } from './arbitraries.ts';

const DIMENSION = 192;
const TRIALS = 4000;
/** As quantise.ts has it, relative to 127 |q|1. */
const ROOM = 1e-5;

/** The upper bound that a scan computes, in float32 from left to right. */
function bound(dot: number, scale: number, error: number, vectorScale: number): number {
  const estimate = Math.fround(Math.fround(dot) * scale);
  return Math.fround(Math.fround(estimate + error) * vectorScale);
}

it('leaves out no vector because float32 rounds', () => {
  const random = new Random(25);
  let missedWithout = 0;
  for (let trial = 0; trial < TRIALS; trial++) {
    const sign = () => (random.chance(0.5) ? -1 : 1);
    const query = Float32Array.from({ length: DIMENSION }, () => sign() / Math.sqrt(DIMENSION));
    const step = Math.fround(0.001 + 0.01 * random.next());
    const vector = Float32Array.from(query, (value, i) =>
      i === 0 ? 127 * step : step * (random.below(253) - 126 + 0.4999999 * Math.sign(value)),
    );
    const codes = new Int8Array(DIMENSION);
    const { scale: vectorScale } = quantise(vector, codes);
    const { codes: queryCodes, scale, error } = quantiseQuery(query);
    const dot = codes.reduce((sum, code, i) => sum + code * (queryCodes[i] ?? 0), 0);
    const truth = product(query, vector);
    expect(bound(dot, scale, error, vectorScale)).toBeGreaterThanOrEqual(truth);
    const size = query.reduce((sum, value) => sum + Math.abs(value), 0);
    const bare = Math.fround(error - ROOM * 127 * size);
    if (bound(dot, scale, bare, vectorScale) < truth) missedWithout++;
  }
  // Else this would not show anything.
  expect(missedWithout).toBeGreaterThan(0);
});
