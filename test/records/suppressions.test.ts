/** Suppressions and the fence that keeps out whoever looked at a photograph before. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Collection, SuppressedVector } from '../../layers/records/index.ts';
import { CollectionChangedError, CollectionNotFoundError } from '../../layers/records/index.ts';
import { openDatabase, type TestDatabase } from '../support/tables.ts';
import {
  listed,
  ofFaces,
  ofIds,
  openRecords,
  sizes,
  someFaces,
  type TestRecords,
} from './fixture.ts';

let database: TestDatabase;
let test: TestRecords;
let collection: Collection;
let created = 0;
beforeAll(async () => {
  database = await openDatabase();
  test = await openRecords(database);
});
afterAll(() => database.close());
beforeEach(async () => {
  collection = await test.records.collections.create(`c${created++}`, '1.0', { a: 'b' });
});

const current = () => test.records.collections.get(collection.id);
const IMAGE = { kind: 'IMAGE', imageId: 'photograph' } as const;
const NAME = { kind: 'EXTERNAL_IMAGE_ID', externalImageId: 'zoe.jpg' } as const;
const vector = (of: string): SuppressedVector & { kind: 'VECTOR' } => ({
  kind: 'VECTOR',
  of,
  faceModel: '1.0',
  vector: Float32Array.of(0.6, 0.8, 0),
  similarity: 60,
});

describe('a suppression', () => {
  it('keeps out its photograph and its name, in its collection', async () => {
    const { suppressions, collections } = test.records;
    await suppressions.add(collection, [IMAGE, NAME]);
    const now = await current();
    expect(await suppressions.keepsOut(now, 'photograph', undefined)).toBe(true);
    expect(await suppressions.keepsOut(now, 'other', 'zoe.jpg')).toBe(true);
    expect(await suppressions.keepsOut(now, 'other', 'zoe')).toBe(false);
    const other = await collections.create(`c${created++}`, '1.0', {});
    expect(await suppressions.keepsOut(other, 'photograph', 'zoe.jpg')).toBe(false);
    const kept = JSON.stringify(await database.scan(test.table));
    expect(kept).not.toContain('zoe.jpg');
  });

  it('of a vector is read as it was written, once for each revision', async () => {
    const { records } = test.environment();
    await test.records.suppressions.add(collection, [vector('one'), vector('two'), vector('one')]);
    const now = await current();
    const vectors = await records.suppressions.vectors(now);
    expect(vectors).toHaveLength(2);
    expect(vectors[0]).toMatchObject({ similarity: 60, faceModel: '1.0' });
    expect([...(vectors[0]?.vector ?? [])]).toEqual([...Float32Array.of(0.6, 0.8, 0)]);
    expect(await records.suppressions.vectors(now)).toBe(vectors);
    await test.records.suppressions.add(collection, [vector('three')]);
    expect(await records.suppressions.vectors(await current())).toHaveLength(3);
  });

  it('is listed, goes when it is deleted, and leaves the tags alone', async () => {
    const { suppressions, collections } = test.records;
    const ids = await suppressions.add(collection, [IMAGE, NAME, vector('one')]);
    await collections.tag(collection.id, { c: 'd' });
    const found: string[] = [];
    for await (const { id } of suppressions.list(collection)) found.push(id);
    expect(found).toEqual([...ids].sort());
    await suppressions.delete(collection, ids);
    const now = await current();
    expect(now.tags).toEqual({ a: 'b', c: 'd' });
    expect(await suppressions.keepsOut(now, 'photograph', 'zoe.jpg')).toBe(false);
    expect(await suppressions.vectors(now)).toEqual([]);
  });

  it('survives tags that are changed at the same time', async () => {
    const { suppressions, collections } = test.records;
    await Promise.all([
      ...Array.from({ length: 4 }, (_, i) => collections.tag(collection.id, { [`k${i}`]: 'v' })),
      suppressions.add(collection, [IMAGE]),
    ]);
    const now = await current();
    expect(Object.keys(now.tags)).toHaveLength(5);
    expect(await suppressions.keepsOut(now, 'photograph', undefined)).toBe(true);
    await test.records.faces.insert(now, someFaces(1), ofFaces);
  });
});

describe('a face', () => {
  it('is not stored by whoever looked at its photograph before a suppression', async () => {
    const { faces, suppressions } = test.records;
    const before = await current();
    await faces.insert(before, someFaces(1), ofFaces);
    await suppressions.add(collection, [IMAGE]);
    for (const stale of [before, { ...before, suppressions: 'older' }]) {
      await expect(faces.insert(stale, someFaces(2), ofFaces)).rejects.toThrow(
        CollectionChangedError,
      );
    }
    expect(await sizes(test.records, collection)).toMatchObject({ listed: 1, tail: 1 });
    await faces.insert(await current(), someFaces(2), ofFaces);
    expect(await sizes(test.records, collection)).toMatchObject({ listed: 3, tail: 3 });
    const [id = ''] = await listed(test.records, collection);
    expect((await faces.delete(before, [id], ofIds)).deleted).toEqual([id]);
  });

  it('of a collection that is being purged is told from that', async () => {
    const { faces, suppressions, collections, purges } = test.records;
    await suppressions.add(collection, [IMAGE]);
    const now = await current();
    await collections.delete(collection.id);
    await purges.deleteItems(collection.generation);
    await expect(faces.insert(now, someFaces(1), ofFaces)).rejects.toThrow(CollectionNotFoundError);
    await expect(suppressions.add(now, [NAME])).rejects.toThrow(CollectionNotFoundError);
    const left = await database.scan(test.table);
    expect(left.filter(({ pk }) => String(pk).includes(collection.generation))).toEqual([]);
  });
});
