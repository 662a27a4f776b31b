/**
 * What ends a job on video, and that nothing of it is left: too large, too long, changed or gone while it is read, a
 * collection that goes, seven days. Clocks, sizes and calls are the test's own.
 */
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JOB_LIFETIME_MS } from '../../layers/records/index.ts';
import { openDatabase, openStore, type TestDatabase, type TestStore } from '../support/tables.ts';
import { clip, H264, numbered } from '../video/clips.ts';
import { CLIPS, Machine, openWorld, RESULTS, type World } from '../video/jobs.ts';

const CLIP = 'clip.mp4';
const GIB = 2 ** 30;

let database: TestDatabase;
let store: TestStore;
let bytes: Buffer;
let world: World;
let machine: Machine;
beforeAll(async () => {
  [database, store] = [await openDatabase(), await openStore()];
  for (const bucket of [CLIPS, RESULTS]) await store.createBucket(bucket);
  bytes = await clip(numbered(20), [[...H264, '-g', '5']]);
  world = await openWorld(database, store);
  machine = new Machine(world);
  await machine.put(CLIP, bytes);
});
afterAll(async () => {
  await world.decoder.close();
  await database.close();
  await store.close();
});

const jobOf = (id: string) => machine.records.videoJobs.get(id);

/** Nothing is open, nothing waits, and no result or part is left. */
async function expectNothingLeft(): Promise<void> {
  expect(world.queue).toEqual([]);
  expect(await store.keys(RESULTS)).toEqual([]);
  const items = await database.scan(world.table);
  expect(items.filter(({ pk }) => pk === 'VIDEO-OPEN').map(({ jobs }) => jobs)).toEqual([0]);
}

describe('a video that is too large', () => {
  const startedAt = (claimedSize: number) => new Machine(world, { claimedSize }).detect(CLIP);

  it('begins no job beyond 10 GB', async () => {
    const before = (await machine.videos.list()).length;
    await expect(startedAt(10 * GIB + 1)).rejects.toMatchObject({ name: 'VideoTooLargeException' });
    expect((await machine.videos.list()).length).toBe(before);
    expect(world.queue).toEqual([]);
  });

  it('begins one at 10 GB, which then ends for what the object really is', async () => {
    const id = await startedAt(10 * GIB);
    await machine.run();
    expect(await jobOf(id)).toMatchObject({ status: 'FAILED' });
    await expectNothingLeft();
  });
});

/** @returns why the job failed */
async function failureOf(id: string): Promise<string | undefined> {
  await machine.run();
  const job = await jobOf(id);
  expect([job?.status, job?.rows]).toEqual(['FAILED', 0]);
  await expectNothingLeft();
  return job?.message;
}

describe('a job fails and leaves nothing', () => {
  it('of more than six hours', async () => {
    // Two pictures, hours apart.
    const long = await clip(numbered(2, { rate: 1 / 12_000 }), [[...H264, '-bf', '0']]);
    await machine.put('long.mp4', long);
    expect(await failureOf(await machine.detect('long.mp4'))).toMatch(
      /^The video lasts 6:40:00; at most 6 hours are read\.$/,
    );
  });

  it('whose object is overwritten between two parts', async () => {
    const id = await machine.detect(CLIP);
    await machine.run(2);
    expect((await jobOf(id))?.done).toBe(1);
    await machine.put(CLIP, Buffer.concat([bytes, Buffer.alloc(8)]));
    expect(await failureOf(id)).toBe('The object has been overwritten since the job was started.');
    await machine.put(CLIP, bytes);
  });

  it('whose object is deleted between two parts', async () => {
    await machine.put('passing.mp4', bytes);
    const id = await machine.detect('passing.mp4');
    await machine.run(2);
    await machine.s3.send(new DeleteObjectCommand({ Bucket: CLIPS, Key: 'passing.mp4' }));
    expect(await failureOf(id)).toBe('The object has been deleted since the job was started.');
  });

  it('whose collection goes, or is another one, before its end', async () => {
    const { collections } = machine.records;
    const create = () => collections.create('people', '1.0', {});
    for (const comesBack of [false, true]) {
      await create();
      const id = await machine.search(CLIP, 'people');
      // Up to the merge.
      await machine.run(4);
      await collections.delete('people');
      if (comesBack) await create();
      expect(await failureOf(id)).toBe('The collection id: people does not exist');
      if (comesBack) await collections.delete('people');
    }
  });

  it('that is stopped while a part is looked at', async () => {
    const id = await machine.detect(CLIP);
    await machine.run(2);
    await machine.videos.stop(id);
    expect(await failureOf(id)).toBe('The job was stopped by a request.');
  });

  it('whose steps fail for the third time, or end their process again and again', async () => {
    const broken = { changes: { decoder: () => Promise.reject(new Error('out of order')) } };
    const id = await machine.detect(CLIP);
    await new Machine(world, broken).run();
    expect(await failureOf(id)).toBe(
      '3 attempts failed at the step plan, the last with: out of order',
    );
    const dying = await machine.detect(CLIP);
    world.queue[0]!.deliveries = 6;
    expect(await failureOf(dying)).toBe('The process ended 6 times at the step plan.');
  });
});

it('results go after seven days, with everything that is left', async () => {
  const id = await machine.detect(CLIP);
  await machine.run();
  const asked = { operation: 'StartFaceDetection', jobId: id, order: 'TIMESTAMP' } as const;
  const page = () => machine.videos.page({ ...asked, size: 1000, token: undefined });
  expect((await page()).rows).toHaveLength(10);
  world.now += JOB_LIFETIME_MS - 1;
  await machine.sweep();
  expect((await page()).rows).toHaveLength(10);
  world.now += 1;
  await expect(page()).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: `Could not find the JobId: ${id}`,
  });
  await machine.sweep();
  await expectNothingLeft();
  const items = await database.scan(world.table);
  expect(items.filter(({ pk }) => /^VIDEO(-PARTS.*)?$/.test(String(pk)))).toEqual([]);
});
