/** Vectors of every length that a face model may have: found exactly in the tail, in shards, and after rebuilding. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mostRows } from '../../layers/vectors/plan.ts';
import { shardBytes } from '../../layers/vectors/shard.ts';
import { Random } from '../support/random.ts';
import { face, openServices, type Services, TestCollection } from './collection.ts';

let services: Services;
beforeAll(async () => {
  services = await openServices();
});
afterAll(() => services.close());

// Multiples of 16, which the kernel takes, and others.
describe.each([64, 100, 128, 192, 257, 512, 1000, 1024])('vectors of %i numbers', (dimension) => {
  it('are found exactly, wherever they are', async () => {
    const random = new Random(dimension);
    const collection = await TestCollection.create(services, dimension);
    const faces = Array.from({ length: 130 }, () => face(random.unitVector(dimension)));
    const check = async () => {
      for (let i = 0; i < 3; i++) {
        const query = { vector: random.unitVector(dimension), limit: 20, minCosine: -1 };
        const [found, expected] = [await collection.search(query), collection.expected(query)];
        expect(found.map(([id]) => id)).toEqual(expected.map(([id]) => id));
        found.forEach(([, cosine], rank) => {
          expect(cosine).toBeCloseTo(expected[rank]![1], 5);
        });
      }
    };
    await collection.add(...faces.slice(0, 100));
    await check();
    expect((await collection.fold()).outcome).toBe('folded');
    await check();
    await collection.add(...faces.slice(100));
    await collection.remove(faces[0]!, faces[110]!);
    await check();
    await collection.fold({ shards: 'anew' });
    collection.forget();
    await check();
  }, 60_000);
});

it('shards of long vectors have fewer rows, not more bytes', () => {
  for (const dimension of [64, 192, 1024]) {
    const most = mostRows(dimension);
    expect(shardBytes(dimension, most)).toBeLessThanOrEqual(55_600_000 + 256);
    expect(shardBytes(dimension, most)).toBeGreaterThan(55_500_000);
  }
});
