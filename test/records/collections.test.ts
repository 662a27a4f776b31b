/** Collections: created once, found until deleted, and new when created again. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  CollectionExistsError,
  CollectionNotFoundError,
  TooManyTagsError,
} from '../../layers/records/index.ts';
import { openDatabase, type TestDatabase } from '../support/tables.ts';
import { listed, ofFaces, ofIds, openRecords, someFaces, type TestRecords } from './fixture.ts';

let database: TestDatabase;
let test: TestRecords;
beforeAll(async () => {
  database = await openDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  test = await openRecords(database);
});

async function idsAfter(after?: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of test.records.collections.list(after)) ids.push(id);
  return ids;
}

const outcomes = async (attempts: Promise<unknown>[]) => {
  const settled = await Promise.allSettled(attempts);
  const failures = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  return { succeeded: settled.length - failures.length, failures };
};

describe('creating', () => {
  it('makes a collection that is found and listed, and is empty', async () => {
    const at = new Date(1_800_000_000_123);
    const { records } = test.environment({ clock: () => at });
    const created = await records.collections.create('family', '1.0', { owner: 'me' });
    expect(created).toEqual({
      id: 'family',
      generation: expect.stringMatching(/./),
      faceModel: '1.0',
      createdAt: at,
      tags: { owner: 'me' },
    });
    const { collections } = test.records;
    expect(await collections.get('family')).toEqual(created);
    expect(await collections.counts(created)).toEqual({ faces: 0, users: 0 });
    const lines = [];
    for await (const line of collections.list()) lines.push(line);
    expect(lines).toEqual([{ id: 'family', faceModel: '1.0' }]);
  });

  it('is refused where there is one, and changes nothing', async () => {
    const first = await test.records.collections.create('a', '1.0', {});
    const again = test.records.collections.create('a', '2.0', { more: 'tags' });
    await expect(again).rejects.toThrow(CollectionExistsError);
    await expect(again).rejects.toMatchObject({ collectionId: 'a' });
    expect(await test.records.collections.get('a')).toEqual(first);
  });

  it('at the same time succeeds once', async () => {
    const attempts = Array.from({ length: 8 }, () =>
      test.environment().records.collections.create('a', '1.0', {}),
    );
    const { succeeded, failures } = await outcomes(attempts);
    expect(succeeded).toBe(1);
    expect(failures).toEqual(failures.map(() => expect.any(CollectionExistsError)));
    const winner = await Promise.any(attempts);
    expect(await test.records.collections.get('a')).toEqual(winner);
    // The collection, its line, and its counters; nothing of the losers.
    expect(await database.scan(test.table)).toHaveLength(2 + 32);
  });
});

describe('listing', () => {
  it('is in the order of ids, and goes on after any of them', async () => {
    const ids = ['b', 'A-1', 'a', 'a.b', 'Z', 'c_9', '0'];
    for (const id of ids) await test.records.collections.create(id, '1.0', {});
    // The order of bytes, as DynamoDB sorts strings.
    const sorted = ['0', 'A-1', 'Z', 'a', 'a.b', 'b', 'c_9'];
    expect(await idsAfter()).toEqual(sorted);
    for (const [i, id] of sorted.entries()) expect(await idsAfter(id)).toEqual(sorted.slice(i + 1));
    // What is gone meanwhile is as good a place to go on after.
    await test.records.collections.delete('a');
    expect(await idsAfter('a')).toEqual(['a.b', 'b', 'c_9']);
  });
});

describe('tags', () => {
  it('are added, replaced and removed', async () => {
    const { collections } = test.records;
    await collections.create('a', '1.0', { one: '1', two: '2' });
    await collections.tag('a', { two: 'II', three: '3' });
    expect((await collections.get('a')).tags).toEqual({ one: '1', two: 'II', three: '3' });
    await collections.untag('a', ['one', 'three', 'never there']);
    expect((await collections.get('a')).tags).toEqual({ two: 'II' });
  });

  it('are all there when several are added and removed at once', async () => {
    await test.records.collections.create('a', '1.0', { old: 'x' });
    await Promise.all([
      ...Array.from({ length: 6 }, (_, i) =>
        test.environment().records.collections.tag('a', { [`tag${i}`]: 'x' }),
      ),
      test.environment().records.collections.untag('a', ['old']),
    ]);
    const { tags } = await test.records.collections.get('a');
    expect(Object.keys(tags).sort()).toEqual(['tag0', 'tag1', 'tag2', 'tag3', 'tag4', 'tag5']);
  });

  it('are 200 at most', async () => {
    const { collections } = test.records;
    const tags = Object.fromEntries(Array.from({ length: 199 }, (_, i) => [`k${i}`, 'v']));
    await collections.create('a', '1.0', tags);
    await collections.tag('a', { k0: 'replaced', k199: 'v' });
    await expect(collections.tag('a', { k200: 'v' })).rejects.toThrow(TooManyTagsError);
    expect(Object.keys((await collections.get('a')).tags)).toHaveLength(200);
  });
});

describe('deleting', () => {
  it('is over for every reader', async () => {
    const { collections } = test.records;
    const { generation } = await collections.create('a', '1.0', {});
    expect(await collections.delete('a')).toBe(generation);
    expect(await idsAfter()).toEqual([]);
    const attempts = [
      collections.get('a'),
      collections.tag('a', { x: 'y' }),
      collections.untag('a', ['x']),
      collections.delete('a'),
    ];
    for (const attempt of attempts) await expect(attempt).rejects.toThrow(CollectionNotFoundError);
  });

  it('at the same time succeeds once', async () => {
    await test.records.collections.create('a', '1.0', {});
    const attempts = Array.from({ length: 6 }, () =>
      test.environment().records.collections.delete('a'),
    );
    const { succeeded, failures } = await outcomes(attempts);
    expect(succeeded).toBe(1);
    expect(failures).toEqual(failures.map(() => expect.any(CollectionNotFoundError)));
  });

  it('shares nothing with what is created after it', async () => {
    const { collections, faces, tail, manifests } = test.records;
    const all = someFaces(3);
    const before = await collections.create('a', '1.0', { old: 'tag' });
    await faces.insert(before, all, ofFaces);
    await manifests.swap(before, 'faces', await manifests.get(before.generation, 'faces'), {
      shards: [{ key: 'k', count: 3, bytes: 9 }],
      retired: [],
    });
    await collections.delete('a');
    const after = await collections.create('a', '1.0', {});
    expect(after.generation).not.toBe(before.generation);
    expect(after.tags).toEqual({});
    expect(await collections.counts(after)).toEqual({ faces: 0, users: 0 });
    expect(await listed(test.records, after)).toEqual([]);
    expect(await tail.read(after.generation, 'faces')).toEqual([]);
    expect(await manifests.get(after.generation, 'faces')).toMatchObject({
      version: 0,
      shards: [],
    });
    expect((await faces.delete(after, [all[0]?.id ?? ''], ofIds)).deleted).toEqual([]);
  });
});

describe('purging', () => {
  it('leaves nothing of a collection, and everything of the others', async () => {
    const { collections, faces, purges, manifests } = test.records;
    const other = await collections.create('other', '1.0', {});
    await faces.insert(other, someFaces(5), ofFaces);
    const kept = await database.scan(test.table);

    const at = new Date(1_900_000_000_000);
    const doomed = await collections.create('doomed', '1.0', {});
    const all = someFaces(120);
    await faces.insert(doomed, all, ofFaces);
    await faces.delete(doomed, [all[0]?.id ?? ''], ofIds);
    const empty = await manifests.get(doomed.generation, 'faces');
    await manifests.swap(doomed, 'faces', empty, { shards: [], retired: [] });
    await test.environment({ clock: () => at }).records.collections.delete('doomed');

    const purge = {
      generation: doomed.generation,
      collectionId: 'doomed',
      requestedAt: at,
      lastSeen: at,
    };
    expect(await purges.pending()).toEqual([purge]);
    await purges.deleteItems(doomed.generation);
    expect(await purges.pending()).toEqual([purge]);
    // A purge that died is done again from its beginning.
    await purges.deleteItems(doomed.generation);
    await purges.finish(doomed.generation);
    expect(await purges.pending()).toEqual([]);
    const order = (items: Record<string, unknown>[]) =>
      items
        .filter(({ pk }) => pk !== 'ERASURES')
        .map((item) => `${item['pk']} ${item['sk']}`)
        .sort();
    expect(order(await database.scan(test.table))).toEqual(order(kept));
  });

  it('lets nothing be written once it has begun', async () => {
    const { collections, faces, manifests, purges } = test.records;
    const all = someFaces(3);
    const doomed = await collections.create('a', '1.0', {});
    await faces.insert(doomed, all.slice(0, 2), ofFaces);
    await collections.delete('a');
    await purges.deleteItems(doomed.generation);
    // One who found the collection before it was deleted.
    await expect(faces.insert(doomed, all, ofFaces)).rejects.toThrow(CollectionNotFoundError);
    const ids = all.map(({ id }) => id);
    await expect(faces.delete(doomed, ids, ofIds)).rejects.toThrow(CollectionNotFoundError);
    const swapped = await manifests.swap(
      doomed,
      'faces',
      { version: 0, shards: [], retired: [] },
      { shards: [], retired: [] },
    );
    expect(swapped).toBe(false);
    await purges.finish(doomed.generation);
    const left = await database.scan(test.table);
    expect(left.filter(({ pk }) => pk !== 'ERASURES')).toEqual([]);
  });

  it('lets nothing be folded into a collection that was created again', async () => {
    const { collections, manifests } = test.records;
    const before = await collections.create('a', '1.0', {});
    const current = await manifests.get(before.generation, 'faces');
    await collections.delete('a');
    await collections.create('a', '1.0', {});
    const next = { shards: [], retired: [] };
    expect(await manifests.swap(before, 'faces', current, next)).toBe(false);
  });
});
