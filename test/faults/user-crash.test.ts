/**
 * Calls with more faces than one transaction takes, in a process that dies before or after any one of its
 * calls to the database; the client sends the request again, with its token, to another process.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Records } from '../../layers/records/index.ts';
import { encodeShard } from '../../layers/vectors/index.ts';
import { type Death, mortalProcess, randomFaces } from '../support/mortal-process.ts';
import { quickDatabase } from '../support/quick.ts';
import { Random } from '../support/random.ts';
import type { TestDatabase } from '../support/tables.ts';
import { sampled } from '../support/thorough.ts';

const TABLE = 'crashes';
const FACES = 100;
const random = new Random(4);

let database: TestDatabase;
let records: Records;
beforeAll(async () => {
  database = await quickDatabase();
  await database.createTable(TABLE);
  records = new Records({ client: database.connect(), table: TABLE });
});
afterAll(() => database.close());

const process = (dies?: Death) => mortalProcess(database, TABLE, dies);

/** A collection with a user who has so many of its hundred faces. */
async function prepare(associated: number) {
  const CollectionId = randomUUID();
  const collection = await records.collections.create(CollectionId, '1.0', {});
  const faces = randomFaces(random, FACES);
  await records.faces.insert(collection, faces, (added) => encodeShard('1.0', 192, added));
  await records.users.create(collection, 'ada', undefined);
  const FaceIds = faces.map(({ id }) => id);
  const body = { CollectionId, UserId: 'ada', UserMatchThreshold: 0 };
  if (associated > 0)
    await process().send('AssociateFaces', { ...body, FaceIds: FaceIds.slice(0, associated) });
  return { collection, body: { ...body, FaceIds, ClientRequestToken: randomUUID() } };
}

/** Everything about the user and the faces, as the records have it. */
async function state(collectionId: string) {
  const collection = await records.collections.get(collectionId);
  const user = await records.users.get(collection, 'ada');
  const owned: string[] = [];
  for await (const { id, userId } of records.faces.list(collection))
    if (userId === 'ada') owned.push(id);
  const faceIds = [...(user?.faceIds ?? [])].sort();
  expect(owned).toEqual(faceIds);
  return {
    faces: faceIds.length,
    status: user?.status,
    users: (await records.collections.counts(collection)).users,
  };
}

const DEATHS = Array.from({ length: 9 }, (_, i) => i + 1).flatMap((call) =>
  (['before', 'after'] as const).map((when) => ({ call, when })),
);

describe.each([
  {
    name: 'AssociateFaces',
    associated: 0,
    done: { faces: FACES, status: 'ACTIVE', users: 1 },
    list: 'AssociatedFaces',
  },
  {
    name: 'DisassociateFaces',
    associated: FACES,
    done: { faces: 0, status: 'CREATED', users: 1 },
    list: 'DisassociatedFaces',
  },
  {
    name: 'DeleteUser',
    associated: FACES,
    done: { faces: 0, status: undefined, users: 0 },
    list: undefined,
  },
])('$name of a hundred faces', ({ name, associated, done, list }) => {
  it.each(sampled(DEATHS, 3))('survives a death $when call $call', async (dies) => {
    const { body } = await prepare(associated);
    const first = process(dies);
    const answer = await first.send(name, body).catch(() => undefined);
    expect(answer === undefined || first.calls() < dies.call).toBe(true);
    await state(body.CollectionId);
    const again = await process().send(name, body);
    expect(await state(body.CollectionId)).toEqual(done);
    if (list !== undefined) expect(again[list]).toEqual(body.FaceIds.map((FaceId) => ({ FaceId })));
    expect(await process().send(name, body)).toEqual(again);
    expect(await state(body.CollectionId)).toEqual(done);
  });

  it('takes no more calls than those that are tried', async () => {
    const { body } = await prepare(associated);
    const whole = process();
    await whole.send(name, body);
    expect(whole.calls()).toBeLessThan(DEATHS.length / 2 + 1);
  });
});

it('is refused to a user who has a hundred faces, and fills one who has ninety-nine', async () => {
  const { collection, body } = await prepare(99);
  const extra = random.uuid();
  const face = { id: extra, imageId: extra, box: { left: 0, top: 0, width: 1, height: 1 } };
  const vector = random.unitVector(192);
  await records.faces.insert(
    collection,
    [{ ...face, confidence: 99, faceModel: '1.0', vector }],
    (added) => encodeShard('1.0', 192, added),
  );
  const last = body.FaceIds.slice(99);
  const overfull = { ...body, FaceIds: [...last, extra], ClientRequestToken: randomUUID() };
  expect(await process().send('AssociateFaces', overfull)).toEqual({
    AssociatedFaces: last.map((FaceId) => ({ FaceId })),
    UnsuccessfulFaceAssociations: [{ FaceId: extra, Reasons: [] }],
    UserStatus: 'UPDATING',
  });
  const full = { ...body, FaceIds: [extra], ClientRequestToken: randomUUID() };
  await expect(process().send('AssociateFaces', full)).rejects.toMatchObject({
    name: 'ServiceQuotaExceededException',
  });
  expect(await state(body.CollectionId)).toMatchObject({ faces: 100 });
});
