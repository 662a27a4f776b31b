/** The kernel against the plain scan and against arithmetic without limits, wherever the rows stand. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createInstance } from '../../layers/vectors/kernel/instance.ts';
import { scanRows } from '../../layers/vectors/kernel/kernel.ts';
import { allocate, footprint, residentKernel } from '../../layers/vectors/kernel/memory.ts';
import { scanPlain } from '../../layers/vectors/kernel/plain.ts';
import { BLOCK_ROWS, type Rows } from '../../layers/vectors/kernel/rows.ts';
import type { QuantisedQuery } from '../../layers/vectors/quantise.ts';
import { Random } from '../support/random.ts';

const MIB = 1024 * 1024;

/** Memory that the kernel reads in place, used by one test after the other. */
const resident = allocate(2 * MIB);

/** The same rows where the kernel reads them in place. @param offset bytes, a multiple of 4 */
function moved({ dimension, codes, scales }: Rows, offset: number): Rows {
  const { buffer, byteOffset } = resident;
  const at = byteOffset + offset;
  const scalesAt = at + Math.ceil(codes.length / 4) * 4;
  const rows = {
    dimension,
    codes: new Int8Array(buffer, at, codes.length),
    scales: new Float32Array(buffer, scalesAt, scales.length),
  };
  rows.codes.set(codes);
  rows.scales.set(scales);
  return rows;
}

function randomRows(random: Random, dimension: number, count: number): Rows {
  const codes = Int8Array.from({ length: dimension * count }, () => random.below(256) - 128);
  const scales = Float32Array.from({ length: count }, () => random.next() / 100);
  return { dimension, codes, scales };
}

function randomQuery(random: Random, dimension: number): QuantisedQuery {
  // Its |k|1 is below 2^24.
  const size = Math.min(32_767, Math.floor(2 ** 24 / dimension) - 1);
  return {
    codes: Int16Array.from({ length: dimension }, () => random.below(2 * size + 1) - size),
    scale: Math.fround(random.next() * 1e-5),
    error: Math.fround(random.next() * 6),
  };
}

/** Rows and their products, by arithmetic that cannot overflow. */
function products({ dimension, codes }: Rows, { codes: query }: QuantisedQuery): number[] {
  return Array.from({ length: codes.length / dimension }, (_, row) => {
    let sum = 0n;
    for (let i = 0; i < dimension; i++) {
      sum += BigInt(codes[row * dimension + i] ?? 0) * BigInt(query[i] ?? 0);
    }
    return Number(sum);
  });
}

describe('the kernel', () => {
  it('runs on this machine', () => {
    expect(createInstance(1)).toBeDefined();
    expect(residentKernel(resident.buffer)).toBeDefined();
  });

  it('finds what the plain scan finds, in place and on a copy', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.oneof(
          fc.integer({ min: 1, max: 20 }).map((n) => 16 * n),
          fc.integer({ min: 1, max: 70 }),
        ),
        fc.integer({ min: 0, max: 60 }),
        fc.nat(15).map((n) => 4 * n),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (seed, dimension, count, offset, share) => {
          const random = new Random(seed);
          const rows = randomRows(random, dimension, count);
          const query = randomQuery(random, dimension);
          const from = random.below(count + 1);
          const to = from + random.below(count - from + 1);
          // A bar that is the bound of one of the rows, so that some reach it and one does exactly.
          const highs = products(rows, query).map((dot, row) => {
            const product = Math.fround(Math.fround(dot) * query.scale);
            return Math.fround(Math.fround(product + query.error) * (rows.scales[row] ?? 0));
          });
          const bar = highs.sort((a, b) => a - b)[Math.floor(share * count)] ?? -1;

          const expected = [...scanPlain(rows, query, from, to, bar)];
          expect([...scanRows(rows, query, from, to, bar)]).toEqual(expected);
          expect([...scanRows(moved(rows, offset), query, from, to, bar)]).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([scanPlain, scanRows])('adds up without an error at the ends of its range', (scan) => {
    for (const dimension of [16, 192, 512, 1024]) {
      const size = Math.min(32_767, Math.floor((2 ** 24 - 1) / dimension));
      for (const code of [-128, -127, 127]) {
        const rows = { dimension, codes: new Int8Array(5 * dimension).fill(code), scales };
        const codes = new Int16Array(dimension).fill(code === 127 ? size : -size);
        const hits = scan(rows, { codes, scale: 1e-9, error: 1 }, 0, 5, -1);
        const dot = Math.abs(code) * size * dimension;
        expect([...hits]).toEqual([0, 1, 2, 3, 4].flatMap((row) => [row, dot]));
      }
    }
  });
  const scales = new Float32Array(5).fill(1);

  it('takes a whole block and no more', () => {
    const random = new Random(5);
    const rows = randomRows(random, 16, BLOCK_ROWS + 1);
    const query = randomQuery(random, 16);
    const expected = products(rows, query).flatMap((dot, row) => [row, dot]);
    expect([...scanRows(rows, query, 0, BLOCK_ROWS, -1e9)]).toEqual(expected.slice(0, -2));
    expect([...scanRows(rows, query, 1, BLOCK_ROWS + 1, -1e9)]).toEqual(expected.slice(2));
    expect(() => scanRows(rows, query, 0, BLOCK_ROWS + 1, 0)).toThrow(RangeError);
  });

  it.each([scanPlain, scanRows])('passes over what is no number, and nothing else', (scan) => {
    const { NaN: none, POSITIVE_INFINITY: infinite } = Number;
    const rows = {
      dimension: 16,
      codes: new Int8Array(96).fill(1),
      scales: Float32Array.of(none, 1, 0, infinite, none, 1),
    };
    const query = { codes: new Int16Array(16).fill(1), scale: 1, error: 1 };
    expect([...scan(rows, query, 0, 6, 0)]).toEqual([1, 16, 2, 16, 3, 16, 5, 16]);
  });

  it('reads nothing but the rows there are', () => {
    const query = randomQuery(new Random(6), 16);
    const rows = { dimension: 16, codes: new Int8Array(48), scales: new Float32Array(3) };
    for (const [from, to] of [
      [0, 4],
      [-1, 2],
      [3, 2],
    ] as const) {
      expect(() => scanRows(rows, query, from, to, 0)).toThrow(RangeError);
    }
    const short = { ...rows, codes: new Int8Array(47) };
    expect(() => scanRows(short, query, 0, 3, 0)).toThrow(RangeError);
    expect(() => scanRows({ ...rows, dimension: 8 }, query, 0, 3, 0)).toThrow(RangeError);
  });
});

describe('allocate', () => {
  it('gives zeros at a multiple of 64, of their own', () => {
    for (const bytes of [0, 1, 1000, MIB - 1, MIB, 3 * MIB + 1]) {
      const [one, other] = [allocate(bytes), allocate(bytes)];
      expect(one.length).toBe(bytes);
      expect(one.byteOffset % 64).toBe(0);
      one.fill(1);
      expect(other.every((value) => value === 0)).toBe(true);
    }
  });

  it('takes as much memory as it says', () => {
    for (const bytes of [0, 1000, MIB, 3 * MIB + 1]) {
      expect(allocate(bytes).buffer.byteLength).toBe(footprint(bytes));
    }
  });
});
