/**
 * Every read sees what was written before it. The database in memory answers a read that does not ask for that
 * with what was there before the last write, as DynamoDB may.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Collection, Records } from '../../layers/records/index.ts';
import { CollectionNotFoundError } from '../../layers/records/index.ts';
import { memoryDatabase } from '../support/memory/database.ts';
import { listed, ofFaces, ofIds, openRecords, someFaces } from './fixture.ts';

const database = memoryDatabase();
let records: Records;
let collection: Collection;
const faces = someFaces(3);
const ids = faces.map(({ id }) => id);
beforeAll(async () => {
  ({ records } = await openRecords(database));
  collection = await records.collections.create('a', '1.0', {});
  await records.faces.insert(collection, faces, ofFaces);
});
afterAll(() => database.close());

it('of a collection, its tags, its listing and its counters', async () => {
  expect((await records.collections.get('a')).generation).toBe(collection.generation);
  await records.collections.tag('a', { x: 'y' });
  expect((await records.collections.get('a')).tags).toEqual({ x: 'y' });
  const lines: string[] = [];
  for await (const { id } of records.collections.list()) lines.push(id);
  expect(lines).toEqual(['a']);
  expect((await records.collections.counts(collection)).faces).toBe(3);
});

it('of faces, one by one, together and as a list', async () => {
  expect((await records.faces.get(collection, ids[0] ?? ''))?.id).toBe(ids[0]);
  expect(await records.faces.getMany(collection, ids)).toHaveLength(3);
  expect((await records.faces.existing(collection, ids)).size).toBe(3);
  expect(await listed(records, collection)).toHaveLength(3);
});

it('of users', async () => {
  await records.users.create(collection, 'ada', undefined);
  expect((await records.users.get(collection, 'ada'))?.status).toBe('CREATED');
});

it('of tail and manifest', async () => {
  const { generation } = collection;
  const tail = await records.tail.read(generation, 'faces');
  expect(tail).toHaveLength(1);
  const before = await records.manifests.get(generation, 'faces');
  expect(
    await records.manifests.swap(collection, 'faces', before, { shards: [], retired: [] }),
  ).toBe(true);
  expect((await records.manifests.get(generation, 'faces')).version).toBe(before.version + 1);
  await records.tail.delete(tail);
  expect(await records.tail.read(generation, 'faces')).toEqual([]);
});

it('of what was deleted', async () => {
  await records.faces.delete(collection, ids.slice(0, 1), ofIds);
  expect(await records.faces.get(collection, ids[0] ?? '')).toBeUndefined();
  expect(await records.faces.getMany(collection, ids)).toHaveLength(2);
  await records.collections.delete('a');
  await expect(records.collections.get('a')).rejects.toThrow(CollectionNotFoundError);
  expect(await records.purges.pending()).toHaveLength(1);
});
