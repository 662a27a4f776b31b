/** Folds change where vectors are, never what a search finds. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { NewFace } from '../../layers/records/index.ts';
import { idListKey, objectsOf } from '../../layers/vectors/id-list.ts';
import { ordered } from '../../layers/vectors/ordered.ts';
import { blocksOf, mostRows } from '../../layers/vectors/plan.ts';
import { decodeShard, encodeShard } from '../../layers/vectors/shard.ts';
import { Random } from '../support/random.ts';
import {
  DIMENSION,
  face,
  MINUTES,
  openServices,
  type Services,
  TestCollection,
} from './collection.ts';

let services: Services;
let test: TestCollection;
let random: Random;
beforeAll(async () => {
  services = await openServices();
});
afterAll(() => services.close());
beforeEach(async () => {
  test = await TestCollection.create(services);
  random = new Random(2);
});

const faces = (count: number) =>
  Array.from({ length: count }, () => face(random.unitVector(DIMENSION)));

async function expectRightAnswer() {
  const query = { vector: random.unitVector(DIMENSION), limit: 1000, minCosine: -1 };
  expect(await test.search(query)).toEqual(test.expected(query));
  expect(test.lost).toEqual([]);
}

async function expectAnswersWhileLost() {
  const query = { vector: random.unitVector(DIMENSION), limit: 1000, minCosine: -1 };
  expect(await test.search(query)).toEqual(test.expected(query));
  expect(test.lost.splice(0).length).toBeGreaterThan(0);
}

const ids = (given: readonly NewFace[]) => given.map(({ id }) => id).sort();
const folded = async () => (await test.state()).shards.flat().sort();

describe('a fold', () => {
  it('takes the tail into a shard, and does nothing the next time', async () => {
    const all = faces(5);
    await test.add(...all);
    expect(await test.fold()).toEqual({
      outcome: 'folded',
      added: 5,
      removed: 0,
      rebuilt: false,
      left: 0,
    });
    expect(await test.state()).toEqual({ shards: [expect.anything()], tail: 0, retired: 0 });
    expect(await folded()).toEqual(ids(all));
    expect((await test.fold()).outcome).toBe('nothing to do');
    await expectRightAnswer();
  });

  it('takes deleted faces out of every shard', async () => {
    const [large, small, gone] = [faces(40), faces(4), faces(2)];
    await test.add(...large);
    await test.fold();
    await test.add(...small, ...gone);
    await test.remove(...large.slice(0, 3), small[0] ?? face(new Float32Array()), ...gone);
    const { removed } = await test.fold();
    expect(removed).toBe(6);
    expect(await folded()).toEqual(ids([...large.slice(3), ...small.slice(1)]));
    await expectRightAnswer();
  });

  it('leaves no shard of a collection whose faces are all deleted', async () => {
    const all = faces(3);
    await test.add(...all);
    await test.fold();
    await test.remove(...all);
    await test.fold();
    expect(await test.state()).toEqual({ shards: [], tail: 0, retired: 1 });
  });

  it('keeps the number of shards logarithmic', async () => {
    let total = 0;
    for (let i = 0; i < 24; i++) {
      const added = 1 + random.below(6);
      total += added;
      await test.add(...faces(added));
      await test.fold();
      // A shard that stays is more than twice as large as all the smaller ones together.
      const { shards } = await test.state();
      expect(shards.length).toBeLessThanOrEqual(1 + Math.log(total) / Math.log(3));
      expect(shards.flat()).toHaveLength(total);
    }
    await expectRightAnswer();
  });

  it('changes no answer, however often and whenever it is done', async () => {
    const living = new Set<NewFace>();
    for (let i = 0; i < 10; i++) {
      const added = faces(1 + random.below(8));
      await test.add(...added);
      for (const one of added) living.add(one);
      const removed = random.sample([...living], random.below(5));
      await test.remove(...removed);
      for (const one of removed) living.delete(one);
      await expectRightAnswer();
      await test.fold();
      await expectRightAnswer();
      expect(await folded()).toEqual(ids([...living]));
    }
  });
});

describe('a fold of a tail that is too long', () => {
  it('takes a portion, and the next ones take the rest', async () => {
    const all = faces(40);
    for (const one of all) await test.add(one);
    const portions: number[] = [];
    for (let tail = 40; tail > 0; tail = (await test.state()).tail) {
      portions.push((await test.fold({ limits: { tail: 12 } })).added);
      await expectRightAnswer();
    }
    expect(Math.max(...portions)).toBeLessThanOrEqual(12);
    expect(await folded()).toEqual(ids(all));
  });

  it('loses nothing when a face, its deletion and its return go into different portions', async () => {
    const all = faces(6);
    for (let i = 0; i < 3; i++) {
      for (const one of all) await test.add(one);
      if (i < 2) for (const one of all) await test.remove(one);
    }
    while ((await test.state()).tail > 0) {
      await test.fold({ limits: { tail: 4 } });
      await expectRightAnswer();
    }
    expect([...new Set(await folded())]).toEqual(ids(all));
  });
});

describe('a fold that takes too long', () => {
  it('gives up before it names anything, for its shards may be gone', async () => {
    await test.add(...faces(3));
    const { existing } = test.records.faces;
    const slow = await test.fold({
      existing: async (collection, wanted) => {
        test.now += 15 * MINUTES + 1;
        return existing.call(test.records.faces, collection, wanted);
      },
    });
    expect(slow.outcome).toBe('too slow');
    expect(await test.shardKeys()).toEqual([]);
    expect((await test.state()).tail).toBe(1);
    expect((await test.fold()).outcome).toBe('folded');
    await expectRightAnswer();
  });
});

describe('two folds at once', () => {
  it('are won by one, and the other leaves nothing behind', async () => {
    await test.add(...faces(4));
    await test.fold();
    await test.add(...faces(4));
    const outcomes = await Promise.all([test.fold(), test.fold(), test.fold()]);
    const won = outcomes.filter(({ outcome }) => outcome === 'folded');
    expect(won).toHaveLength(1);
    const { shards, retired } = await test.state();
    expect(await test.shardKeys()).toHaveLength(shards.length + retired);
    await expectRightAnswer();
  });

  it('keep what is written while the loser works', async () => {
    const late = faces(2);
    await test.add(...faces(4));
    const { existing } = test.records.faces;
    const loser = await test.fold({
      existing: async (collection, wanted) => {
        await test.fold();
        await test.add(...late);
        return existing.call(test.records.faces, collection, wanted);
      },
    });
    expect(loser.outcome).toBe('lost to another fold');
    expect((await test.state()).tail).toBe(1);
    await expectRightAnswer();
  });
});

describe('shards that were replaced', () => {
  it('are kept as long as a reader may have them, and then deleted', async () => {
    await test.add(...faces(2));
    await test.fold();
    const [first] = await test.shardKeys();
    await test.add(...faces(2));
    await test.fold();
    expect((await test.state()).shards).toHaveLength(1);

    test.now += 15 * MINUTES;
    expect((await test.fold()).outcome).toBe('nothing to do');
    expect(await test.shardKeys()).toContain(first);
    test.now += 1;
    expect((await test.fold()).outcome).toBe('folded');
    expect(await test.shardKeys()).not.toContain(first);
    expect((await test.state()).retired).toBe(0);
    await expectRightAnswer();
  });

  it('answer a reader that read the manifest before', async () => {
    const all = faces(3);
    await test.add(...all);
    await test.fold();
    const { shards } = await test.records.manifests.get(test.collection.generation, 'faces');
    await test.add(...faces(3));
    await test.fold();
    for (const { key, bytes } of shards) {
      expect(await test.store().get(key, bytes)).toHaveLength(bytes);
    }
  });
});

describe('a face that is deleted and added again', () => {
  // Whether a fold comes after each of: adding, deleting, adding again.
  const orders = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) =>
    [bits & 1, bits & 2, bits & 4].map(Boolean),
  );

  it.each(orders)('survives folds after each step: %s %s %s', async (...isFolded) => {
    const [one, ...others] = faces(4);
    if (one === undefined) throw new RangeError('There is no face.');
    const steps = [() => test.add(one), () => test.remove(one), () => test.add(one)];
    await test.add(...others);
    for (const [i, step] of steps.entries()) {
      await step();
      if (isFolded[i]) await test.fold();
    }
    await expectRightAnswer();
    await test.fold();
    await expectRightAnswer();
    expect(new Set(await folded())).toEqual(new Set(ids([one, ...others])));
  });

  it('survives a fold that found it deleted', async () => {
    const [one = face(new Float32Array())] = faces(1);
    await test.add(one);
    await test.fold();
    await test.remove(one);
    const { existing } = test.records.faces;
    await test.fold({
      existing: async (collection, wanted) => {
        const found = await existing.call(test.records.faces, collection, wanted);
        await test.add(one);
        return found;
      },
    });
    await expectRightAnswer();
    await test.fold();
    expect(await folded()).toEqual([one.id]);
    await expectRightAnswer();
  });
});

describe('a fold of a collection that is deleted meanwhile', () => {
  it('leaves neither a manifest nor a shard', async () => {
    await test.add(...faces(3));
    const { existing } = test.records.faces;
    const result = await test.fold({
      existing: async (collection, wanted) => {
        const found = await existing.call(test.records.faces, collection, wanted);
        await test.records.collections.delete(collection.id);
        return found;
      },
    });
    expect(result.outcome).toBe('lost to another fold');
    expect(await test.state()).toMatchObject({ shards: [], retired: 0 });
    expect(await test.shardKeys()).toEqual([]);
  });
});

describe('a fold that needs a shard which is lost or damaged', () => {
  it.each<[string, (bytes: Uint8Array) => Uint8Array | undefined]>([
    ['is missing', () => undefined],
    ['is cut short', (bytes) => bytes.subarray(0, bytes.length - 1)],
    [
      'has another byte',
      (bytes) => Uint8Array.from(bytes, (byte, i) => (i === 70 ? byte ^ 1 : byte)),
    ],
  ])('makes all shards anew when it %s', async (_, damage) => {
    const [old, gone] = [faces(20), faces(3)];
    await test.add(...old, ...gone);
    await test.fold();
    const { shards } = await test.records.manifests.get(test.collection.generation, 'faces');
    const [{ key, bytes } = { key: '', bytes: 0 }] = shards;
    const damaged = damage(await test.store().get(key, bytes));
    await test.store().delete([key]);
    if (damaged !== undefined) await test.store().put(key, damaged);
    test.forget();

    const added = faces(2);
    await test.add(...added);
    await test.remove(...gone);
    expect(await test.fold()).toEqual({
      outcome: 'folded',
      added: 2,
      removed: 3,
      rebuilt: true,
      left: 0,
    });
    expect(await folded()).toEqual(ids([...old, ...added]));
    await expectRightAnswer();
  });
});

describe('a fold that is asked to check the shards', () => {
  it('leaves them alone when they are whole', async () => {
    await test.add(...faces(5));
    await test.fold();
    const before = await test.shardKeys();
    expect((await test.fold({ shards: 'checked' })).outcome).toBe('nothing to do');
    expect(await test.shardKeys()).toEqual(before);
  });

  it('makes one anew that is gone, from its own records, though it is in memory', async () => {
    const all = faces(30);
    await test.add(...all.slice(0, 25));
    await test.fold();
    await test.add(...all.slice(25));
    await test.fold();
    const { shards } = await test.records.manifests.get(test.collection.generation, 'faces');
    expect(shards.map(({ count }) => count)).toEqual([25, 5]);
    // A reader that has all shards in memory, as the environment of the fold may.
    await expectRightAnswer();
    const [, gone] = shards;
    await test.store().delete([gone?.key ?? '']);
    const read: string[] = [];
    const { vectorsOf } = test.records.faces;
    const folded = await test.fold({
      shards: 'checked',
      vectorsOf: (collection, wanted) => {
        read.push(...wanted);
        return vectorsOf.call(test.records.faces, collection, wanted);
      },
      all: () => {
        throw new Error('All records were read.');
      },
    });
    expect(folded).toMatchObject({ outcome: 'folded', rebuilt: true, left: 0 });
    expect(read.sort()).toEqual(ids(all.slice(25)));
    test.forget();
    expect((await test.state()).shards.map((shard) => shard.length)).toEqual([25, 5]);
    await expectRightAnswer();
  });

  it('makes all anew when one is gone and nobody knows what it held', async () => {
    const all = faces(30);
    await test.add(...all.slice(0, 25));
    await test.fold();
    await test.add(...all.slice(25));
    await test.fold();
    const [gone = ''] = await test.shardKeys();
    await test.store().delete(objectsOf([gone]));
    test.forget();
    expect(await test.fold({ suspect: gone })).toMatchObject({ rebuilt: true, left: 0 });
    expect((await test.state()).shards).toHaveLength(1);
    expect(await folded()).toEqual(ids(all));
    await expectRightAnswer();
  });

  it('makes them anew unasked where they are not to be trusted', async () => {
    const all = faces(4);
    await test.add(...all);
    await test.fold();
    const before = await test.shardKeys();
    expect((await test.fold({ shards: 'anew' })).rebuilt).toBe(true);
    expect(await test.shardKeys()).not.toEqual(before);
    expect(await folded()).toEqual(ids(all));
    await expectRightAnswer();
  });
});

describe('a fold of an index with many shards', () => {
  /** Shards too large to be merged with the others, with these faces. */
  async function shardsOf(...blocks: NewFace[][]) {
    for (const block of blocks) {
      await test.add(...block);
      await test.fold();
    }
    expect((await test.state()).shards).toHaveLength(blocks.length);
  }

  it('rewrites as many as it may, and those that waited longest first', async () => {
    const blocks = [faces(81), faces(27), faces(9), faces(3)];
    await shardsOf(...blocks);
    const gone = blocks.map(([first]) => first ?? face(new Float32Array()));
    await test.remove(...gone);
    const lefts: number[] = [];
    for (let left = 1; left > 0; lefts.push(left)) {
      const result = await test.fold({ limits: { rewrites: 1 } });
      expect(result.outcome).toBe('folded');
      left = result.left;
      // The tail is empty, and the deleted are in no answer, though some are in the shards.
      expect((await test.state()).tail).toBe(0);
      await expectRightAnswer();
    }
    expect(lefts).toEqual([3, 2, 1, 0]);
    expect(await folded()).toEqual(ids(blocks.flat().filter((one) => !gone.includes(one))));
    expect(await test.records.removals.read(test.collection.generation, 'faces')).toEqual([]);
    expect((await test.fold()).outcome).toBe('nothing to do');
  });

  it('does not read shards that hold nothing of what was deleted', async () => {
    const blocks = [faces(27), faces(9), faces(3)];
    await shardsOf(...blocks);
    const [, , [gone = face(new Float32Array())] = []] = blocks;
    await test.remove(gone);
    test.forget();
    const store = test.store();
    const read: string[] = [];
    const get: typeof store.get = (key, bytes) => {
      read.push(key);
      return store.get(key, bytes);
    };
    const put: typeof store.put = (key, bytes) => store.put(key, bytes);
    const remove: typeof store.delete = (keys) => store.delete(keys);
    const result = await test.fold({
      store: Object.assign(test.store(), { get, put, delete: remove }),
    });
    expect(result.left).toBe(0);
    expect(read.filter((key) => key.endsWith('.shard'))).toHaveLength(1);
    expect(read.filter((key) => key.endsWith('.ids'))).toHaveLength(3);
    await expectRightAnswer();
  });

  it('brings back what returns while its deletion is on the way through the shards', async () => {
    const blocks = [faces(27), faces(9), faces(3)];
    await shardsOf(...blocks);
    const back = blocks.map(([first]) => first ?? face(new Float32Array()));
    await test.remove(...back);
    await test.fold({ limits: { rewrites: 1 } });
    await test.add(...back);
    for (let left = 1; left > 0; ) {
      ({ left } = await test.fold({ limits: { rewrites: 1 } }));
      await expectRightAnswer();
    }
    expect([...new Set(await folded())]).toEqual(ids(blocks.flat()));
  });

  it('makes all anew in steps, and goes on after it died', async () => {
    const all = faces(60);
    await test.add(...all);
    await test.fold();
    const size = async () => 4.5 * mostRows(DIMENSION);
    const begun = await test.fold({ shards: 'anew', size, limits: { rewrites: 2 } });
    expect(begun).toMatchObject({ outcome: 'folded', rebuilt: true, left: 3 });
    await expectRightAnswer();
    const dead = new Error('dead');
    await expect(
      test.fold({
        size,
        all: () => {
          throw dead;
        },
      }),
    ).rejects.toBe(dead);
    // What comes and goes meanwhile is not lost, and does not stay.
    const late = faces(4);
    await test.add(...late);
    await test.remove(...all.slice(0, 5));
    await expectRightAnswer();
    const read: string[] = [];
    const { faces: records } = test.records;
    for (let left = 3; left > 0; ) {
      ({ left } = await test.fold({
        size,
        limits: { rewrites: 1 },
        all: async function* (collection, range) {
          for await (const record of records.vectors(collection, range)) {
            read.push(record.id);
            yield record;
          }
        },
      }));
      await expectRightAnswer();
    }
    // The first two of five segments are not read again.
    expect(read.every((id) => id >= '66000000')).toBe(true);
    expect([...new Set(await folded())]).toEqual(ids([...all.slice(5), ...late]));
  });

  it('begins making all anew again when what it has made is lost as well', async () => {
    const all = faces(60);
    await test.add(...all);
    await test.fold();
    const size = async () => 4.5 * mostRows(DIMENSION);
    await test.fold({ shards: 'anew', size, limits: { rewrites: 2 } });
    const { generation } = test.collection;
    const { shards, renewal } = await test.records.manifests.get(generation, 'faces');
    const made = shards.find(({ key }) => !renewal?.replaced.includes(key))?.key ?? '';
    await test.store().delete(objectsOf([made]));
    test.forget();
    await expectAnswersWhileLost();
    let suspect: string | undefined = made;
    for (let [left, folds] = [1, 0]; left > 0; folds++) {
      ({ left } = await test.fold({ size, suspect, limits: { rewrites: 1 } }));
      suspect = undefined;
      expect(folds).toBeLessThan(10);
    }
    expect(await folded()).toEqual(ids(all));
    test.forget();
    await expectRightAnswer();
  });

  it('writes no shard that is larger than shards may be', async () => {
    const wide = await TestCollection.create(services, 1024);
    const most = mostRows(1024);
    const bytes = new Uint8Array(16);
    const vectors = new Float32Array(1024).fill(1 / 32);
    const shard = decodeShard(
      encodeShard('1.0', 1024, [{ id: face(vectors).id, vector: vectors }]),
    );
    const rows = Array.from({ length: most + 2 }, (_, i) => {
      Buffer.from(bytes.buffer).writeUInt32BE(i, 12);
      return { shard: { ...shard, ids: bytes.slice() }, index: 0 };
    });
    const sizes = blocksOf(rows, most).map((block) => block.length);
    expect(sizes).toEqual([Math.floor(most / 2) + 1, Math.ceil(most / 2) + 1]);
    expect(ordered(rows)).toHaveLength(most + 2);
    expect(wide.dimension).toBe(1024);
  });
});

describe('shards of before there were lists of ids', () => {
  it('are searched as they are, and carried over by the next folds', async () => {
    const all = faces(40);
    await test.add(...all);
    await test.fold();
    const { generation } = test.collection;
    const { manifests } = test.records;
    const before = await manifests.get(generation, 'faces');
    await test.store().delete(before.shards.map(({ key }) => idListKey(key)));
    const shards = before.shards.map(({ key, count, bytes }) => ({ key, count, bytes }));
    expect(await manifests.swap(test.collection, 'faces', before, { shards, retired: [] })).toBe(
      true,
    );
    test.forget();
    await expectRightAnswer();
    await test.remove(...all.slice(0, 2));
    expect(await test.fold()).toMatchObject({ outcome: 'folded', rebuilt: false, left: 0 });
    expect(await folded()).toEqual(ids(all.slice(2)));
    const after = await manifests.get(generation, 'faces');
    expect(after.shards.every(({ clearedAt }) => clearedAt === after.version)).toBe(true);
    await expectRightAnswer();
  });
});
