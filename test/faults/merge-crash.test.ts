/**
 * MergeUsers and UndoMergeUsers of more faces than one transaction takes, in a process that dies before or after
 * any one of its calls to the database. Whenever it dies there are whole users, and nobody is lost; whoever
 * repeats the call, or undoes what was begun, comes to the end.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { userVector } from '../../layers/inference/index.ts';
import { FACES_PER_MERGE, Records } from '../../layers/records/index.ts';
import { encodeShard } from '../../layers/vectors/index.ts';
import { type Death, type Fields, mortalProcess, randomFaces } from '../support/mortal-process.ts';
import { quickDatabase } from '../support/quick.ts';
import { Random } from '../support/random.ts';
import type { TestDatabase } from '../support/tables.ts';
import { sampled } from '../support/thorough.ts';

const TABLE = 'merges';
const [OF_ADA, OF_ZOE] = [4, 95];
const random = new Random(11);

let database: TestDatabase;
let records: Records;
beforeAll(async () => {
  database = await quickDatabase();
  await database.createTable(TABLE);
  records = new Records({ client: database.connect(), table: TABLE });
});
afterAll(() => database.close());

const process = (dies?: Death) => mortalProcess(database, TABLE, dies);

/** A collection in which ada and zoe have faces. */
async function prepare() {
  const CollectionId = randomUUID();
  const collection = await records.collections.create(CollectionId, '1.0', {});
  const faces = randomFaces(random, OF_ADA + OF_ZOE);
  await records.faces.insert(collection, faces, (added) => encodeShard('1.0', 192, added));
  const ids = faces.map(({ id }) => id);
  const owned = { ada: ids.slice(0, OF_ADA), zoe: ids.slice(OF_ADA) };
  for (const [UserId, FaceIds] of Object.entries(owned)) {
    await records.users.create(collection, UserId, undefined);
    await process().send('AssociateFaces', {
      CollectionId,
      UserId,
      FaceIds,
      UserMatchThreshold: 0,
    });
  }
  const body = {
    CollectionId,
    UserId: 'ada',
    SourceUserId: 'zoe',
    ClientRequestToken: randomUUID(),
  };
  return { collection, owned, body };
}

/** How many faces each has, after looking whether users and faces agree. */
async function state(collectionId: string) {
  const collection = await records.collections.get(collectionId);
  const faces = new Map<string, { userId?: string | undefined; vector: Float32Array }>();
  for await (const face of records.faces.all(collection)) faces.set(face.id, face);
  const counted: Record<string, number> = {};
  let users = 0;
  for await (const { userId, faceIds, vector } of records.users.list(collection)) {
    users++;
    counted[userId] = faceIds.length;
    for (const id of faceIds) expect(faces.get(id)?.userId).toBe(userId);
    const vectors = faceIds.flatMap((id) => faces.get(id)?.vector ?? []);
    expect(vector).toEqual(vectors.length > 0 ? userVector(vectors) : undefined);
  }
  const owned = [...faces.values()].filter(({ userId }) => userId !== undefined);
  expect(Object.values(counted).reduce((a, b) => a + b, 0)).toBe(owned.length);
  expect((await records.collections.counts(collection)).users).toBe(users);
  return counted;
}

const MERGED = { ada: OF_ADA + OF_ZOE };
const APART = { ada: OF_ADA, zoe: OF_ZOE };
const CALLS = 18;
const DEATHS = Array.from({ length: CALLS }, (_, i) => ({
  call: i + 1,
  when: i % 2 === 0 ? ('before' as const) : ('after' as const),
}));

describe('MergeUsers', () => {
  it.each(sampled(DEATHS, 3))('survives a death $when call $call', async (dies) => {
    const { body } = await prepare();
    const first = process(dies);
    const answer = await first.send('MergeUsers', body).catch(() => undefined);
    expect(answer === undefined || first.calls() < dies.call).toBe(true);
    const between = await state(body.CollectionId);
    const again = await process().send('MergeUsers', body);
    expect(await state(body.CollectionId)).toEqual(MERGED);
    expect(again).toMatchObject({ FaceCount: OF_ADA + OF_ZOE });
    expect(again['MergedFaces']).toHaveLength(OF_ZOE);
    expect(await process().send('MergeUsers', body)).toEqual(again);
    expect(Object.values(between).reduce((a, b) => a + b, 0)).toBe(OF_ADA + OF_ZOE);
  });

  it('takes no more calls than those that are tried', async () => {
    const { body } = await prepare();
    const whole = process();
    await whole.send('MergeUsers', body);
    expect(whole.calls()).toBeLessThan(CALLS + 1);
  });
});

describe('UndoMergeUsers', () => {
  it.each(sampled(DEATHS.slice(0, 14), 3))('survives a death $when call $call', async (dies) => {
    const { body, owned } = await prepare();
    const { MergeId } = await process().send('MergeUsers', body);
    const undo = { CollectionId: body.CollectionId, MergeId };
    const first = process(dies);
    const answer = await first.send('UndoMergeUsers', undo).catch(() => undefined);
    await state(body.CollectionId);
    const again =
      answer ??
      (await process()
        .send('UndoMergeUsers', undo)
        .catch((error) => error));
    // Who died after the last transaction has undone it; there is nothing left to undo then.
    if (again instanceof Error) expect(again.name).toBe('MergeNotFoundError');
    else expect(new Set(again['ReturnedFaceIds'] as string[])).toEqual(new Set(owned.zoe));
    expect(await state(body.CollectionId)).toEqual(APART);
  });

  it('of a merge that died in the middle gives back what came along', async () => {
    const { body, collection } = await prepare();
    let MergeId = '';
    for (let call = 1; MergeId === ''; call++) {
      await process({ call, when: 'after' })
        .send('MergeUsers', body)
        .catch(() => undefined);
      const items = await database.scan(TABLE);
      const note = items.find(({ pk }) => pk === `MERGES#${collection.generation}`);
      MergeId = String(note?.['sk'] ?? '');
    }
    expect(await state(body.CollectionId)).toEqual({
      ada: OF_ADA + FACES_PER_MERGE,
      zoe: OF_ZOE - FACES_PER_MERGE,
    });
    await process().send('UndoMergeUsers', { CollectionId: body.CollectionId, MergeId });
    expect(await state(body.CollectionId)).toEqual(APART);
  });
});

describe('a merge', () => {
  it('is previewed without a change, and refused where it makes no user', async () => {
    const { body, collection } = await prepare();
    const before = await state(body.CollectionId);
    const preview = await process().send('MergeUsers', { ...body, Preview: true });
    expect(preview).toMatchObject({ FaceCount: OF_ADA + OF_ZOE, Similarity: expect.any(Number) });
    expect(preview['MergedFaces']).toHaveLength(OF_ZOE);
    const refused = (more: Fields) => {
      const { ClientRequestToken: _, ...rest } = body;
      return expect(process().send('MergeUsers', { ...rest, ...more })).rejects;
    };
    await refused({ SourceUserId: 'ada' }).toMatchObject({ name: 'InvalidParameterException' });
    await refused({ SourceUserId: 'bob' }).toMatchObject({ name: 'UserNotFoundError' });
    await refused({ UserId: 'bob' }).toMatchObject({ name: 'UserNotFoundError' });
    await records.users.create(collection, 'bob', undefined);
    await refused({ SourceUserId: 'bob', Preview: true, UserId: 'nobody' }).toMatchObject({
      name: 'UserNotFoundError',
    });
    expect(await state(body.CollectionId)).toEqual({ ...before, bob: 0 });
    const merged = await process().send('MergeUsers', { ...body, SourceUserId: 'bob' });
    expect(merged).toMatchObject({ MergedFaces: [], FaceCount: OF_ADA });
  });

  it('is undone without faces that are gone, and not onto another user of that name', async () => {
    const { body, owned, collection } = await prepare();
    const { CollectionId } = body;
    const { MergeId } = await process().send('MergeUsers', body);
    const [lost = ''] = owned.zoe;
    await process().send('DisassociateFaces', { CollectionId, UserId: 'ada', FaceIds: [lost] });
    await records.users.create(collection, 'zoe', undefined);
    const undo = () => process().send('UndoMergeUsers', { CollectionId, MergeId });
    await expect(undo()).rejects.toMatchObject({ name: 'UserExistsError' });
    await process().send('DeleteUser', { CollectionId, UserId: 'zoe' });
    expect(await undo()).toMatchObject({ UserId: 'ada', SourceUserId: 'zoe', LostFaceIds: [lost] });
    const user = await records.users.get(collection, 'zoe');
    expect(new Set(user?.faceIds)).toEqual(new Set(owned.zoe.slice(1)));
  });
});
