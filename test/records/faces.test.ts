/** Faces: stored once however often they are inserted, counted exactly, gone once deleted. */
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Collection, NewFace } from '../../layers/records/index.ts';
import { Random } from '../support/random.ts';
import { openDatabase, type TestDatabase } from '../support/tables.ts';
import {
  allOf,
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
beforeAll(async () => {
  database = await openDatabase();
  test = await openRecords(database);
});
afterAll(() => database.close());
let collections = 0;
beforeEach(async () => {
  collection = await test.records.collections.create(`c${collections++}`, '1.0', {});
});

const insert = (faces: readonly NewFace[], { records } = test.environment()) =>
  records.faces.insert(collection, faces, ofFaces);
const remove = (faces: readonly NewFace[], { records } = test.environment()) =>
  records.faces.delete(collection, ids(faces), ofIds);
const ids = (faces: readonly NewFace[]) => faces.map(({ id }) => id);

describe('inserting', () => {
  it('stores what it is given', async () => {
    const faces = someFaces(3);
    const { faces: stored } = test.records;
    expect(await insert(faces)).toMatchObject(faces);
    for (const face of faces) expect(await stored.get(collection, face.id)).toMatchObject(face);
    const found = await stored.getMany(collection, [...ids(faces), 'nobody']);
    expect(new Set(ids(found))).toEqual(new Set(ids(faces)));
    expect(await stored.existing(collection, [...ids(faces), 'nobody'])).toEqual(
      new Set(ids(faces)),
    );
    expect(await sizes(test.records, collection)).toEqual(allOf(3));
  });

  it('of 250 faces stores all of them, in the order given', async () => {
    const faces = someFaces(250);
    expect(ids(await insert(faces))).toEqual(ids(faces));
    expect(await sizes(test.records, collection)).toEqual(allOf(250));
    const entries = await test.records.tail.read(collection.generation, 'faces');
    const payloads = entries.map(({ payload }) => Buffer.from(payload).toString());
    expect(payloads.join().split(',').sort()).toEqual(ids(faces).sort());
  });

  it('again answers the same and stores nothing', async () => {
    const faces = someFaces(5);
    const first = await insert(faces);
    const before = await database.scan(test.table);
    // Whoever comes second may have measured differently; what is stored is the answer.
    const again = faces.map((face) => ({ ...face, confidence: 50 }));
    expect(await insert(again)).toEqual(first);
    expect(await database.scan(test.table)).toEqual(before);
  });

  it('of some that are there already adds the others', async () => {
    const faces = someFaces(120);
    await insert(faces.filter((_, i) => i % 3 === 0));
    expect(ids(await insert(faces))).toEqual(ids(faces));
    expect(await sizes(test.records, collection)).toEqual(allOf(120));
  });

  it('of a face that is given twice stores it once', async () => {
    const [face] = someFaces(1);
    if (face === undefined) throw new RangeError('There is no face.');
    expect(ids(await insert([face, face]))).toEqual([face.id, face.id]);
    expect(await sizes(test.records, collection)).toEqual(allOf(1));
  });

  it('of the same faces ten times at once stores them once', async () => {
    const faces = someFaces(20);
    const answers = await Promise.all(Array.from({ length: 10 }, () => insert(faces)));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(await sizes(test.records, collection)).toEqual(allOf(20));
  });

  it('of nothing does nothing', async () => {
    expect(await insert([])).toEqual([]);
    expect(await sizes(test.records, collection)).toEqual(allOf(0));
  });
});

describe('deleting', () => {
  it('says which faces there were', async () => {
    const [here, never] = [someFaces(130), someFaces(2)];
    await insert(here);
    const asked = [...here.slice(0, 110), ...never];
    const { deleted, refused } = await remove(asked);
    expect([...deleted].sort()).toEqual(ids(here.slice(0, 110)).sort());
    expect(refused.map(({ id }) => id).sort()).toEqual(ids(never).sort());
    expect(refused.map(({ userId }) => userId)).toEqual([undefined, undefined]);
    expect(await sizes(test.records, collection)).toEqual(allOf(20));
    expect(await listed(test.records, collection)).toEqual(ids(here.slice(110)).sort());
    expect(await test.records.faces.get(collection, asked[0]?.id ?? '')).toBeUndefined();
  });

  it('again finds nothing and changes nothing', async () => {
    const faces = someFaces(3);
    await insert(faces);
    await remove(faces);
    const before = await database.scan(test.table);
    expect((await remove(faces)).deleted).toEqual([]);
    expect(await database.scan(test.table)).toEqual(before);
  });

  it('leaves the faces of a user, and names the user', async () => {
    const faces = someFaces(3);
    const [first] = faces;
    await insert(faces);
    await DynamoDBDocumentClient.from(test.client).send(
      new UpdateCommand({
        TableName: test.table,
        Key: { pk: `FACES#${collection.generation}`, sk: first?.id },
        UpdateExpression: 'SET userId = :user',
        ExpressionAttributeValues: { ':user': 'jane' },
      }),
    );
    const { deleted, refused } = await remove(faces);
    expect([...deleted].sort()).toEqual(ids(faces.slice(1)).sort());
    expect(refused).toEqual([{ id: first?.id, userId: 'jane' }]);
    expect(await listed(test.records, collection)).toEqual([first?.id]);
    expect((await sizes(test.records, collection)).counts.faces).toBe(1);
  });

  it('of the same faces at once deletes each once', async () => {
    const faces = someFaces(20);
    await insert(faces);
    const answers = await Promise.all(Array.from({ length: 6 }, () => remove(faces)));
    const deleted = answers.flatMap((answer) => answer.deleted);
    expect(deleted.sort()).toEqual(ids(faces).sort());
    expect(await sizes(test.records, collection)).toEqual(allOf(0));
  });
});

describe('counts', () => {
  it('are exact after insertions and deletions that overlap', async () => {
    const random = new Random(5);
    const faces = someFaces(24);
    const environments = Array.from({ length: 6 }, () => test.environment());
    await Promise.all(
      environments.map(async (environment) => {
        for (let i = 0; i < 6; i++) {
          const some = random.sample(faces, 1 + random.below(10));
          await (random.chance(0.6) ? insert(some, environment) : remove(some, environment));
        }
      }),
    );
    const { counts, listed: there, tail } = await sizes(test.records, collection);
    expect(counts).toEqual({ faces: there, users: 0 });
    expect(tail).toBe(there);
    await insert(faces);
    expect(await sizes(test.records, collection)).toEqual(allOf(24));
  });
});

describe('listing', () => {
  it('is in the order of ids, goes on after any of them, and carries no vectors', async () => {
    const faces = someFaces(60);
    await insert(faces);
    const sorted = ids(faces).sort();
    expect(await listed(test.records, collection)).toEqual(sorted);
    for (const from of [0, 17, 58, 59]) {
      const rest: string[] = [];
      const options = { after: sorted[from], expected: 7 };
      for await (const line of test.records.faces.list(collection, options)) {
        rest.push(line.id);
        expect(line).not.toHaveProperty('vector');
      }
      expect(rest).toEqual(sorted.slice(from + 1));
    }
  });

  it('by ids keeps the order given and leaves out what is not there', async () => {
    const faces = someFaces(4);
    await insert(faces.slice(0, 3));
    const asked = ids([...faces].reverse());
    const lines = await test.records.faces.lines(collection, asked);
    expect(lines.map(({ id }) => id)).toEqual(asked.slice(1));
  });

  it('gives all vectors to whoever rebuilds an index', async () => {
    const faces = someFaces(30);
    await insert(faces);
    const all = new Map<string, Float32Array>();
    for await (const { id, vector } of test.records.faces.all(collection)) all.set(id, vector);
    expect(all).toEqual(new Map(faces.map(({ id, vector }) => [id, vector])));
  });
});
