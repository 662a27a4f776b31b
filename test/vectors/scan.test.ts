/** Selection by codes against brute force in double precision: no true match is ever missing. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocate } from '../../layers/vectors/kernel/memory.ts';
import { cosine, Scan } from '../../layers/vectors/scan.ts';
import { decodeShard, type Embedded, encodeShard, type Shard } from '../../layers/vectors/shard.ts';
import { normalised, Random } from '../support/random.ts';
import { rounds } from '../support/thorough.ts';
import { anyId, product, unitVector } from './arbitraries.ts';

const face = (dimension: number) => fc.record({ id: anyId, vector: unitVector(dimension) });

/** Several shards; faces stand in more than one of them, and several have the same vector. */
const shards = (dimension: number) =>
  fc
    .tuple(
      fc.array(fc.array(face(dimension), { maxLength: 12 }), { minLength: 1, maxLength: 4 }),
      fc.array(fc.tuple(fc.nat(), fc.nat(), fc.boolean()), { maxLength: 8 }),
    )
    .map(([lists, copies]) => {
      const all = lists.flat();
      for (const [from, to, sameId] of copies) {
        const original = all[from % Math.max(1, all.length)];
        const id = all[to % Math.max(1, all.length)]?.id.replace(/^..../, 'abcd');
        if (original === undefined || id === undefined) continue;
        const list = lists[to % lists.length];
        if (sameId || !all.some((other) => other.id === id)) {
          const copy = sameId ? original : { id, vector: original.vector };
          list?.push(copy);
          all.push(copy);
        }
      }
      return lists;
    });

const encode = (dimension: number) => (faces: readonly Embedded[]) =>
  decodeShard(encodeShard('1.0', dimension, faces));

/**
 * Vectors whose cosines with the query are all but equal and whose codes say otherwise: each value lies
 * just inside the edge of its code, on the side that the query makes most of.
 */
function misleading(random: Random, query: Float32Array, count: number): Embedded[] {
  const centre = random.unitVector(query.length);
  const scale = Math.max(...centre.map(Math.abs)) / 127;
  return Array.from({ length: count }, () => {
    const direction = random.chance(0.5) ? 1 : -1;
    const vector = centre.map((value, i) => {
      // The largest value sets the scale: it stays.
      if (Math.abs(value) > 126.4 * scale) return value;
      const side = Math.sign(query[i] ?? 0) * direction;
      return (Math.round(value / scale) + side * (0.4999 - random.next() / 1000)) * scale;
    });
    return { id: random.uuid(), vector };
  });
}

/**
 * The same for the upper halves of codes: each value lies at the edge of what its upper half may stand for, on
 * the side that the query makes most of, so that nothing but the lower halves tells the vectors apart.
 */
function misleadingHalves(random: Random, query: Float32Array, count: number): Embedded[] {
  const centre = random.unitVector(query.length);
  const scale = Math.max(...centre.map(Math.abs)) / 127;
  return Array.from({ length: count }, () => {
    const direction = random.chance(0.5) ? 1 : -1;
    const vector = centre.map((value, i) => {
      if (Math.abs(value) > 126.4 * scale) return value;
      const half = Math.floor(value / scale / 16);
      const isUp = Math.sign(query[i] ?? 0) * direction > 0;
      return (16 * half + (isUp ? 15.4 - random.next() / 10 : random.next() / 10 - 0.4)) * scale;
    });
    return { id: random.uuid(), vector: normalised([...vector]) };
  });
}

/** As it is in memory as long as its lower plane has not been read. */
const upperOnly = (shard: Shard): Shard => ({ ...shard, lower: undefined });

/** What must be found: distinct ids by their cosine, which is computed in double precision. */
function truth(
  query: Float32Array,
  vectors: ReadonlyMap<string, Float32Array>,
  minCosine: number,
): { id: string; cosine: number }[] {
  return [...vectors]
    .map(([id, vector]) => ({ id, cosine: product(query, vector) }))
    .filter((match) => match.cosine >= minCosine)
    .sort((a, b) => b.cosine - a.cosine);
}

/**
 * Those that are as good as the last of the wanted ones, or better: which of several equal ones counts is
 * not for the scan to say.
 */
function wanted(matches: readonly { id: string; cosine: number }[], limit: number): string[] {
  const last = matches[Math.min(limit, matches.length) - 1]?.cosine ?? 2;
  return matches.filter(({ cosine }) => cosine >= last).map(({ id }) => id);
}

/** Asks until there is no answer, telling the scan what the records say. @returns all that it has named */
async function exhaust(
  scan: Scan,
  query: Float32Array,
  { limit, minCosine }: { limit: number; minCosine: number },
  records: ReadonlyMap<string, Float32Array>,
): Promise<string[]> {
  const known = new Map<string, number>();
  for (;;) {
    const selected = await scan.select({ limit, minCosine, known });
    if (selected.length === 0) return [...known.keys()];
    for (const id of selected) {
      if (known.has(id)) throw new Error(`${id} is known.`);
      const vector = records.get(id);
      known.set(id, vector === undefined ? Number.NEGATIVE_INFINITY : product(query, vector));
    }
  }
}

/** Where the kernel reads it; only what is larger than a MiB is there. */
function resident(bytes: Uint8Array): Uint8Array {
  const place = allocate(bytes.length);
  place.set(bytes);
  return place;
}

const anyCosine = fc.oneof(fc.double({ min: -1, max: 1, noNaN: true }), fc.constantFrom(-1, 0, 1));

describe('Scan', () => {
  it.each([12, 16, 48])('never leaves out a match of %i dimensions', async (dimension) => {
    await fc.assert(
      fc.asyncProperty(
        shards(dimension),
        unitVector(dimension),
        anyCosine,
        fc.integer({ min: 1, max: 12 }),
        fc.func(fc.boolean()),
        fc.func(fc.boolean()),
        async (lists, query, minCosine, limit, isIgnored, isWhole) => {
          const vectors = new Map(lists.flat().map(({ id, vector }) => [id, vector]));
          const ignored = [...vectors.keys()].filter((id) => isIgnored(id));
          const known = new Map(ignored.map((id) => [id, Number.NEGATIVE_INFINITY]));
          const all = lists.map(encode(dimension));
          const scan = new Scan(
            query,
            all.map((shard, i) => (isWhole(i) ? shard : upperOnly(shard))),
          );
          const selected = await scan.select({ limit, minCosine, known });

          expect(new Set(selected).size).toBe(selected.length);
          expect(selected.filter((id) => known.has(id) || !vectors.has(id))).toEqual([]);
          for (const id of ignored) vectors.delete(id);
          const matches = truth(query, vectors, minCosine);
          expect(selected).toEqual(expect.arrayContaining(wanted(matches, limit)));
        },
      ),
      { numRuns: rounds(150, 300) },
    );
  });

  it('finds every match where records are gone or have other vectors than some shards', async () => {
    await fc.assert(
      fc.asyncProperty(
        shards(16),
        fc.array(unitVector(16), { minLength: 1, maxLength: 6 }),
        unitVector(16),
        anyCosine,
        fc.integer({ min: 1, max: 12 }),
        fc.func(fc.constantFrom('gone', 'replaced', 'as it was')),
        async (lists, replacements, query, minCosine, limit, fate) => {
          const records = new Map<string, Float32Array>();
          const newer: { id: string; vector: Float32Array }[] = [];
          for (const { id, vector } of lists.flat()) {
            const happened = fate(id);
            if (happened === 'gone' || records.has(id)) continue;
            const other = replacements[newer.length % replacements.length];
            if (happened === 'replaced' && other !== undefined) {
              newer.push({ id, vector: other });
              records.set(id, other);
            } else {
              records.set(id, vector);
            }
          }
          const scan = new Scan(query, [...lists, newer].map(encode(16)));
          const found = await exhaust(scan, query, { limit, minCosine }, records);
          const matches = truth(query, records, minCosine);
          expect(found).toEqual(expect.arrayContaining(wanted(matches, limit)));
        },
      ),
      { numRuns: rounds(250, 500) },
    );
  });

  it('finds the best and all above a threshold in every dimension from 64 to 1,024', async () => {
    for (let dimension = 64; dimension <= 1024; dimension += dimension < 128 ? 1 : 31) {
      const random = new Random(dimension);
      const query = random.unitVector(dimension);
      const faces = Array.from({ length: 40 }, () => ({
        id: random.uuid(),
        vector: random.unitVector(dimension),
      }));
      const vectors = new Map(faces.map(({ id, vector }) => [id, vector]));
      const shard = encode(dimension)(faces);
      for (const minCosine of [-1, 0, 0.1]) {
        const matches = wanted(truth(query, vectors, minCosine), 10);
        for (const one of [shard, upperOnly(shard)]) {
          const known = new Map();
          const selected = await new Scan(query, [one]).select({ limit: 10, minCosine, known });
          expect(selected).toEqual(expect.arrayContaining(matches));
        }
      }
    }
  });

  it.each([16, 192])(
    'is not misled by codes that are as wrong as they can be (%i dimensions)',
    async (dimension) => {
      const made = fc.constantFrom(misleading, misleadingHalves);
      const most = fc.integer({ min: 1, max: 30 });
      await fc.assert(
        fc.asyncProperty(fc.integer(), most, made, async (seed, limit, make) => {
          const random = new Random(seed);
          const query = random.unitVector(dimension);
          const faces = make(random, query, 60);
          const vectors = new Map(faces.map(({ id, vector }) => [id, vector]));
          const all = truth(query, vectors, -2);
          // Thresholds at which exactly one more or one less is a match.
          const edge = all[random.below(all.length)]?.cosine ?? 0;
          for (const minCosine of [-1, edge, edge + 1e-12, edge - 1e-12]) {
            const shard = decodeShard(encodeShard('1.0', dimension, faces));
            for (const one of [shard, upperOnly(shard)]) {
              const known = new Map();
              const selected = await new Scan(query, [one]).select({ limit, minCosine, known });
              const matches = truth(query, vectors, minCosine);
              expect(selected).toEqual(expect.arrayContaining(wanted(matches, limit)));
            }
          }
        }),
        { numRuns: rounds(50, 100) },
      );
    },
  );

  describe.each([
    ['copied block by block', (bytes: Uint8Array) => bytes],
    ['in place', resident],
  ])('of many vectors, %s', (_, place) => {
    const DIMENSION = 16;
    const random = new Random(4);
    const query = random.unitVector(DIMENSION);
    const faces = Array.from({ length: 30_000 }, () => ({
      id: random.uuid(),
      vector: random.unitVector(DIMENSION),
    }));
    const vectors = new Map(faces.map(({ id, vector }) => [id, vector]));
    const matches = truth(query, vectors, -2);
    /** Every third of them is in two shards. */
    const lists = [faces.filter((_, i) => i % 3 === 0), faces].map((part) =>
      decodeShard(place(encodeShard('1.0', DIMENSION, part))),
    );

    it.each([1, 10, 500, 4096, 29_999, 40_000])('finds the best %i and few more', async (limit) => {
      const selected = await new Scan(query, lists).select({
        limit,
        minCosine: -1,
        known: new Map(),
      });
      expect(new Set(selected).size).toBe(selected.length);
      const missing = new Set(wanted(matches, limit));
      for (const id of selected) missing.delete(id);
      expect([...missing]).toEqual([]);
      expect(selected.length).toBeLessThanOrEqual(2 * limit + 50);
    });

    it('finds everything above a threshold', async () => {
      for (const minCosine of [0.9, 0.5, 0]) {
        const known = new Map();
        const selected = await new Scan(query, lists).select({ limit: 40_000, minCosine, known });
        const missing = new Set(truth(query, vectors, minCosine).map(({ id }) => id));
        for (const id of selected) missing.delete(id);
        expect([...missing]).toEqual([]);
      }
    });

    it('gives the places of those that are gone to the next', async () => {
      for (const gone of [10, 700, 5000]) {
        const living = new Map(matches.slice(gone).map(({ id }) => [id, vectors.get(id)]));
        const records = living as ReadonlyMap<string, Float32Array>;
        const selection = { limit: 20, minCosine: -1 };
        const found = new Set(await exhaust(new Scan(query, lists), query, selection, records));
        const next = matches.slice(gone, gone + 20);
        expect(next.filter(({ id }) => !found.has(id))).toEqual([]);
      }
    });

    it('finds all that have the same vector', async () => {
      const vector = random.unitVector(DIMENSION);
      const equal = faces.slice(0, 12_000).map(({ id }) => ({ id, vector }));
      const scan = new Scan(query, [encode(DIMENSION)(equal), encode(DIMENSION)(equal)]);
      const selected = await scan.select({ limit: 3, minCosine: -1, known: new Map() });
      expect(selected).toHaveLength(12_000);
    });
  });

  it('selects few more than the matches', async () => {
    const random = new Random(3);
    const faces = Array.from({ length: 2000 }, () => ({
      id: random.uuid(),
      vector: random.unitVector(192),
    }));
    const scan = new Scan(random.unitVector(192), [encode(192)(faces)]);
    const selected = await scan.select({ limit: 10, minCosine: -1, known: new Map() });
    expect(selected.length).toBeGreaterThanOrEqual(10);
    expect(selected.length).toBeLessThan(60);
  });

  it('refuses a query of another dimension', async () => {
    const scan = new Scan(new Float32Array(3), [encode(12)([])]);
    const selection = { limit: 1, minCosine: -1, known: new Map() };
    await expect(scan.select(selection)).rejects.toThrow(RangeError);
  });
});

describe('cosine', () => {
  it('is the product of unit vectors', () => {
    fc.assert(
      fc.property(unitVector(12), unitVector(12), (a, b) => {
        expect(cosine(a, b)).toBeCloseTo(product(a, b), 12);
        expect(cosine(a, a)).toBeCloseTo(1, 6);
      }),
    );
  });
});
