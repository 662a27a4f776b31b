/** A collection holds no more than the service allows, and what is there already takes no room. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { translate } from '../../functions/common/faults.ts';
import { CollectionFullError, UserExistsError } from '../../layers/records/index.ts';
import { intercept } from '../support/faults.ts';
import { memoryDatabase } from '../support/memory/database.ts';
import { ofFaces, ofIds, openRecords, someFaces, type TestRecords } from './fixture.ts';

const database = memoryDatabase();
let test: TestRecords;
beforeAll(async () => {
  test = await openRecords(database);
});
afterAll(() => database.close());

const QUOTAS = { faces: 5, users: 2 };
const environment = () => test.environment({ quotas: QUOTAS });

describe('a collection', () => {
  it('takes as many faces as it may hold, and not one more', async () => {
    const { records } = environment();
    const collection = await records.collections.create('faces', '1.0', {});
    const faces = someFaces(6);
    await records.faces.insert(collection, faces.slice(0, 5), ofFaces);
    const tooMany = records.faces.insert(collection, faces.slice(5), ofFaces);
    await expect(tooMany).rejects.toThrow(CollectionFullError);
    expect((await records.collections.counts(collection)).faces).toBe(5);
    // A repetition stores nothing, and is answered.
    expect(await records.faces.insert(collection, faces.slice(0, 5), ofFaces)).toHaveLength(5);
    await records.faces.delete(collection, [faces[0]?.id ?? ''], ofIds);
    // Of these four are there.
    expect(await records.faces.insert(collection, faces.slice(1), ofFaces)).toHaveLength(5);
  });

  it('takes as many users as it may hold, and not one more', async () => {
    const { records } = environment();
    const collection = await records.collections.create('users', '1.0', {});
    const create = (userId: string) => records.users.create(collection, userId, undefined);
    await create('ada');
    await create('ben');
    await expect(create('cleo')).rejects.toThrow(CollectionFullError);
    await expect(create('ben')).rejects.toThrow(UserExistsError);
    expect((await records.collections.counts(collection)).users).toBe(2);
  });

  it('that is full is called so in the API', () => {
    expect(translate(new CollectionFullError('c', 'faces', 20_000_000))).toMatchObject({
      name: 'ServiceQuotaExceededException',
      message: 'The collection id: c has 20000000 faces, the most a collection can have',
    });
  });

  it('that is far from full is counted once a minute, not with every request', async () => {
    let now = 0;
    const { records, client } = test.environment({ clock: () => new Date(now) });
    const collection = await records.collections.create('far', '1.0', {});
    let counts = 0;
    intercept(client, (call) => {
      if (call.operation === 'Query') counts++;
      return call.proceed();
    });
    const insert = () => records.faces.insert(collection, someFaces(1), ofFaces);
    for (let i = 0; i < 10; i++) await insert();
    expect(counts).toBe(1);
    now += 60_000;
    await insert();
    expect(counts).toBe(2);
  });
});
