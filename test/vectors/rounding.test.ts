/**
 * The room that bounds leave for rounding: scans compute in float32, and without it the worst of vectors, whose
 * true product is the bound itself, would be proved out by half a unit in the last place.
 */
import { describe, expect, it } from 'vitest';
import { scanRows } from '../../layers/vectors/kernel/kernel.ts';
import { scanPlain } from '../../layers/vectors/kernel/plain.ts';
import { planeRowBytes, writeCodes } from '../../layers/vectors/planes.ts';
import { quantise, quantiseQuery } from '../../layers/vectors/quantise.ts';
import { Random } from '../support/random.ts';
import { product } from './arbitraries.ts';

const DIMENSION = 32;
const TRIALS = 2000;

/** The largest float32 below a positive value, or the value if it is one. */
function atMost(value: number): number {
  const nearest = Math.fround(value);
  return nearest <= value ? nearest : Math.fround(nearest * (1 - 2 ** -23));
}

/** One vector as a row. */
function rowOf(vector: Float32Array) {
  const codes = new Int8Array(DIMENSION);
  const { scale, error } = quantise(vector, codes);
  const plane = () => new Uint8Array(planeRowBytes(DIMENSION));
  const rows = { dimension: DIMENSION, count: 1, upper: plane(), lower: plane() };
  writeCodes(rows, 0, codes);
  return { ...rows, scales: Float32Array.of(scale), errors: Float32Array.of(error) };
}

/**
 * A vector of which all values that matter are half a scale below their codes, with signs that a query makes most of
 * whose codes leave no residual: what the bound allows for is what there is. All of it is exact in double precision.
 */
function worst(random: Random) {
  const scale = (2048 + random.below(2048)) / 2 ** 21;
  const queryScale = (256 + random.below(256)) / 2 ** 25;
  const vector = new Float32Array(DIMENSION);
  const query = new Float32Array(DIMENSION);
  vector[0] = 127 * scale;
  // The codes of a query: the largest says what one of them is worth, and their sum is bounded.
  const codes = [32_767, ...Array.from({ length: 8 }, () => 1 + random.below(3000))];
  codes.forEach((code, i) => {
    vector[i + 1] = -scale * (random.below(126) + 0.5);
    query[i + 1] = -code * queryScale;
  });
  return { vector, query };
}

describe.each([
  ['the kernel', scanRows],
  ['the plain scan', scanPlain],
])('%s', (_, scan) => {
  it('finds every vector whose product is as large as its codes allow for', () => {
    const random = new Random(25);
    let missed = 0;
    for (let trial = 0; trial < TRIALS; trial++) {
      const { vector, query } = worst(random);
      const bar = atMost(product(query, vector));
      const hits = scan(rowOf(vector), quantiseQuery(query), 0, 1, bar);
      if (hits.length === 0) missed++;
    }
    expect(missed).toBe(0);
  });
});
