/** Who may look at outcomes and queues on a server that asks for keys. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalStack, startLocal } from '../../infra/local/stack.ts';
import type { AccessKey } from '../../layers/protocol/index.ts';
import { issueKey } from '../../layers/protocol/index.ts';
import { failure } from '../support/stack.ts';

let data: string;
let stack: LocalStack;
let everything: AccessKey;
let limited: AccessKey;

beforeAll(async () => {
  data = await mkdtemp(path.join(tmpdir(), 'recollect-doors-'));
  const options = { host: '127.0.0.1', port: 0, s3Port: 0, data, foldAt: 500, auth: true };
  stack = await startLocal(options);
  const create = async (collections: string) => {
    const grant = { name: '', operations: 'all' as const, collections, expires: undefined };
    const key = issueKey(grant, randomBytes, new Date());
    await stack.keys?.create(key);
    return key;
  };
  everything = await create('*');
  limited = await create('family');
});
afterAll(async () => {
  await stack.close();
  await rm(data, { recursive: true, force: true });
});

describe('outcomes', () => {
  const follow = async (key?: AccessKey, secret = key?.secret) => {
    const gone = new AbortController();
    const response = await fetch(`${stack.endpoint}/events`, {
      signal: gone.signal,
      headers: key === undefined ? {} : { authorization: `Bearer ${key.id}.${secret}` },
    });
    const answer =
      response.status === 200 ? 'followed' : ((await response.json()) as { __type: string }).__type;
    gone.abort();
    return answer;
  };

  it('are for whoever has a key that allows everything', async () => {
    expect(await follow(everything)).toBe('followed');
    expect(await follow(limited)).toBe('AccessDeniedException');
    expect(await follow(everything, 'wrong')).toBe('UnrecognizedClientException');
    expect(await follow()).toBe('MissingAuthenticationTokenException');
  });
});

describe('queues', () => {
  const list = async ({ id, secret }: AccessKey) => {
    const client = new SQSClient({
      endpoint: stack.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: id, secretAccessKey: secret },
      maxAttempts: 1,
    });
    try {
      return (await client.send(new ListQueuesCommand({}))).QueueUrls ?? [];
    } finally {
      client.destroy();
    }
  };

  it('are for whoever signs with a key that allows everything', async () => {
    expect((await list(everything)).map((url) => url.split('/').at(-1))).toEqual([
      'recollect-uploads',
      'recollect-dead-uploads',
      'recollect-video',
    ]);
    await expect(failure(list(limited))).resolves.toMatchObject({ name: 'AccessDeniedException' });
    await expect(failure(list({ ...everything, secret: 'wrong' }))).resolves.toMatchObject({
      name: 'InvalidSignatureException',
    });
  });
});
