/** Searches against brute force over the records, wherever the vectors are. */
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ShardCorruptError } from '../../layers/vectors/shard.ts';
import { ShardMissingError } from '../../layers/vectors/store.ts';
import { normalised, Random } from '../support/random.ts';
import { DIMENSION, face, openServices, type Services, TestCollection } from './collection.ts';

let services: Services;
let test: TestCollection;
let random: Random;
beforeAll(async () => {
  services = await openServices();
});
afterAll(() => services.close());
beforeEach(async () => {
  test = await TestCollection.create(services);
  random = new Random(1);
});

const faces = (count: number) =>
  Array.from({ length: count }, () => face(random.unitVector(DIMENSION)));

/** Searches of every kind, each compared with brute force. */
async function expectRightAnswers(given: readonly { id: string; vector: Float32Array }[]) {
  const kinds = [
    { limit: 1, minCosine: -1 },
    { limit: 5, minCosine: 0 },
    { limit: 100, minCosine: -1 },
    { limit: 100, minCosine: 0.4 },
  ];
  for (const kind of kinds) {
    const { id, vector } = random.pick(given);
    const queries = [
      { ...kind, vector },
      { ...kind, vector, exclude: id },
      { ...kind, vector: random.unitVector(DIMENSION) },
    ];
    for (const query of queries) expect(await test.search(query)).toEqual(test.expected(query));
  }
}

describe('a search', () => {
  it('of an empty collection finds nothing', async () => {
    const vector = random.unitVector(DIMENSION);
    expect(await test.search({ vector, limit: 10, minCosine: -1 })).toEqual([]);
  });

  it('is right while all vectors are in the tail', async () => {
    const all = faces(40);
    await test.add(...all.slice(0, 25));
    await test.add(...all.slice(25));
    await expectRightAnswers(all);
    expect(new Set(test.tails)).toEqual(new Set([40]));
  });

  it('is right when all vectors are in shards', async () => {
    const all = faces(40);
    await test.add(...all);
    await test.fold();
    await expectRightAnswers(all);
    expect(new Set(test.tails)).toEqual(new Set([0]));
  });

  it('is right when vectors are in the tail, in several shards, and in both', async () => {
    const all = faces(70);
    await test.add(...all.slice(0, 50));
    await test.fold();
    await test.add(...all.slice(50, 60));
    await test.fold();
    await test.add(...all.slice(60));
    await test.remove(...all.slice(0, 4), ...all.slice(68));
    await test.add(...all.slice(2, 4));
    expect((await test.state()).shards).toHaveLength(2);
    await expectRightAnswers(all);
    expect(test.lost).toEqual([]);
  });

  it('tells the equal apart by their ids', async () => {
    const vector = random.unitVector(DIMENSION);
    const equal = Array.from({ length: 9 }, () => face(vector));
    await test.add(...equal);
    const found = await test.search({ vector, limit: 4, minCosine: 0.5 });
    const ids = equal.map(({ id }) => id).sort();
    expect(found.map(([id]) => id)).toEqual(ids.slice(0, 4));
  });

  it('gives the places of deleted faces to others', async () => {
    const centre = random.unitVector(DIMENSION);
    const near = Array.from({ length: 60 }, () => face(close(centre, 0.05)));
    const far = Array.from({ length: 30 }, () => face(close(centre, 1)));
    await test.add(...near, ...far);
    await test.fold();
    await test.remove(...near);
    const query = { vector: centre, limit: 10, minCosine: -1 };
    expect(await test.search(query)).toHaveLength(10);
    expect(await test.search(query)).toEqual(test.expected(query));
  });

  it('gives the place of a vector that was replaced to another', async () => {
    const [query, other] = [basis(0), face(towards(0.5))];
    const replaced = face(towards(0.9));
    await test.add(replaced, other);
    await test.fold();
    await test.remove(replaced);
    await test.add(face(towards(0.1), replaced.id));
    expect(await test.search({ vector: query, limit: 1, minCosine: 0.3 })).toEqual([
      [other.id, expect.closeTo(0.5, 6)],
    ]);
  });
});

describe('a shard that is lost or damaged', () => {
  const damages: [
    string,
    new (message?: string) => Error,
    (bytes: Buffer) => Buffer | undefined,
  ][] = [
    ['is gone', ShardMissingError, () => undefined],
    ['is empty', ShardCorruptError, () => Buffer.alloc(0)],
    ['is cut short', ShardCorruptError, (bytes) => bytes.subarray(0, -20)],
    [
      'is changed',
      ShardCorruptError,
      (bytes) => Buffer.from(bytes.map((b, i) => (i === 99 ? b ^ 1 : b))),
    ],
    ['is something else', ShardCorruptError, () => Buffer.from('<html>'.repeat(1000))],
  ];

  it.each(damages)('does not change an answer when it %s', async (_, reason, damage) => {
    const all = faces(30);
    await test.add(...all);
    await test.fold();
    await test.remove(...all.slice(0, 3));
    const [key = ''] = await test.shardKeys();
    const { shards } = await test.records.manifests.get(test.collection.generation, 'faces');
    const bytes = await test.store().get(key, shards[0]?.bytes ?? 0);
    const damaged = damage(Buffer.from(bytes));
    const object = { Bucket: test.bucket, Key: key };
    await (damaged === undefined
      ? test.s3.send(new DeleteObjectCommand(object))
      : test.s3.send(new PutObjectCommand({ ...object, Body: damaged })));
    test.forget();

    const query = { vector: random.unitVector(DIMENSION), limit: 100, minCosine: -0.2 };
    expect(await test.search(query)).toEqual(test.expected(query));
    expect(test.lost).toEqual([expect.any(reason)]);
  });
});

function basis(axis: number): Float32Array {
  return Float32Array.from({ length: DIMENSION }, (_, i) => (i === axis ? 1 : 0));
}

/** Its cosine with `basis(0)` is given. */
function towards(cosine: number): Float32Array {
  const values = Array.from(basis(1), (value, i) =>
    i === 0 ? cosine : value * Math.sqrt(1 - cosine ** 2),
  );
  return normalised(values);
}

function close(centre: Float32Array, distance: number): Float32Array {
  const noise = random.unitVector(DIMENSION);
  return normalised(Array.from(centre, (value, i) => value + distance * (noise[i] ?? 0)));
}
