/** Records of uploads in a real table: what is begun, what is settled, and that nothing outlives its collection. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CollectionNotFoundError, UploadContendedError } from '../../layers/records/index.ts';
import { openDatabase, type TestDatabase } from '../support/tables.ts';
import { openRecords, type TestRecords } from './fixture.ts';

const KEY = 'family/März 1.jpg';
const MINUTE = 60_000;

let database: TestDatabase;
let test: TestRecords;
beforeAll(async () => {
  database = await openDatabase();
  test = await openRecords(database);
});
afterAll(() => database.close());

const create = (id: string) => test.records.collections.create(id, '1.0', {});

describe('an upload', () => {
  it('is unknown, begun, settled and forgotten', async () => {
    const { uploads } = test.records;
    const collection = await create('once');
    expect(await uploads.get(collection, KEY)).toBeUndefined();
    const begun = await uploads.begin(collection, KEY, undefined, { version: 'v', faces: ['a'] });
    expect(await uploads.get(collection, KEY)).toMatchObject({ settled: false, faces: ['a'] });
    await uploads.finish(collection, begun, ['a', 'b']);
    const settled = await uploads.get(collection, KEY);
    expect(settled).toMatchObject({ key: KEY, version: 'v', settled: true, faces: ['a', 'b'] });
    const again = await uploads.begin(collection, KEY, settled, { version: 'w', faces: ['c'] });
    expect(again.faces).toEqual(['a', 'b', 'c']);
    await uploads.forget(collection, again);
    expect(await uploads.get(collection, KEY)).toBeUndefined();
  });

  it('is begun by one of two who have seen the same', async () => {
    const { uploads } = test.records;
    const collection = await create('two');
    const next = { version: 'v', faces: [] };
    const results = await Promise.allSettled(
      [1, 2, 3].map(() => uploads.begin(collection, KEY, undefined, next)),
    );
    const lost = results.filter((result) => result.status === 'rejected');
    expect(lost.map(({ reason }) => reason)).toEqual([
      expect.any(UploadContendedError),
      expect.any(UploadContendedError),
    ]);
  });

  it('is not settled by one of two who are at work on it, and keeps the faces of both', async () => {
    const { uploads } = test.records;
    const collection = await create('side-by-side');
    const first = await uploads.begin(collection, KEY, undefined, { version: 'v', faces: ['a'] });
    const seen = await uploads.get(collection, KEY);
    const second = await uploads.begin(collection, KEY, seen, { version: 'w', faces: ['b'] });
    await expect(uploads.finish(collection, first, ['a'])).rejects.toThrow(UploadContendedError);
    await expect(uploads.forget(collection, first)).rejects.toThrow(UploadContendedError);
    await uploads.finish(collection, second, ['b']);
    expect(await uploads.get(collection, KEY)).toMatchObject({
      version: 'w',
      settled: false,
      faces: ['a', 'b'],
    });
  });

  it('of a worker that must be dead may be settled by the next', async () => {
    let now = new Date();
    const { uploads } = test.environment({ clock: () => now }).records;
    const collection = await create('dead');
    await uploads.begin(collection, KEY, undefined, { version: 'v', faces: ['a'] });
    now = new Date(now.getTime() + 16 * MINUTE);
    const seen = await uploads.get(collection, KEY);
    const next = await uploads.begin(collection, KEY, seen, { version: 'v', faces: ['a'] });
    await uploads.finish(collection, next, ['a']);
    expect(await uploads.get(collection, KEY)).toMatchObject({ settled: true, faces: ['a'] });
  });

  it('that is put again and again after a crash is settled once the dead worker must be dead', async () => {
    let now = new Date();
    const { uploads } = test.environment({ clock: () => now }).records;
    const collection = await create('webcam');
    await uploads.begin(collection, KEY, undefined, { version: 'v', faces: ['dead'] });
    const settled: boolean[] = [];
    for (let minute = 1; minute <= 16; minute++) {
      now = new Date(now.getTime() + MINUTE);
      const seen = await uploads.get(collection, KEY);
      const faces = [`face-${minute}`];
      const begun = await uploads.begin(collection, KEY, seen, { version: `${minute}`, faces });
      await uploads.finish(collection, begun, faces);
      settled.push((await uploads.get(collection, KEY))?.settled ?? false);
    }
    expect(settled).toEqual([...Array(14).fill(false), true, true]);
    expect((await uploads.get(collection, KEY))?.faces).toEqual(['face-16']);
  });

  it('takes the longest key that S3 has', async () => {
    const { uploads } = test.records;
    const collection = await create('long');
    const key = 'ü'.repeat(512);
    await uploads.begin(collection, key, undefined, { version: 'v', faces: ['a'] });
    expect(await uploads.get(collection, key)).toMatchObject({ key });
  });
});

describe('a collection that is deleted', () => {
  it('takes its uploads with it, and no worker brings them back', async () => {
    const { uploads, collections, purges } = test.records;
    const collection = await create('gone');
    const begun = await uploads.begin(collection, KEY, undefined, { version: 'v', faces: ['a'] });
    const generation = await collections.delete('gone');
    await purges.deleteItems(generation);
    await purges.finish(generation);
    await expect(uploads.finish(collection, begun, ['a'])).rejects.toThrow(UploadContendedError);
    await expect(
      uploads.begin(collection, KEY, undefined, { version: 'v', faces: ['a'] }),
    ).rejects.toThrow(CollectionNotFoundError);
    const left = (await database.scan(test.table)).filter(({ pk }) =>
      String(pk).includes(generation),
    );
    expect(left).toEqual([]);
  });
});
