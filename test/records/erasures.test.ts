/** Deletions followed through tail, shards and traces, and what expires; clocks are the test's. */
import { randomUUID } from 'node:crypto';
import { monotonicFactory } from 'ulid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { followErasures, pendingErasures } from '../../functions/common/erasing.ts';
import { createMaintenance } from '../../functions/common/maintenance.ts';
import { sweepErasures } from '../../functions/common/sweep-erasures.ts';
import { sweepRetention } from '../../functions/common/sweep-retention.ts';
import { userVector } from '../../layers/inference/index.ts';
import type { Collection, ErasureReceipt, NewFace } from '../../layers/records/index.ts';
import { Records, subjectDigest } from '../../layers/records/index.ts';
import {
  collectGarbage,
  encodeIds,
  encodeShard,
  S3ShardStore,
  ShardCache,
} from '../../layers/vectors/index.ts';
import { Random } from '../support/random.ts';
import { openDatabase, openStore, type TestDatabase, type TestStore } from '../support/tables.ts';

const [TABLE, BUCKET] = ['erasures', 'shards'];
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const random = new Random(7);
const forever = () => Number.POSITIVE_INFINITY;

const id = monotonicFactory();

let now = Date.UTC(2030, 0, 1);
let database: TestDatabase;
let objects: TestStore;
let records: Records;
let store: S3ShardStore;
let collection: Collection;
let faces: NewFace[];
beforeAll(async () => {
  [database, objects] = await Promise.all([openDatabase(), openStore()]);
  await database.createTable(TABLE);
  await objects.createBucket(BUCKET);
  const clock = () => new Date(now);
  records = new Records({ client: database.connect(), table: TABLE, clock, newId: () => id(now) });
  store = new S3ShardStore(objects.connect(), BUCKET);
});
afterAll(async () => {
  await database.close();
  await objects.close();
});
beforeEach(async () => {
  now += 1000 * DAY;
  collection = await records.collections.create(randomUUID(), '1.0', {});
  faces = Array.from({ length: 4 }, someFace);
  await insert(faces);
});

afterEach(() => records.collections.delete(collection.id).catch(() => undefined));

function someFace(): NewFace {
  const box = { left: 0, top: 0, width: 1, height: 1 };
  const vector = random.unitVector(192);
  return {
    id: random.uuid(),
    imageId: random.uuid(),
    box,
    confidence: 99,
    faceModel: '1.0',
    vector,
  };
}
const insert = (added: readonly NewFace[]) =>
  records.faces.insert(collection, added, (some) => encodeShard('1.0', 192, some));
const remove = (ids: readonly string[]) => records.faces.delete(collection, ids, encodeIds);
const fold = () =>
  createMaintenance({
    records,
    store,
    cache: new ShardCache(store, 0),
    clock: () => new Date(now),
  }).fold(collection, 'faces');
const work = () => ({ records, store, clock: () => now, backupDays: 35 });
const jobs = { tailGrew: async () => undefined };
async function receipts(from?: number): Promise<ErasureReceipt[]> {
  const found: ErasureReceipt[] = [];
  for await (const each of records.erasures.receipts(collection.id, { from })) found.push(each);
  return found;
}
async function pendingHere() {
  return (await pendingErasures({ records })).filter(
    ({ collectionId }) => collectionId === collection.id,
  );
}

describe('a deletion', () => {
  it('is followed from place to place until nothing is left', async () => {
    const [{ id: gone } = someFace()] = faces;
    await fold();
    const deletedAt = now;
    await remove([gone]);
    now += MINUTE;
    const inTail = now;
    await followErasures(work(), await pendingHere());
    expect((await receipts())[0]?.gone).toEqual({ table: inTail, traces: inTail });

    now += MINUTE;
    await fold();
    const folded = now;
    await followErasures(work(), await pendingHere());
    // The shard that was replaced is still there.
    expect((await receipts())[0]?.gone).toEqual({ table: inTail, traces: inTail, tail: folded });

    now += 20 * MINUTE;
    await collectGarbage({ records, store, clock: () => now, longestReader: 0 });
    expect(await followErasures(work(), await pendingHere())).toEqual({ settled: 1, pending: 0 });
    const [receipt] = await receipts();
    expect(receipt).toMatchObject({
      subject: 'FACES',
      cause: 'REQUEST',
      deletedAt,
      storedAgain: [],
      gone: { table: inTail, traces: inTail, tail: folded, shards: now },
      backupsUntil: folded + 35 * DAY,
    });
    expect(receipt?.digests).toEqual([subjectDigest(receipt?.id ?? '', collection.id, gone)]);
    const names = JSON.stringify(await database.scan(TABLE));
    expect(names).not.toContain(gone);
    expect(await pendingHere()).toEqual([]);
  });

  it('of a face that is stored again ends, and the receipt says so', async () => {
    const ids = faces.slice(0, 2).map(({ id }) => id);
    await remove(ids);
    await insert(faces.slice(0, 1));
    await fold();
    await followErasures(work(), await pendingHere());
    const [receipt] = await receipts();
    expect(receipt?.storedAgain).toEqual([
      subjectDigest(receipt?.id ?? '', collection.id, ids[0] ?? ''),
    ]);
    expect(receipt?.gone.shards).toBe(now);
  });

  it('is found from any time on, before the first and after the last of all as well', async () => {
    await remove(faces.slice(0, 1).map(({ id }) => id));
    for (const from of [-3000, -1e16, 0]) expect(await receipts(from)).toHaveLength(1);
    for (const from of [2 ** 48, 8.64e15]) expect(await receipts(from)).toEqual([]);
  });

  it('of a user is followed by the answers that named it', async () => {
    const request = { operation: 'CreateUser', token: 't', fingerprint: 'f' };
    const encoder = {
      vector: (id: string, vector: Float32Array) => encodeShard('1.0', 192, [{ id, vector }]),
      deletion: (id: string) => encodeIds([id]),
      ofFaces: ([vector]: readonly Float32Array[]) => vector!,
    };
    await records.users.create(collection, 'zoe', undefined);
    await records.users.change(collection, 'zoe', request, encoder, async () => ({
      answer: { UserId: 'zoe' },
    }));
    await records.users.delete(collection, 'zoe', undefined, encoder);
    await followErasures(work(), await pendingHere());
    expect((await receipts())[0]?.gone.traces).toBeUndefined();
    await sweepErasures(work(), forever);
    expect((await receipts())[0]).toMatchObject({ subject: 'USER', gone: { traces: now } });
  });

  it('of a collection ends with its purge, and has a receipt under its id', async () => {
    await fold();
    await records.collections.delete(collection.id);
    await followErasures(work(), await pendingHere());
    expect((await receipts())[0]?.gone).toEqual({});
    const maintenance = createMaintenance({ records, store, cache: new ShardCache(store, 0) });
    await maintenance.purge(collection.generation);
    expect(await followErasures(work(), await pendingHere())).toEqual({ settled: 1, pending: 0 });
    expect((await receipts())[0]).toMatchObject({ subject: 'COLLECTION', gone: { shards: now } });
    expect(JSON.stringify(await database.scan(TABLE))).not.toContain(collection.id);
  });

  it('is found by its time, and forgotten after three years', async () => {
    await remove([faces[0]?.id ?? '']);
    const first = now;
    now += MINUTE;
    await remove([faces[1]?.id ?? '']);
    await fold();
    await followErasures(work(), await pendingHere());
    now += MINUTE;
    await remove([faces[2]?.id ?? '']);
    expect((await receipts()).map(({ deletedAt }) => deletedAt)).toEqual([
      first,
      first + MINUTE,
      first + 2 * MINUTE,
    ]);
    expect(await receipts(first + 1)).toHaveLength(2);
    now += 4 * 366 * DAY;
    expect(await receipts()).toHaveLength(1);
  });
});

describe('retention', () => {
  const keep = async (days: number, from = 'indexing') => {
    await records.collections.tag(collection.id, {
      'recollect:retention-days': String(days),
      'recollect:retention-from': from,
    });
    collection = await records.collections.get(collection.id);
  };
  const sweep = (timeLeft = forever) =>
    sweepRetention(
      { records, jobs, clock: () => now, warn: (_, error) => expect(error).toBe(null) },
      timeLeft,
    );
  const left = async () => {
    const ids: string[] = [];
    for await (const { id } of records.faces.list(collection)) ids.push(id);
    return ids;
  };

  it('deletes faces when their days are over, those of users too, with receipts', async () => {
    await keep(30);
    const [first = someFace(), second = someFace()] = faces;
    await records.users.create(collection, 'ada', undefined);
    await records.users.change(
      collection,
      'ada',
      undefined,
      {
        vector: () => Buffer.from(''),
        deletion: () => Buffer.from(''),
        ofFaces: ([vector]) => vector!,
      },
      async () => ({
        change: {
          associated: [first.id, second.id],
          disassociated: [],
          vector: userVector([first.vector, second.vector]),
        },
        answer: true,
      }),
    );
    now += 29 * DAY;
    const young = someFace();
    await insert([young]);
    expect(await sweep()).toBe(0);
    now += DAY;
    expect(await sweep()).toBe(4);
    expect(await left()).toEqual([young.id]);
    expect(await records.users.get(collection, 'ada')).toMatchObject({
      faceIds: [],
      status: 'CREATED',
    });
    expect((await receipts()).flatMap(({ cause, digests }) => digests.map(() => cause))).toEqual(
      Array(4).fill('RETENTION'),
    );
  });

  it('counts from the last match where it is told to', async () => {
    await keep(10, 'match');
    now += 9 * DAY;
    await records.faces.markMatched(collection, [faces[0]?.id ?? '']);
    now += 2 * DAY;
    expect(await sweep()).toBe(3);
    now += 7 * DAY;
    expect(await sweep()).toBe(0);
    now += DAY;
    expect(await sweep()).toBe(1);
  });

  it('goes on where it was interrupted, and looks again when the setting changes', async () => {
    await keep(1);
    now += DAY;
    let asked = 0;
    expect(await sweep(() => (asked++ < 2 ? forever() : 0))).toBeLessThan(4);
    expect(await left()).not.toEqual([]);
    await sweep();
    expect(await left()).toEqual([]);
    await insert(faces);
    now += 2 * 60 * MINUTE;
    await keep(2);
    now += 2 * DAY;
    expect(await sweep()).toBe(4);
  });

  it('lets faces that have no age begin with the first sweep', async () => {
    await keep(5);
    const client = database.connect();
    const { UpdateItemCommand } = await import('@aws-sdk/client-dynamodb');
    for (const { id } of faces) {
      await client.send(
        new UpdateItemCommand({
          TableName: TABLE,
          Key: { pk: { S: `FACES#${collection.generation}` }, sk: { S: id } },
          UpdateExpression: 'REMOVE indexedAt',
        }),
      );
    }
    now += 100 * DAY;
    expect(await sweep()).toBe(0);
    now += 4 * DAY;
    expect(await sweep()).toBe(0);
    now += DAY;
    expect(await sweep()).toBe(4);
  });
});
