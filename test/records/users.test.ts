/** Users and their faces: they agree with each other, whatever comes between two calls. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type {
  Collection,
  NewFace,
  RecordsOptions,
  TailEncoder,
  TokenRequest,
} from '../../layers/records/index.ts';
import {
  CollectionNotFoundError,
  FACES_PER_CHANGE,
  TokenMismatchError,
  UserBusyError,
  UserExistsError,
  UserNotFoundError,
  userKeyOf,
} from '../../layers/records/index.ts';
import { intercept, throttling, transactionConflict } from '../support/faults.ts';
import { openDatabase, type TestDatabase } from '../support/tables.ts';
import { ofFaces, ofIds, openRecords, someFaces, type TestRecords } from './fixture.ts';

let database: TestDatabase;
let test: TestRecords;
let collection: Collection;
let faces: NewFace[];
let created = 0;
beforeAll(async () => {
  database = await openDatabase();
  test = await openRecords(database);
});
afterAll(() => database.close());
beforeEach(async () => {
  collection = await test.records.collections.create(`c${created++}`, '1.0', {});
  faces = someFaces(3);
  await test.records.faces.insert(collection, faces, ofFaces);
});

const VECTOR = Float32Array.of(0.6, 0.8);
const tail: TailEncoder = {
  vector: (id) => Buffer.from(`+${id}`),
  deletion: (id) => Buffer.from(`-${id}`),
  ofFaces: ([vector]) => vector!,
};
const request = (token: string, fingerprint = 'f'): TokenRequest => ({
  operation: 'Op',
  token,
  fingerprint,
});
const ids = () => faces.map(({ id }) => id);

/** Associates faces, whatever the user has. */
const associate = (
  userId: string,
  associated: string[],
  records = test.records,
  token?: TokenRequest,
) =>
  records.users.change(collection, userId, token, tail, async ({ faceIds }) => ({
    change: { associated, disassociated: [], vector: VECTOR },
    answer: { before: faceIds.length },
  }));
const userOf = async (faceId: string) => (await test.records.faces.get(collection, faceId))?.userId;
const entries = async () =>
  (await test.records.tail.read(collection.generation, 'users')).map(({ payload }) =>
    Buffer.from(payload).toString(),
  );

describe('a user', () => {
  it('is created once, without faces, and counted', async () => {
    const { users } = test.records;
    await users.create(collection, 'ada', undefined);
    await expect(users.create(collection, 'ada', undefined)).rejects.toThrow(UserExistsError);
    expect(await users.get(collection, 'ada')).toMatchObject({
      userId: 'ada',
      faceIds: [],
      vector: undefined,
      status: 'CREATED',
    });
    expect(await test.records.collections.counts(collection)).toEqual({ faces: 3, users: 1 });
  });

  it('of ten concurrent creations is created by one', async () => {
    const attempts = await Promise.allSettled(
      Array.from({ length: 10 }, () =>
        test.environment().records.users.create(collection, 'ada', undefined),
      ),
    );
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await test.records.collections.counts(collection)).toEqual({ faces: 3, users: 1 });
  });

  it('has a key of its own, a UUID that every installation derives alike', () => {
    // `printf ada | sha256sum` begins fdee430d40bd57deaac186cd9790033d; RFC 9562, section 5.8, sets the
    // version (8 in the place of 5) and the variant (a stays).
    expect(userKeyOf('ada')).toBe('fdee430d-40bd-87de-aac1-86cd9790033d');
    expect(userKeyOf('Ada')).not.toBe(userKeyOf('ada'));
  });

  it('and its faces point to each other', async () => {
    const { users } = test.records;
    await users.create(collection, 'ada', undefined);
    await associate('ada', ids().slice(0, 2));
    expect(await users.get(collection, 'ada')).toMatchObject({
      faceIds: ids().slice(0, 2),
      vector: VECTOR,
      status: 'ACTIVE',
    });
    expect(await Promise.all(ids().map(userOf))).toEqual(['ada', 'ada', undefined]);
    expect(await entries()).toEqual([`+${userKeyOf('ada')}`]);
    await users.delete(collection, 'ada', undefined, tail);
    expect(await users.get(collection, 'ada')).toBeUndefined();
    expect(await Promise.all(ids().map(userOf))).toEqual([undefined, undefined, undefined]);
    expect((await entries()).sort()).toEqual([`+${userKeyOf('ada')}`, `-${userKeyOf('ada')}`]);
    expect(await test.records.collections.counts(collection)).toEqual({ faces: 3, users: 0 });
  });

  it('with a hundred faces leaves no trace on any when it is deleted', async () => {
    const { records } = test;
    const many = someFaces(100);
    await records.faces.insert(collection, many, ofFaces);
    await records.users.create(collection, 'ada', undefined);
    await associate(
      'ada',
      many.slice(0, FACES_PER_CHANGE).map(({ id }) => id),
    );
    await associate(
      'ada',
      many.slice(FACES_PER_CHANGE).map(({ id }) => id),
    );
    await records.users.delete(collection, 'ada', request('t'), tail);
    for await (const face of records.faces.all(collection)) expect(face.userId).toBeUndefined();
    await expect(records.users.delete(collection, 'ada', undefined, tail)).rejects.toThrow(
      UserNotFoundError,
    );
  });

  it('keeps its faces from deletion, and gets none that are deleted', async () => {
    await test.records.users.create(collection, 'ada', undefined);
    const [first = '', second = ''] = ids();
    await associate('ada', [first]);
    const deletion = await test.records.faces.delete(collection, [first, second], ofIds);
    expect(deletion).toEqual({ deleted: [second], refused: [{ id: first, userId: 'ada' }] });
    const { records } = test.environment({ retry: { budget: 0, first: 1, longest: 1 } });
    await expect(associate('ada', [second], records)).rejects.toThrow(UserBusyError);
    expect((await test.records.users.get(collection, 'ada'))?.faceIds).toEqual([first]);
  });

  it('cannot be created in a collection whose purge has begun', async () => {
    await test.records.purges.deleteItems(collection.generation);
    await expect(test.records.users.create(collection, 'ada', undefined)).rejects.toThrow(
      CollectionNotFoundError,
    );
  });

  it('goes with its collection, tokens and all', async () => {
    await test.records.users.create(collection, 'ada', request('t'));
    await associate('ada', ids(), test.records, request('u'));
    const { generation } = collection;
    await test.records.collections.delete(collection.id);
    await test.records.purges.deleteItems(generation);
    const left = await database.scan(test.table);
    expect(left.filter(({ pk }) => String(pk).includes(generation))).toEqual([]);
  });
});

describe('a token', () => {
  beforeEach(() => test.records.users.create(collection, 'ada', undefined));
  const [DAY, SECOND] = [24 * 60 * 60 * 1000, 1000];
  const at = (time: number, options: Partial<RecordsOptions> = {}) =>
    test.environment({ clock: () => new Date(time), ...options }).records;

  it('is answered as before by another environment, and changes nothing', async () => {
    const [first = ''] = ids();
    expect(await associate('ada', [first], at(0), request('t'))).toEqual({ before: 0 });
    const before = await database.scan(test.table);
    expect(await associate('ada', [first], at(DAY - SECOND), request('t'))).toEqual({ before: 0 });
    expect(await database.scan(test.table)).toEqual(before);
  });

  it('stands for one request', async () => {
    const [first = '', second = ''] = ids();
    await associate('ada', [first], at(0), request('t'));
    await expect(associate('ada', [second], at(0), request('t', 'g'))).rejects.toThrow(
      TokenMismatchError,
    );
    // The same word may be the token of another operation.
    await test.records.users.create(collection, 'ben', { ...request('t'), operation: 'Other' });
    expect(await userOf(second)).toBeUndefined();
  });

  it('lives 24 hours, even if the table deletes it later', async () => {
    const [first = '', second = ''] = ids();
    await associate('ada', [first], at(0), request('t'));
    expect(await associate('ada', [second], at(DAY), request('t', 'g'))).toEqual({ before: 1 });
    expect(await userOf(second)).toBe('ada');
  });

  it('of ten requests at once is used by one, whose answer all get', async () => {
    const [first = ''] = ids();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => associate('ada', [first], at(0), request('t'))),
    );
    expect(answers).toEqual(answers.map(() => ({ before: 0 })));
    expect((await test.records.users.get(collection, 'ada'))?.faceIds).toEqual([first]);
  });

  it('is noted even where nothing changes', async () => {
    const unchanging = (answer: string) =>
      test.records.users.change(collection, 'ada', request('t'), tail, async () => ({ answer }));
    expect(await unchanging('first')).toBe('first');
    expect(await unchanging('second')).toBe('first');
  });
});

describe('a change', () => {
  beforeEach(() => test.records.users.create(collection, 'ada', undefined));
  const retry = { budget: 100, first: 1, longest: 2 };

  it('is decided again when others were first', async () => {
    const [first = '', second = ''] = ids();
    const seen: number[] = [];
    await test.records.users.change(collection, 'ada', undefined, tail, async ({ faceIds }) => {
      seen.push(faceIds.length);
      if (seen.length === 1) await associate('ada', [first], test.environment().records);
      return { change: { associated: [second], disassociated: [], vector: VECTOR }, answer: 0 };
    });
    expect(seen).toEqual([0, 1]);
    expect((await test.records.users.get(collection, 'ada'))?.faceIds).toEqual([first, second]);
  });

  it('is never made to a user who was deleted and created again meanwhile', async () => {
    const [first = ''] = ids();
    const seen: string[] = [];
    await test.records.users.change(collection, 'ada', undefined, tail, async ({ revision }) => {
      seen.push(revision);
      if (seen.length === 1) {
        await test.records.users.delete(collection, 'ada', undefined, tail);
        await test.records.users.create(collection, 'ada', undefined);
      }
      return { change: { associated: [first], disassociated: [], vector: VECTOR }, answer: 0 };
    });
    expect(new Set(seen).size).toBe(2);
  });

  it.each([
    ['conflicts', () => transactionConflict(3), 'UserBusyError'],
    ['load', throttling, 'BusyError'],
  ])('fails when %s do not end', async (_, error, expected) => {
    const { records, client } = test.environment({ retry });
    intercept(client, async (call) => {
      if (call.operation === 'TransactWriteItems') throw error();
      return call.proceed();
    });
    const failed = await associate('ada', ids(), records).catch((cause: Error) => cause);
    expect(failed).toHaveProperty('name', expected);
    expect(await Promise.all(ids().map(userOf))).toEqual([undefined, undefined, undefined]);
  });

  it('survives a few conflicts', async () => {
    const { records, client } = test.environment({ retry });
    let conflicts = 3;
    intercept(client, async (call) => {
      if (call.operation === 'TransactWriteItems' && conflicts-- > 0) throw transactionConflict(3);
      return call.proceed();
    });
    expect(await associate('ada', ids(), records)).toEqual({ before: 0 });
  });
});
