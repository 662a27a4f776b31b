/** The function behind the upload queue: what is answered to SQS, and what goes to the dead letters. */
import type { SQSEvent } from 'aws-lambda';
import { describe, expect, it, vi } from 'vitest';
import { createIngestHandler } from '../../functions/lambda/ingest.ts';
import type { Reason } from '../../functions/uploads/rejection.ts';
import { CollectionNotFoundError } from '../../layers/records/index.ts';

const ATTEMPTS = 5;

function body(...keys: string[]): string {
  return JSON.stringify({
    Records: keys.map((key) => ({
      eventName: 'ObjectCreated:Put',
      s3: { bucket: { name: 'uploads' }, object: { key, eTag: 'e', sequencer: '1' } },
    })),
  });
}

/** @param messages bodies with how often they were received */
function event(...messages: [body: string, received: number][]): SQSEvent {
  return {
    Records: messages.map(([text, received], i) => ({
      messageId: `message-${i}`,
      body: text,
      attributes: { ApproximateReceiveCount: String(received) },
    })),
  } as SQSEvent;
}

/** Objects whose key has an error fail with it. */
function start(errors: Record<string, Error> = {}, untold?: Error) {
  const letters: { body: string; reason: Reason }[] = [];
  const rejected: string[] = [];
  const followed: string[] = [];
  const telemetry = { info: vi.fn(), warn: vi.fn() };
  const about = { Id: 'i', Bucket: 'uploads', Sequencer: '1' };
  const handler = createIngestHandler(() => ({
    uploads: {
      follow: async ({ key }) => {
        const error = errors[key];
        if (error) throw error;
        followed.push(key);
        return { ...about, Key: key, Status: 'INDEXED', FaceRecords: [] };
      },
      reject: async ({ key }, Reason) => {
        if (untold !== undefined) throw untold;
        rejected.push(key);
        return { ...about, Key: key, Status: 'REJECTED', Reason };
      },
    },
    deadLetters: {
      send: async (text, reason) => void letters.push({ body: text, reason }),
    },
    attempts: ATTEMPTS,
    telemetry,
  }));
  return { handler, letters, rejected, followed, telemetry };
}

const failed = (...indices: number[]) => ({
  batchItemFailures: indices.map((i) => ({ itemIdentifier: `message-${i}` })),
});

describe('the ingest function', () => {
  it('answers for every message by itself', async () => {
    const { handler, followed, letters } = start({
      'family/b.jpg': new Error('The disk is full.'),
    });
    const answer = await handler(
      event([body('family/a.jpg'), 1], [body('family/b.jpg'), 1], [body('family/c.jpg'), 1]),
    );
    expect(answer).toEqual(failed(1));
    expect(followed).toEqual(['family/a.jpg', 'family/c.jpg']);
    expect(letters).toEqual([]);
  });

  it('sends what will never be right to the dead letters at once, with its reason', async () => {
    const { handler, letters, rejected } = start({
      'nobody/a.jpg': new CollectionNotFoundError('nobody'),
    });
    expect(await handler(event([body('nobody/a.jpg'), 1]))).toEqual(failed());
    expect(letters).toEqual([
      {
        body: body('nobody/a.jpg'),
        reason: {
          Code: 'ResourceNotFoundException',
          Message: 'The collection id: nobody does not exist',
        },
      },
    ]);
    expect(rejected).toEqual(['nobody/a.jpg']);
  });

  it('sends what failed for the last time to the dead letters, with the last reason', async () => {
    const { handler, letters, rejected } = start({
      'family/a.jpg': new Error('The disk is full.'),
    });
    for (let received = 1; received < ATTEMPTS; received++) {
      expect(await handler(event([body('family/a.jpg'), received]))).toEqual(failed(0));
    }
    expect(letters).toEqual([]);
    expect(await handler(event([body('family/a.jpg'), ATTEMPTS]))).toEqual(failed());
    expect(letters.map(({ reason }) => reason)).toEqual([
      {
        Code: 'TooManyAttempts',
        Message: 'Failed 5 times, at last with Error: The disk is full.',
      },
    ]);
    expect(rejected).toEqual(['family/a.jpg']);
  });

  it('makes one letter for a rejection that nobody can be told of', async () => {
    const { handler, letters, telemetry } = start(
      { 'nobody/a.jpg': new CollectionNotFoundError('nobody') },
      new Error('EventBridge does not answer.'),
    );
    expect(await handler(event([body('nobody/a.jpg'), 1]))).toEqual(failed());
    expect(letters).toHaveLength(1);
    expect(telemetry.warn).toHaveBeenCalledOnce();
  });

  it('makes a letter for the object that is wrong, not for its neighbours in a message', async () => {
    const { handler, letters, followed } = start({
      'nobody/a.jpg': new CollectionNotFoundError('nobody'),
    });
    await handler(event([body('nobody/a.jpg', 'family/a.jpg'), 1]));
    expect(letters.map((letter) => letter.body)).toEqual([body('nobody/a.jpg')]);
    expect(followed).toEqual(['family/a.jpg']);
  });

  it('keeps messages that are none of S3 for somebody to look at', async () => {
    const { handler, letters } = start();
    expect(await handler(event(['hello', 1]))).toEqual(failed());
    expect(letters).toMatchObject([{ body: 'hello', reason: { Code: 'MalformedMessage' } }]);
  });

  it('does nothing about the message with which S3 tries the queue out', async () => {
    const { handler, letters, followed } = start();
    const test = JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent' });
    expect(await handler(event([test, 1]))).toEqual(failed());
    expect([letters, followed]).toEqual([[], []]);
  });

  it('never logs the name of an object', async () => {
    const { handler, telemetry } = start({
      'nobody/ann.jpg': new CollectionNotFoundError('nobody'),
    });
    await handler(event([body('family/ann.jpg', 'nobody/ann.jpg'), 1]));
    expect(telemetry.info).toHaveBeenCalledTimes(2);
    expect(JSON.stringify(telemetry.info.mock.calls)).not.toContain('ann');
  });
});
