/** Threads that scan: the answers of one scan, and what happens when one of them dies. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalS3, startS3 } from '../../infra/emulators/s3/index.ts';
import { ScanWorkerError, ScanWorkers } from '../../infra/local/scan-workers.ts';
import { FanOut, LocalScanner, S3ShardStore, ShardCache } from '../../layers/vectors/index.ts';
import { ShardMissingError } from '../../layers/vectors/store.ts';
import { Random } from '../support/random.ts';
import { DIMENSION, search, store } from '../vectors/fanout/shards.ts';

const BUCKET = 'shards';
const random = new Random(12);
const faces = Array.from({ length: 400 }, () => ({
  id: random.uuid(),
  vector: random.unitVector(DIMENSION),
}));
const lists = Array.from({ length: 8 }, (_, i) => faces.slice(50 * i, 50 * (i + 1)));
const data = store(lists, [], new Map(faces.map(({ id, vector }) => [id, vector])));
const wanted = { query: random.unitVector(DIMENSION), limit: 10, minCosine: -1 };

describe('scan workers', () => {
  let objects: LocalS3;
  let folder: string;
  let workers: ScanWorkers;
  let expected: number[];

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'recollect-s3-'));
    objects = await startS3({ directory: folder });
    const s3 = {
      region: 'us-east-1',
      endpoint: objects.endpoint,
      forcePathStyle: true,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    };
    const client = new S3Client(s3);
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
    const shards = new S3ShardStore(client, BUCKET);
    for (const [key, bytes] of data.objects) await shards.put(key, bytes);
    expected = await search(new LocalScanner(new ShardCache(shards, 1e6)), data, wanted);
    workers = new ScanWorkers(2, {
      s3,
      bucket: BUCKET,
      cacheBytes: 1e6,
    });
    client.destroy();
  });

  afterAll(async () => {
    await workers.close();
    await objects.close();
    await rm(folder, { recursive: true, force: true });
  });

  const fanOut = () => new FanOut({ functions: workers.functions });
  const task = { query: wanted.query, limits: { count: 10, bar: -1 } };

  it('start when they are needed and find what one scan finds', async () => {
    expect(workers.threads).toEqual([]);
    expect(await search(fanOut(), data, wanted)).toEqual(expected);
    expect(workers.threads).toHaveLength(2);
  }, 60_000);

  it('that end while they are asked fail the attempt, and are replaced', async () => {
    const before = workers.threads;
    const [scan] = workers.functions;
    const signal = new AbortController().signal;
    const asked = scan?.({ ...task, shards: data.references }, signal);
    await Promise.all([workers.close(), expect(asked).rejects.toThrow(ScanWorkerError)]);
    expect(workers.threads).toEqual([]);
    expect(await search(fanOut(), data, wanted)).toEqual(expected);
    for (const thread of workers.threads) expect(before).not.toContain(thread);
  }, 60_000);

  it('that end in the middle of a search do not change its answer', async () => {
    const searching = search(fanOut(), data, wanted);
    await workers.close();
    expect(await searching).toEqual(expected);
  }, 60_000);

  it('say that a shard is gone', async () => {
    const shards = [{ key: `${randomUUID()}.shard`, count: 1, bytes: 100 }];
    const gone = { ...data, references: shards };
    await expect(search(fanOut(), gone, wanted)).rejects.toThrow(ShardMissingError);
  }, 60_000);

  it('stop waiting when nobody waits any more', async () => {
    const controller = new AbortController();
    const [scan] = workers.functions;
    const asked = scan?.({ ...task, shards: data.references }, controller.signal);
    controller.abort(new Error('Enough.'));
    await expect(asked).rejects.toThrow('Enough.');
  });
});
