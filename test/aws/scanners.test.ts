/** How a search calls scan functions, and what a scan function does with what it is sent. */
import { LambdaClient } from '@aws-sdk/client-lambda';
import { afterEach, describe, expect, it } from 'vitest';
import { createScanHandler } from '../../functions/lambda/scan.ts';
import { lambdaScanner, ScanFunctionError } from '../../functions/lambda/scanners.ts';
import type { ScanTask } from '../../layers/vectors/index.ts';
import {
  encodeTask,
  ScannersBusyError,
  ScanProtocolError,
  ShardCache,
} from '../../layers/vectors/index.ts';
import { ShardMissingError } from '../../layers/vectors/store.ts';
import { Random } from '../support/random.ts';
import { DIMENSION, reader, store } from '../vectors/fanout/shards.ts';
import { startLambda } from './aws.ts';

const random = new Random(11);
const face = { id: random.uuid(), vector: random.unitVector(DIMENSION) };
const { references, objects } = store([[face]], [], new Map());
const task: ScanTask = { query: face.vector, shards: references, limits: { count: 1, bar: -1 } };

const handler = (stored: ReadonlyMap<string, Uint8Array>) =>
  createScanHandler(() => ({ cache: new ShardCache(reader(stored), 1_000_000) }));

describe('a search', () => {
  const closers: (() => void | Promise<void>)[] = [];
  afterEach(async () => {
    for (const closer of closers.splice(0)) await closer();
  });

  /** What comes of asking the function `scan`, which the given one stands for. */
  async function ask(scan: (event: unknown) => Promise<unknown>) {
    const lambda = await startLambda((name, event) =>
      name === 'scan' ? scan(event) : Promise.reject(new Error(`There is no ${name}.`)),
    );
    const client = new LambdaClient({
      region: 'eu-central-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      endpoint: lambda.endpoint,
      maxAttempts: 1,
    });
    closers.push(() => client.destroy(), lambda.close);
    return lambdaScanner(client, 'scan')(task, new AbortController().signal);
  }

  it('is answered by a scan function', async () => {
    const { rows, found } = await ask(handler(objects));
    expect(rows).toBe(1);
    expect([...found.keys()]).toEqual([face.id]);
  });

  it('learns that a shard is gone', async () => {
    await expect(ask(handler(new Map()))).rejects.toThrow(ShardMissingError);
  });

  it('fails with a function that throws', async () => {
    const failure = ask(() => Promise.reject(new Error('Out of memory.')));
    await expect(failure).rejects.toThrow(ScanFunctionError);
    await expect(failure).rejects.toThrow(/Out of memory/);
  });

  it('takes a function that did not end in time for busy', async () => {
    const timeout = Object.assign(new Error('Task timed out after 25.00 seconds'), {
      name: 'Sandbox.Timedout',
    });
    await expect(ask(() => Promise.reject(timeout))).rejects.toThrow(ScannersBusyError);
  });

  it('takes a refusal of Lambda for its load for busy', async () => {
    const refused = Object.assign(new Error('Rate exceeded'), { name: 'TooManyRequestsException' });
    const client = { send: () => Promise.reject(refused) } as unknown as LambdaClient;
    const failure = lambdaScanner(client, 'scan')(task, new AbortController().signal);
    await expect(failure).rejects.toThrow(ScannersBusyError);
  });

  it('does not wait for an answer that nobody wants any more', async () => {
    const lambda = await startLambda(() => new Promise(() => undefined));
    const client = new LambdaClient({
      region: 'eu-central-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      endpoint: lambda.endpoint,
    });
    closers.push(() => client.destroy(), lambda.close);
    const controller = new AbortController();
    const asked = lambdaScanner(client, 'scan')(task, controller.signal);
    controller.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('a scan function', () => {
  it('throws what another attempt may mend, so that Lambda counts it', async () => {
    await expect(handler(objects)({ version: 1 })).rejects.toThrow(ScanProtocolError);
    const broken = createScanHandler(() => {
      throw new Error('No bucket.');
    });
    await expect(broken(encodeTask(task))).rejects.toThrow('No bucket.');
  });
});
