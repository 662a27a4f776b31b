/** The kernel against the plain scan and against arithmetic without limits, wherever the rows stand. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createInstance } from '../../layers/vectors/kernel/instance.ts';
import { RisingScan, scanRows } from '../../layers/vectors/kernel/kernel.ts';
import { allocate, footprint, residentKernel } from '../../layers/vectors/kernel/memory.ts';
import { scanPlain } from '../../layers/vectors/kernel/plain.ts';
import { BLOCK_ROWS, type Rows } from '../../layers/vectors/kernel/rows.ts';
import { planeRowBytes, readCodes, readUpper, writeCodes } from '../../layers/vectors/planes.ts';
import type { QuantisedQuery } from '../../layers/vectors/quantise.ts';
import { Random } from '../support/random.ts';

const MIB = 1024 * 1024;

/** Memory that the kernel reads in place, used by one test after the other. */
const resident = allocate(2 * MIB);

/** Rows of zeros. @param place gives so many bytes, zeros too, from a multiple of 64 on */
function emptyRows(
  dimension: number,
  count: number,
  place: (bytes: number) => Uint8Array = (bytes) => new Uint8Array(bytes),
): Rows & { readonly lower: Uint8Array } {
  const plane = Math.ceil((count * planeRowBytes(dimension)) / 64) * 64;
  const { buffer, byteOffset } = place(2 * plane + 8 * count);
  return {
    dimension,
    count,
    upper: new Uint8Array(buffer, byteOffset, count * planeRowBytes(dimension)),
    lower: new Uint8Array(buffer, byteOffset + plane, count * planeRowBytes(dimension)),
    scales: new Float32Array(buffer, byteOffset + 2 * plane, count),
    errors: new Float32Array(buffer, byteOffset + 2 * plane + 4 * count, count),
  };
}

/** The same rows where the kernel reads them in place. @param offset bytes, a multiple of 4 */
function moved({ dimension, count, upper, lower, scales, errors }: Rows, offset: number): Rows {
  const rows = emptyRows(dimension, count, (bytes) =>
    resident.subarray(offset, offset + bytes).fill(0xff),
  );
  rows.upper.set(upper);
  rows.scales.set(scales);
  rows.errors.set(errors);
  if (lower === undefined) return { ...rows, lower };
  rows.lower.set(lower);
  return rows;
}

function randomRows(random: Random, dimension: number, count: number): Rows {
  const rows = emptyRows(dimension, count);
  for (let row = 0; row < count; row++) {
    writeCodes(
      rows,
      row,
      Int8Array.from({ length: dimension }, () => random.below(256) - 128),
    );
    rows.scales[row] = random.next() / 100;
    rows.errors[row] = random.next() / 5;
  }
  return rows;
}

/** Its |k|1 is below 2^16. */
function randomQuery(random: Random, dimension: number): QuantisedQuery {
  const size = Math.min(32_767, Math.floor(2 ** 16 / dimension) - 1);
  const codes = Int16Array.from({ length: dimension }, () => random.below(2 * size + 1) - size);
  const bound = () => ({
    scale: Math.fround(random.next() * 1e-3),
    centre: random.next() - 0.5,
    slack: random.next() / 1e5,
    spread: Math.fround(random.next()),
    error: Math.fround(random.next() / 100),
  });
  const sum = codes.reduce((total, code) => total + code, 0);
  return { codes, sum, upper: bound(), mixed: bound(), whole: bound() };
}

/** Rows and their products with the query, by arithmetic that cannot overflow. */
function products(rows: Rows, query: QuantisedQuery): number[] {
  const read = rows.lower ? readCodes : readUpper;
  return Array.from({ length: rows.count }, (_, row) => {
    const values = new Int8Array(rows.dimension);
    read(rows, row, values);
    return Number(
      values.reduce((sum, value, i) => sum + BigInt(value) * BigInt(query.codes[i] ?? 0), 0n),
    );
  });
}

/** Bounds that are low or high enough for the scan to see all or none. */
const EVERYTHING = -1e9;

describe('the kernel', () => {
  it('runs on this machine', () => {
    expect(createInstance(1)).toBeDefined();
    expect(residentKernel(resident.buffer)).toBeDefined();
  });

  it('finds what the plain scan finds, in place and on a copy, with both planes and one', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.oneof(
          fc.integer({ min: 1, max: 10 }).map((n) => 32 * n),
          fc.integer({ min: 1, max: 140 }),
        ),
        fc.integer({ min: 0, max: 60 }),
        fc.nat(15).map((n) => 64 * n),
        fc.boolean(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (seed, dimension, count, offset, isWhole, share) => {
          const random = new Random(seed);
          const both = randomRows(random, dimension, count);
          const rows = isWhole ? both : { ...both, lower: undefined };
          const query = randomQuery(random, dimension);
          const from = 4 * random.below(Math.floor(count / 4) + 1);
          const to = Math.min(count, from + 4 * random.below((count - from) / 4 + 2));
          // A bar that is the bound of one of the rows, so that some reach it and one does exactly.
          const { fround } = Math;
          const { upper } = query;
          const highs = products({ ...rows, lower: undefined }, query).map((half, row) => {
            const ceiling = fround(upper.centre + upper.slack);
            const middle = fround(fround(fround(half) * upper.scale) + ceiling);
            const width = fround((rows.errors[row] ?? 0) * upper.spread);
            return fround(fround(fround(middle * (rows.scales[row] ?? 0)) + width) + upper.error);
          });
          const bar = highs.sort((a, b) => a - b)[Math.floor(share * count)] ?? -1;

          const expected = [...scanPlain(rows, query, from, to, bar)];
          if (!isWhole && from === 0 && to === count && count > 0) {
            expect(expected.length).toBeGreaterThan(0);
          }
          expect([...scanRows(rows, query, from, to, bar)]).toEqual(expected);
          expect([...scanRows(moved(rows, offset), query, from, to, bar)]).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('multiplies every dimension from 64 to 1,024 without an error', () => {
    const random = new Random(7);
    for (let dimension = 64; dimension <= 1024; dimension++) {
      const rows = randomRows(random, dimension, 5);
      const query = randomQuery(random, dimension);
      for (const one of [rows, { ...rows, lower: undefined }]) {
        const expected = products(one, query).flatMap((product, row) => [row, product]);
        expect([...scanRows(one, query, 0, 5, EVERYTHING)]).toEqual(expected);
      }
    }
  });

  it.each([scanPlain, scanRows])('adds up without an error at the ends of its range', (scan) => {
    for (const dimension of [16, 192, 512, 1024]) {
      for (const code of [-128, -127, 127]) {
        const rows = emptyRows(dimension, 6);
        for (let row = 0; row < 6; row++) {
          writeCodes(rows, row, new Int8Array(dimension).fill(code));
        }
        rows.scales.fill(1);
        const sign = code === 127 ? 1 : -1;
        const most = sign * Math.min(32_767, Math.floor((2 ** 16 - 1) / dimension));
        const bound = { scale: 1e-6, centre: 1, slack: 0, spread: 0, error: 0 };
        const codes = new Int16Array(dimension).fill(most);
        const query = { codes, sum: dimension * most, upper: bound, mixed: bound, whole: bound };
        const found = (value: number) => [0, 1, 2, 3, 4, 5].flatMap((row) => [row, value]);
        const hits = scan(rows, query, 0, 6, EVERYTHING);
        expect([...hits]).toEqual(found(code * most * dimension));
        const halves = scan({ ...rows, lower: undefined }, query, 0, 6, EVERYTHING);
        expect([...halves]).toEqual(found(Math.floor(code / 16) * most * dimension));
      }
    }
  });

  it('takes a whole block and no more', () => {
    const random = new Random(5);
    const rows = randomRows(random, 16, BLOCK_ROWS + 4);
    const query = randomQuery(random, 16);
    const expected = products(rows, query).flatMap((dot, row) => [row, dot]);
    const scan = (from: number, to: number) => [...scanRows(rows, query, from, to, EVERYTHING)];
    expect(scan(0, BLOCK_ROWS)).toEqual(expected.slice(0, -8));
    expect(scan(4, BLOCK_ROWS + 4)).toEqual(expected.slice(8));
    expect(() => scan(0, BLOCK_ROWS + 4)).toThrow(RangeError);
    expect(() => scan(2, BLOCK_ROWS)).toThrow(RangeError);
    expect(() => scan(0, BLOCK_ROWS - 1)).toThrow(RangeError);
  });

  it.each([scanPlain, scanRows])('passes over what is no number, and nothing else', (scan) => {
    const { NaN: none, POSITIVE_INFINITY: infinite } = Number;
    const rows = emptyRows(16, 6);
    for (let row = 0; row < 6; row++) writeCodes(rows, row, new Int8Array(16).fill(17));
    rows.scales.set([none, 1, 0, infinite, none, 1]);
    const codes = new Int16Array(16).fill(1);
    const bound = { scale: 1, centre: 0, slack: 0, spread: 0, error: 1 };
    const query = { codes, sum: 16, upper: bound, mixed: bound, whole: bound };
    const found = (value: number) => [1, 2, 3, 5].flatMap((row) => [row, value]);
    expect([...scan(rows, query, 0, 6, 0)]).toEqual(found(16 * 17));
    expect([...scan({ ...rows, lower: undefined }, query, 0, 6, 0)]).toEqual(found(16));
  });

  it('reads nothing but the rows there are', () => {
    const query = randomQuery(new Random(6), 16);
    const rows = emptyRows(16, 6);
    for (const [from, to] of [
      [0, 7],
      [0, 8],
      [-4, 4],
      [4, 0],
    ] as const) {
      expect(() => scanRows(rows, query, from, to, 0)).toThrow(RangeError);
    }
    const short = (plane: Uint8Array) => plane.subarray(0, -1);
    for (const damaged of [
      { ...rows, upper: short(rows.upper) },
      { ...rows, lower: short(rows.lower) },
      { ...rows, scales: rows.scales.subarray(1) },
      { ...rows, errors: rows.errors.subarray(1) },
      { ...rows, dimension: 8 },
    ]) {
      expect(() => scanRows(damaged, query, 0, 4, 0)).toThrow(RangeError);
    }
  });
});

/** Pairs of a row and its product, row by row. */
function sorted(pairs: readonly number[]): number[][] {
  const rows = pairs.flatMap((row, i) => (i % 2 === 0 ? [[row, pairs[i + 1] ?? 0]] : []));
  return rows.sort(([a = 0], [b = 0]) => a - b);
}

function settled(scan: RisingScan, bar: number): number[] {
  const found: number[] = [];
  for (;;) {
    const hits = scan.settle(bar);
    if (hits === undefined) return found;
    found.push(...hits);
  }
}

/** A query of which the bounds have widths that leave much open, as upper halves do. */
function vagueQuery(random: Random, dimension: number): QuantisedQuery {
  const query = randomQuery(random, dimension);
  const scale = Math.fround(1e-4 * random.next());
  const at = (share: number) => ({
    scale,
    centre: 0,
    slack: 0,
    spread: Math.fround(share * random.next()),
    error: 0,
  });
  return {
    ...query,
    upper: { ...at(1), scale: Math.fround(16 * scale) },
    mixed: at(0.7),
    whole: at(0.1),
  };
}

describe('a scan for a bar that rises', () => {
  const anyScan = fc.record({
    seed: fc.integer(),
    dimension: fc.integer({ min: 1, max: 140 }),
    count: fc.integer({ min: 1, max: 60 }),
    isResident: fc.boolean(),
    isWhole: fc.boolean(),
    shares: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 16, maxLength: 16 }),
  });

  it('finds what the plain scan finds where the bar stays, now or later', () => {
    let waited = 0;
    fc.assert(
      fc.property(anyScan, ({ seed, dimension, count, isResident, isWhole, shares }) => {
        const random = new Random(seed);
        const both = randomRows(random, dimension, count);
        const whole = isResident ? moved(both, 0) : both;
        const rows = isWhole ? whole : { ...whole, lower: undefined };
        const query = vagueQuery(random, dimension);
        const bar = Math.fround((shares[0] ?? 0) / 10);
        const scan = new RisingScan(rows, query);
        const found: number[] = [];
        for (let from = 0; from < count; from += 8) {
          found.push(...scan.scan(from, Math.min(count, from + 8), bar));
        }
        const later = settled(scan, bar);
        waited += later.length;
        expect(sorted([...found, ...later])).toEqual(
          sorted([...scanPlain(rows, query, 0, count, bar)]),
        );
        expect(scan.settle(bar)).toBeUndefined();
        scan.close();
      }),
      { numRuns: 300 },
    );
    expect(waited).toBeGreaterThan(0);
  });

  it('finds all that reach the bar in the end, each once, and nothing that never did', () => {
    fc.assert(
      fc.property(anyScan, ({ seed, dimension, count, shares }) => {
        const random = new Random(seed);
        const rows = moved(randomRows(random, dimension, count), 0);
        const query = vagueQuery(random, dimension);
        const bars = shares.map((share) => Math.fround(share / 5)).sort((a, b) => a - b);
        const scan = new RisingScan(rows, query);
        const found: number[] = [];
        for (let from = 0; from < count; from += 4) {
          found.push(...scan.scan(from, Math.min(count, from + 4), bars[from / 4] ?? 0));
        }
        const last = bars.at(-1) ?? 0;
        found.push(...settled(scan, last));
        scan.close();
        const all = sorted(found);
        expect(new Set(all.map(([row]) => row)).size).toBe(all.length);
        const lowest = sorted([...scanPlain(rows, query, 0, count, bars[0] ?? 0)]);
        expect(lowest).toEqual(expect.arrayContaining(all));
        expect(all).toEqual(
          expect.arrayContaining(sorted([...scanPlain(rows, query, 0, count, last)])),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('lets no more rows wait than there is room for', () => {
    const [dimension, count] = [16, 40_000];
    const random = new Random(9);
    const rows = moved(randomRows(random, dimension, count), 0);
    // In the end all reach the bar, and by the middle of what their upper halves say none does.
    const bound = { scale: 0, centre: 0, slack: 0, spread: 0, error: 1 };
    const query = { ...randomQuery(random, dimension), upper: bound, mixed: bound, whole: bound };
    const scan = new RisingScan(rows, query);
    const found: number[] = [];
    for (let from = 0; from < count; from += BLOCK_ROWS) {
      found.push(...scan.scan(from, Math.min(count, from + BLOCK_ROWS), 0.5));
    }
    const later = settled(scan, 0.5);
    scan.close();
    expect(later.length).toBeGreaterThan(2 * 8000);
    expect(found.length).toBeGreaterThan(2 * 30_000);
    const expected = products(rows, query).map((product, row) => [row, product]);
    expect(sorted([...found, ...later])).toEqual(expected);
  });

  it('keeps its rows from others that scan the same ones, until it is closed', () => {
    const random = new Random(10);
    const rows = moved(randomRows(random, 32, 40), 0);
    const bound = { scale: 0, centre: 0, slack: 0, spread: 0, error: 1 };
    const queries = [1, 2].map(() => {
      return { ...randomQuery(random, 32), upper: bound, mixed: bound, whole: bound };
    });
    const [first, second] = queries.map((query) => new RisingScan(rows, query));
    const found = [first, second].map(() => [] as number[]);
    for (let from = 0; from < 40; from += 8) {
      [first, second].forEach((scan, i) => {
        found[i]?.push(...(scan?.scan(from, from + 8, 0.5) ?? []));
      });
    }
    expect(found.map(({ length }) => length)).toEqual([0, 80]);
    found[0]?.push(...settled(first!, 0.5));
    queries.forEach((query, i) => {
      const expected = products(rows, query).map((product, row) => [row, product]);
      expect(sorted(found[i] ?? [])).toEqual(expected);
    });
    // One that is given up forgets what waited.
    first?.close();
    second?.close();
    const abandoned = new RisingScan(rows, queries[0]!);
    expect(abandoned.scan(0, 40, 0.5)).toHaveLength(0);
    abandoned.close();
    const next = new RisingScan(rows, queries[1]!);
    expect(next.scan(0, 8, 0.5)).toHaveLength(0);
    expect(settled(next, 0.5)).toHaveLength(16);
    next.close();
  });

  it('reads nothing but the rows there are', () => {
    const rows = moved(randomRows(new Random(6), 16, 6), 0);
    const scan = new RisingScan(rows, randomQuery(new Random(6), 16));
    expect(() => scan.scan(0, 8, 0)).toThrow(RangeError);
    scan.close();
    const other = new RisingScan(rows, randomQuery(new Random(6), 15));
    expect(() => other.scan(0, 6, 0)).toThrow(RangeError);
    other.close();
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
