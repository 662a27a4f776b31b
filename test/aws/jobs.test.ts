/** Work after an answer, on AWS: when it is asked for, in which messages, and what is done about lost ones. */
import { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { eachMessage } from '../../functions/lambda/batch.ts';
import { QueueJobs } from '../../functions/lambda/jobs.ts';
import { readFoldRequest, readPurgeRequest } from '../../functions/lambda/messages.ts';
import { Queues } from '../../functions/lambda/queues.ts';
import { Random } from '../support/random.ts';
import { queueEvent, type Surroundings, startSurroundings } from './aws.ts';

const COLLECTION = { id: 'family', generation: '01GENERATION' };

function jobs(random: () => number, foldAt: number) {
  const queues = { fold: vi.fn(async () => undefined), purge: vi.fn(async () => undefined) };
  const telemetry = { warn: vi.fn(), longTail: vi.fn(), shardLost: vi.fn() };
  const { warn } = telemetry;
  return { queues, warn, telemetry, jobs: new QueueJobs({ queues, foldAt, random, telemetry }) };
}

describe('a request to fold', () => {
  it('is sent once for every foldAt vectors on average, however they come', async () => {
    const random = new Random(7);
    const { queues, jobs: work } = jobs(random.next, 100);
    let vectors = 0;
    while (vectors < 200_000) {
      const by = 1 + random.below(20);
      await work.tailGrew(COLLECTION as never, 'faces', by);
      vectors += by;
    }
    // The number of requests has a variance below its mean, 2,000: four deviations are 180.
    expect(Math.abs(queues.fold.mock.calls.length - vectors / 100)).toBeLessThan(180);
  });

  it('is certain when a single write fills a tail', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 500 }), fc.nat(500), async (foldAt, more) => {
        const { queues, jobs: work } = jobs(() => 1 - 2 ** -53, foldAt);
        await work.tailGrew(COLLECTION as never, 'faces', foldAt + more);
        expect(queues.fold).toHaveBeenCalledOnce();
      }),
    );
  });

  it('is sent by a search that meets a long tail, and by no other', async () => {
    const { queues, telemetry, jobs: work } = jobs(() => 0, 100);
    await work.tailSeen(COLLECTION as never, 'faces', 99);
    expect(queues.fold).not.toHaveBeenCalled();
    expect(telemetry.longTail).not.toHaveBeenCalled();
    await work.tailSeen(COLLECTION as never, 'faces', 100);
    expect(telemetry.longTail).toHaveBeenCalledExactlyOnceWith(100);
    expect(queues.fold).toHaveBeenCalledWith({
      collectionId: 'family',
      generation: '01GENERATION',
      index: 'faces',
    });
  });

  it('is sent by a search that meets a lost shard, and is counted', async () => {
    const { queues, telemetry, jobs: work } = jobs(() => 0, 100);
    await work.shardLost(COLLECTION as never, 'users', 'g/users/a.shard');
    expect(telemetry.shardLost).toHaveBeenCalledOnce();
    expect(queues.fold).toHaveBeenCalledExactlyOnceWith({
      collectionId: 'family',
      generation: '01GENERATION',
      index: 'users',
      lostShard: 'g/users/a.shard',
    });
  });

  it('or to purge that cannot be sent fails no request, and is logged', async () => {
    const { queues, jobs: work, warn } = jobs(() => 0, 1);
    const lost = new Error('lost');
    queues.fold.mockRejectedValue(lost);
    queues.purge.mockRejectedValue(lost);
    await work.tailGrew(COLLECTION as never, 'faces', 1);
    await work.purge('01GENERATION');
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining('fold'), lost],
      [expect.stringContaining('purge'), lost],
    ]);
  });
});

describe('messages', () => {
  let aws: Surroundings;
  let client: SQSClient;
  let now: number;
  let queues: () => Queues;

  beforeAll(async () => {
    aws = await startSurroundings();
    client = new SQSClient({
      endpoint: aws.endpoint,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    });
  });

  afterAll(async () => {
    client.destroy();
    await aws.close();
  });

  beforeEach(() => {
    aws.sent.length = 0;
    now = 1_800_000_000_000;
    queues = () =>
      new Queues({
        client,
        foldQueue: `${aws.endpoint}/1/folds.fifo`,
        purgeQueue: `${aws.endpoint}/1/purges`,
        clock: () => now,
      });
  });

  const request = (generation: string) =>
    ({ collectionId: 'family', generation, index: 'faces' }) as const;

  it('arrive as they were sent', async () => {
    const sender = queues();
    await sender.fold(request('01G'));
    await sender.purge({ generation: '01G' });
    expect(aws.sent.map(({ queue }) => queue)).toEqual(['folds.fifo', 'purges']);
    expect(readFoldRequest(aws.sent[0]?.body ?? '')).toEqual(request('01G'));
    expect(readPurgeRequest(aws.sent[1]?.body ?? '')).toEqual({ generation: '01G' });
  });

  it('to fold one index are in one group, and one message within half a minute', async () => {
    const [one, other] = [queues(), queues()];
    await one.fold(request('01A'));
    await one.fold(request('01A'));
    await other.fold(request('01A'));
    await one.fold(request('01B'));
    now += 30_000;
    await one.fold(request('01A'));
    const [a, sameFromElsewhere, b, later, ...more] = aws.sent;
    expect(more).toEqual([]);
    expect(sameFromElsewhere).toEqual(a);
    expect(b?.group).not.toBe(a?.group);
    expect(b?.deduplication).not.toBe(a?.deduplication);
    expect(later?.group).toBe(a?.group);
    expect(later?.deduplication).not.toBe(a?.deduplication);
  });

  it('to repair one shard are one message within five minutes, besides the one to fold', async () => {
    const [one, other] = [queues(), queues()];
    const repair = { ...request('01A'), lostShard: '01A/faces/01C.shard' };
    now = 1_800_000_000_000 - (1_800_000_000_000 % 300_000);
    await one.fold(request('01A'));
    // As many searches as there may be, in as many environments: SQS drops what it has seen before.
    for (let i = 0; i < 50; i++) {
      await one.fold(repair);
      await other.fold(repair);
      now += 5_000;
    }
    const deduplications = aws.sent.map(({ deduplication }) => deduplication);
    expect(new Set(deduplications).size).toBe(2);
    expect(aws.sent).toHaveLength(3);
    expect(readFoldRequest(aws.sent[1]?.body ?? '')).toEqual(repair);
    now += 300_000;
    await one.fold(repair);
    expect(deduplications).not.toContain(aws.sent.at(-1)?.deduplication);
    await one.fold({ ...repair, lostShard: '01A/faces/01D.shard' });
    expect(aws.sent).toHaveLength(5);
  });

  it('that could not be sent are sent at the next occasion', async () => {
    const sender = queues();
    const broken = vi.spyOn(client, 'send').mockImplementationOnce(() => {
      throw new Error('no network');
    });
    await expect(sender.fold(request('01A'))).rejects.toThrow('no network');
    broken.mockRestore();
    await sender.fold(request('01A'));
    expect(aws.sent).toHaveLength(1);
  });

  it.each(['', 'null', '[]', '{}', '{"generation":7}', '{"generation":""}'])(
    'that nobody sent are refused: %s',
    (body) => {
      expect(() => readFoldRequest(body)).toThrow();
      expect(() => readPurgeRequest(body)).toThrow();
    },
  );
});

describe('a batch', () => {
  const event = (...bodies: [body: string, group?: string][]) =>
    queueEvent(...bodies.map(([body, group]) => ({ body, group }))) as SQSEvent;
  const failing = async (body: string) => {
    if (body === 'bad') throw new Error('cannot');
  };

  it('gives back what failed and nothing else', async () => {
    const warn = vi.fn();
    const answer = await eachMessage(event(['good'], ['bad'], ['good']), failing, warn);
    expect(answer.batchItemFailures).toEqual([{ itemIdentifier: 'message-1' }]);
    expect(warn).toHaveBeenCalledOnce();
  });

  it('of a FIFO queue keeps the order of each group', async () => {
    const done: string[] = [];
    const work = async (body: string) => {
      await failing(body);
      done.push(body);
    };
    const messages = event(['1', 'a'], ['bad', 'a'], ['2', 'b'], ['3', 'a'], ['4', 'b']);
    const { batchItemFailures } = await eachMessage(messages, work, () => undefined);
    expect(batchItemFailures).toEqual([
      { itemIdentifier: 'message-1' },
      { itemIdentifier: 'message-3' },
    ]);
    expect(done).toEqual(['1', '2', '4']);
  });
});
