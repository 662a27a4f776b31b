/** Pairs and groups against plain loops over everything, at any page size. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { duplicates } from '../../functions/common/duplicates.ts';
import { Grouping } from '../../functions/common/grouping.ts';
import { type Nearness, neighbours } from '../../functions/common/neighbours.ts';
import type { Collection } from '../../layers/records/index.ts';
import { cosine, type Query } from '../../layers/vectors/index.ts';
import { Random } from '../support/random.ts';

interface Point {
  readonly id: string;
  readonly vector: Float32Array;
}

const COLLECTION = {} as Collection;

/** On a circle, so that neighbourhoods overlap; in the order of their ids. */
function points(seed: number, count: number): Point[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => ({
    id: random.uuid(),
    vector: random.unitVector(2),
  })).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** An index that compares with everything, and counts how often it is asked. */
function source(all: readonly Point[]) {
  let searches = 0;
  return {
    searches: () => searches,
    index: {
      async search(_: Collection, { vector, limit, minCosine, exclude }: Query) {
        searches++;
        return all
          .map((record) => ({ record, cosine: cosine(vector, record.vector) }))
          .filter((match) => match.cosine >= minCosine && match.record.id !== exclude)
          .sort((a, b) => b.cosine - a.cosine)
          .slice(0, limit);
      },
    },
    async *all(after = '') {
      yield* all.filter(({ id }) => id > after);
    },
  };
}

/** An index is searched from somewhat below what counts, as it is for similarities that are rounded. */
const nearnessOf = (least: number): Nearness => ({
  minCosine: least - 0.05,
  reaches: (cosine) => cosine >= least,
});

const SEED = fc.integer({ min: 1, max: 1_000_000 });
const MIN_COSINE = fc.constantFrom(0.5, 0.9, 0.99);

describe('duplicates', () => {
  const pairsOf = (all: readonly Point[], least: number) =>
    all.flatMap((one, i) =>
      all
        .slice(i + 1)
        .filter((other) => cosine(one.vector, other.vector) >= least)
        .map((other) => `${one.id}/${other.id}`),
    );

  it('are all the pairs there are, each once, in pages of any size', async () => {
    await fc.assert(
      fc.asyncProperty(
        SEED,
        MIN_COSINE,
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        async (seed, minCosine, most, isHurried) => {
          const all = points(seed, 25);
          const found: string[] = [];
          let after: string | undefined;
          do {
            const options = {
              nearness: nearnessOf(minCosine),
              most,
              after,
              proceed: () => !isHurried,
            };
            const page = await duplicates(source(all), COLLECTION, options);
            expect(page.pairs.length).toBeLessThanOrEqual(most);
            found.push(...page.pairs.map(({ one, other }) => `${one.id}/${other.id}`));
            after = page.next;
          } while (after !== undefined);
          expect(found).toEqual(pairsOf(all, minCosine));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('of a record with more neighbours than any search gives are all found', async () => {
    const vector = Float32Array.of(1, 0);
    const all = Array.from({ length: 4_100 }, (_, i) => ({
      id: String(i).padStart(5, '0'),
      vector,
    }));
    const found = await neighbours(
      source(all),
      COLLECTION,
      all[7]!,
      nearnessOf(0.9),
      ({ id }) => id,
    );
    expect(found.map(({ kept }) => kept)).toEqual(
      all.filter((_, i) => i !== 7).map(({ id }) => id),
    );
  });
});

describe('groups', () => {
  /** Leaders in the order of ids, and of every other point the leader that it resembles most. */
  function grouped(all: readonly Point[], least: number): Map<string, string[]> {
    const leaders: Point[] = [];
    for (const point of all) {
      if (leaders.every(({ vector }) => cosine(vector, point.vector) < least)) leaders.push(point);
    }
    const groups = new Map(leaders.map(({ id }) => [id, [] as string[]]));
    for (const point of all) {
      if (groups.has(point.id)) continue;
      const [nearest] = leaders
        .map((leader) => ({ id: leader.id, near: cosine(leader.vector, point.vector) }))
        .sort((a, b) => b.near - a.near);
      groups.get(nearest?.id ?? '')?.push(point.id);
    }
    return groups;
  }

  const grouping = (all: readonly Point[], least: number) => {
    const from = source(all);
    const of = new Grouping<Point>((point) =>
      neighbours(from, COLLECTION, point, nearnessOf(least), (p) => p),
    );
    return { of, searches: from.searches };
  };

  it('are the same wherever one begins, and everybody is in one', async () => {
    await fc.assert(
      fc.asyncProperty(SEED, MIN_COSINE, async (seed, least) => {
        const all = points(seed, 40);
        const expected = grouped(all, least);
        const found = new Map<string, string[]>();
        for (const point of all) {
          // Each with a memory of its own, as if each were another page.
          const group = await grouping(all, least).of.groupOf(point, all.length);
          if (group === undefined) continue;
          expect(group.isCut).toBe(false);
          found.set(point.id, group.members.map(({ id }) => id).sort());
        }
        expect(found).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });

  it('take about one search for each point, and are cut to the most similar', async () => {
    const all = points(5, 300);
    const { of, searches } = grouping(all, 0.95);
    for (const point of all) {
      const group = await of.groupOf(point, 3);
      const near = group?.members.map((member) => member.cosine) ?? [];
      expect(near).toEqual([...near].sort((a, b) => b - a));
      expect(near.length).toBeLessThanOrEqual(3);
    }
    expect(searches()).toBe(300);
  });
});
