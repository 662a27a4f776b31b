/** Which function holds which shard: every one once, evenly, and the same from search to search. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ShardReference } from '../../../layers/records/index.ts';
import { assign, sizeOf } from '../../../layers/vectors/index.ts';
import { Random } from '../../support/random.ts';

const MIB = 1024 * 1024;

const references = fc
  .uniqueArray(fc.string({ minLength: 1, maxLength: 30 }), { maxLength: 60 })
  .chain((keys) =>
    fc
      .array(fc.integer({ min: 64, max: 60 * MIB }), {
        minLength: keys.length,
        maxLength: keys.length,
      })
      .map((sizes) =>
        keys.map((key, i): ShardReference => ({ key, count: 1, bytes: sizes[i] ?? 64 })),
      ),
  );

const functions = fc.integer({ min: 1, max: 32 });

/** By key, the function. */
function holders(shards: readonly ShardReference[], count: number): Map<string, number> {
  return new Map(
    assign(shards, count).flatMap((held, index) => held.map(({ key }) => [key, index] as const)),
  );
}

/** As many full shards as make the bytes, and smaller ones, each half of the one before. */
function grown(random: Random, full: number): ShardReference[] {
  const sizes = [...Array(full).fill(55 * MIB), ...[26, 13, 6, 3, 1].map((mib) => mib * MIB)];
  return sizes.map((bytes) => ({
    key: `generation/faces/${random.uuid()}.shard`,
    count: 1,
    bytes,
  }));
}

describe('the assignment', () => {
  it('gives every shard to one function', () => {
    fc.assert(
      fc.property(references, functions, (shards, count) => {
        const assigned = assign(shards, count);
        expect(assigned).toHaveLength(count);
        const keys = assigned.flat().map(({ key }) => key);
        expect(keys.sort()).toEqual(shards.map(({ key }) => key).sort());
      }),
    );
  });

  it('does not depend on the order of the shards', () => {
    fc.assert(
      fc.property(references, functions, (shards, count) => {
        expect(holders([...shards].reverse(), count)).toEqual(holders(shards, count));
      }),
    );
  });

  it('gives no function much more than its share', () => {
    fc.assert(
      fc.property(references, functions, (shards, count) => {
        const largest = Math.max(0, ...shards.map(({ bytes }) => bytes));
        for (const held of assign(shards, count)) {
          // 2^(1/8) for the steps in which the share grows; a shard is not divided.
          const share = (1.25 * 2 ** (1 / 8) * sizeOf(shards)) / count;
          expect(sizeOf(held)).toBeLessThanOrEqual(share + largest);
        }
      }),
    );
    const random = new Random(7);
    for (const count of [4, 8, 16]) {
      const shards = grown(random, 76);
      const most = Math.max(...assign(shards, count).map(sizeOf));
      expect(most).toBeLessThan((1.4 * sizeOf(shards)) / count + 1);
    }
  });

  it('leaves nearly all bytes where they are when small shards are merged into others', () => {
    const random = new Random(8);
    for (let run = 0; run < 50; run++) {
      const before = grown(random, 40);
      const small = before.slice(-3);
      const merged = { key: `generation/faces/${random.uuid()}.shard`, count: 1, bytes: 10 * MIB };
      const after = [...before.filter((shard) => !small.includes(shard)), merged];
      const [was, is] = [holders(before, 8), holders(after, 8)];
      const moved = after.filter(({ key }) => key !== merged.key && was.get(key) !== is.get(key));
      expect(sizeOf(moved)).toBeLessThan(0.05 * sizeOf(after));
    }
  });

  it('moves about its share when a function is added', () => {
    const shards = grown(new Random(9), 200);
    const [was, is] = [holders(shards, 8), holders(shards, 9)];
    const moved = shards.filter(({ key }) => was.get(key) !== is.get(key));
    expect(sizeOf(moved)).toBeLessThan(0.4 * sizeOf(shards));
  });
});
