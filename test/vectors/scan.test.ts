/** Selection by codes against brute force in double precision: no true match is ever missing. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cosine, scan } from '../../layers/vectors/scan.ts';
import { decodeShard, encodeShard } from '../../layers/vectors/shard.ts';
import { Random } from '../support/random.ts';
import { anyId, product, unitVector } from './arbitraries.ts';

const DIMENSION = 12;

const face = fc.record({ id: anyId, vector: unitVector(DIMENSION) });

/** Several shards; faces stand in more than one of them, and several have the same vector. */
const shards = fc
  .tuple(
    fc.array(fc.array(face, { maxLength: 12 }), { minLength: 1, maxLength: 4 }),
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

const encode = (faces: readonly { id: string; vector: Float32Array }[]) =>
  decodeShard(encodeShard('1.0', DIMENSION, faces));

describe('Scan', () => {
  it('never leaves out a match', () => {
    fc.assert(
      fc.property(
        shards,
        unitVector(DIMENSION),
        fc.oneof(fc.double({ min: -1, max: 1, noNaN: true }), fc.constantFrom(-1, 0, 1)),
        fc.integer({ min: 1, max: 12 }),
        fc.func(fc.boolean()),
        (lists, query, minCosine, limit, isIgnored) => {
          const vectors = new Map(lists.flat().map(({ id, vector }) => [id, vector]));
          const ignore = new Set([...vectors.keys()].filter((id) => isIgnored(id)));
          const held = scan(query, lists.map(encode), {
            count: limit + ignore.size,
            bar: minCosine,
          });
          const selected = [...held.found.keys()].filter((id) => !ignore.has(id));

          expect(new Set(selected).size).toBe(selected.length);
          expect(selected.filter((id) => ignore.has(id) || !vectors.has(id))).toEqual([]);
          const cosines = [...vectors]
            .filter(([id]) => !ignore.has(id))
            .map(([id, vector]) => ({ id, cosine: product(query, vector) }))
            .filter((match) => match.cosine >= minCosine)
            .sort((a, b) => b.cosine - a.cosine);
          // Every face that ties with the last of the wanted ones is wanted: which of them counts is
          // not for the scan to say.
          const last = cosines[Math.min(limit, cosines.length) - 1]?.cosine ?? 2;
          const wanted = cosines.filter((match) => match.cosine >= last).map(({ id }) => id);
          expect(selected).toEqual(expect.arrayContaining(wanted));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('selects few more than the matches', () => {
    const random = new Random(3);
    const faces = Array.from({ length: 2000 }, () => ({
      id: random.uuid(),
      vector: random.unitVector(192),
    }));
    const shard = decodeShard(encodeShard('1.0', 192, faces));
    const { found } = scan(random.unitVector(192), [shard], { count: 10, bar: -1 });
    expect(found.size).toBeGreaterThanOrEqual(10);
    expect(found.size).toBeLessThan(60);
  });

  it('refuses a query of another dimension', () => {
    expect(() => scan(new Float32Array(3), [encode([])], { count: 1, bar: -1 })).toThrow(
      RangeError,
    );
  });
});

describe('cosine', () => {
  it('is the product of unit vectors', () => {
    fc.assert(
      fc.property(unitVector(DIMENSION), unitVector(DIMENSION), (a, b) => {
        expect(cosine(a, b)).toBeCloseTo(product(a, b), 12);
        expect(cosine(a, a)).toBeCloseTo(1, 6);
      }),
    );
  });
});
