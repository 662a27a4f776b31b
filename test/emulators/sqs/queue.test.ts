/** The local queue: at least once, invisible for a while, to the dead letters after too many times. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { SQSEvent } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EventSource, LocalQueue } from '../../../infra/emulators/sqs/index.ts';
import { Store } from '../../../infra/emulators/storage/index.ts';

const TIMEOUT = 1000;

let directory: string;
let store: Store;
let now: number;
let dead: LocalQueue;
let queue: LocalQueue;

async function open() {
  store = await Store.open({ folder: directory });
  const shared = { store, visibilityTimeout: TIMEOUT, clock: () => now };
  dead = await LocalQueue.open({ ...shared, name: 'dead' });
  const redrive = { to: dead, maxReceiveCount: 3 };
  queue = await LocalQueue.open({ ...shared, name: 'work', redrive });
}

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'recollect-queue-'));
  now = Date.UTC(2030, 0, 1);
  await open();
});
afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

const bodies = async (limit = 10) => (await queue.receive(limit)).map(({ body }) => body);

describe('a queue', () => {
  it('delivers in the order of sending, each message to one receiver', async () => {
    for (const body of ['a', 'b', 'c', 'd']) await queue.send(body);
    const received = await Promise.all([queue.receive(1), queue.receive(2), queue.receive(10)]);
    expect(received.map((messages) => messages.map(({ body }) => body))).toEqual([
      ['a'],
      ['b', 'c'],
      ['d'],
    ]);
    expect(await queue.counts()).toEqual({ visible: 0, invisible: 4 });
  });

  it('delivers again what is not deleted, when its time is over', async () => {
    await queue.send('a', { why: 'because' });
    const [first] = await queue.receive(1);
    now += TIMEOUT - 1;
    expect(await bodies()).toEqual([]);
    now += 1;
    const [second] = await queue.receive(1);
    expect(second).toMatchObject({
      id: first?.id,
      body: 'a',
      attributes: { why: 'because' },
      receiveCount: 2,
    });
    await queue.delete(second?.receipt ?? '');
    now += TIMEOUT;
    expect(await bodies()).toEqual([]);
  });

  it('does not let a receiver whose time is over delete what somebody else has', async () => {
    await queue.send('a');
    const [late] = await queue.receive(1);
    now += TIMEOUT;
    await queue.receive(1);
    await queue.delete(late?.receipt ?? '');
    now += TIMEOUT;
    expect(await bodies()).toEqual(['a']);
  });

  it('shows a message earlier or later, as its receiver says', async () => {
    await queue.send('a');
    const [first] = await queue.receive(1);
    await queue.changeVisibility(first?.receipt ?? '', 0);
    const [second] = await queue.receive(1);
    await queue.changeVisibility(second?.receipt ?? '', 5 * TIMEOUT);
    now += 4 * TIMEOUT;
    expect(await bodies()).toEqual([]);
    now += TIMEOUT;
    expect(await bodies()).toEqual(['a']);
  });

  it('moves what came too often to the dead letters', async () => {
    await queue.send('bad');
    for (let i = 0; i < 3; i++) {
      expect(await bodies()).toEqual(['bad']);
      now += TIMEOUT;
    }
    expect(await bodies()).toEqual([]);
    expect(await dead.receive(10)).toMatchObject([{ body: 'bad' }]);
    expect(await queue.counts()).toEqual({ visible: 0, invisible: 0 });
  });

  it('shows at once what was received when its process ended, and counts on', async () => {
    await queue.send('a');
    await queue.send('b');
    await queue.receive(1);
    await store.close();
    await open();
    const received = await queue.receive(10);
    expect(received.map(({ body, receiveCount }) => [body, receiveCount])).toEqual([
      ['a', 2],
      ['b', 1],
    ]);
  });
});

describe('what calls a function with the messages of a queue', () => {
  const start = (handler: (event: SQSEvent) => Promise<void>, concurrency = 2) => {
    const warn = vi.fn();
    const source = new EventSource({
      queue,
      concurrency,
      warn,
      handler: async (event) => {
        try {
          await handler(event);
          return { batchItemFailures: [] };
        } catch (error) {
          if (error instanceof RangeError) throw error;
          return { batchItemFailures: [{ itemIdentifier: event.Records[0]?.messageId ?? '' }] };
        }
      },
    });
    source.start();
    return { source, warn };
  };

  it('deletes what succeeded, and has what failed come again until it is dead', async () => {
    const seen: string[] = [];
    for (const body of ['good', 'bad', 'deadly', 'better']) await queue.send(body);
    const { source, warn } = start(async ({ Records }) => {
      const [record] = Records;
      seen.push(`${record?.body} ${record?.attributes.ApproximateReceiveCount}`);
      if (record?.body === 'bad') throw new Error('No.');
      if (record?.body === 'deadly') throw new RangeError('Dead.');
    });
    for (let i = 1; i <= 3; i++) {
      await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(2 + 2 * i);
      // Both have failed, and become visible by the clock: no longer for as long as a function may run.
      await expect.poll(async () => source.running, { timeout: 10_000 }).toBe(0);
      now += TIMEOUT;
    }
    await expect.poll(async () => (await dead.counts()).visible, { timeout: 10_000 }).toBe(2);
    await source.stop();
    expect(seen.sort()).toEqual(
      ['bad 1', 'bad 2', 'bad 3', 'better 1', 'deadly 1', 'deadly 2', 'deadly 3', 'good 1'].sort(),
    );
    expect(warn).toHaveBeenCalledTimes(3);
    expect(await queue.counts()).toEqual({ visible: 0, invisible: 0 });
  });

  it('calls it no more often at once than it may, however long a call takes', async () => {
    let running = 0;
    let most = 0;
    let done = 0;
    const { source } = start(async () => {
      running++;
      most = Math.max(most, running);
      now += 10 * TIMEOUT;
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
      done++;
    }, 3);
    for (let i = 0; i < 12; i++) await queue.send(String(i));
    await expect.poll(() => done, { timeout: 10_000 }).toBe(12);
    await source.stop();
    expect(most).toBe(3);
  });

  it('lets calls end when it is stopped, and leaves the rest', async () => {
    const done: string[] = [];
    for (let i = 0; i < 5; i++) await queue.send(String(i));
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { source } = start(async ({ Records }) => {
      await gate;
      done.push(Records[0]?.body ?? '');
    });
    await expect.poll(async () => (await queue.counts()).invisible).toBe(2);
    const stopped = source.stop();
    release();
    await stopped;
    expect(done.sort()).toEqual(['0', '1']);
    expect(await queue.counts()).toEqual({ visible: 3, invisible: 0 });
  });
});
