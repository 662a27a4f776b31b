/** A server that asks for access keys: real clients, over sockets. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CreateCollectionCommand,
  DescribeCollectionCommand,
  ListCollectionsCommand,
  ListTagsForResourceCommand,
  RekognitionClient,
  TagResourceCommand,
} from '@aws-sdk/client-rekognition';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { sign } from 'aws4';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { AccessEntry } from '../../functions/http/access-log.ts';
import { type LocalStack, startLocal } from '../../infra/local/stack.ts';
import { type AccessKey, type Grant, issueKey } from '../../layers/protocol/index.ts';
import { startServer } from '../support/server.ts';
import { failure } from '../support/stack.ts';

let data: string;
let stack: LocalStack;
let log: AccessEntry[];
let full: AccessKey;
const clients: { destroy(): void }[] = [];

beforeAll(async () => {
  data = await mkdtemp(path.join(tmpdir(), 'recollect-auth-'));
  log = [];
  stack = await startLocal(
    { host: '127.0.0.1', port: 0, s3Port: 0, data, foldAt: 20, auth: true },
    { log: (entry) => log.push(entry) },
  );
  full = await newKey();
  await client(full).send(new CreateCollectionCommand({ CollectionId: 'family-1' }));
  await client(full).send(new CreateCollectionCommand({ CollectionId: 'work' }));
});
afterAll(async () => {
  for (const one of clients) one.destroy();
  await stack.close();
  await rm(data, { recursive: true, force: true });
});

/** A key made while the server runs, as `recollect keys` makes it. */
async function newKey(grant: Partial<Grant> = {}): Promise<AccessKey> {
  const all = { name: '', operations: 'all', collections: '*', expires: undefined } as const;
  const key = issueKey({ ...all, ...grant }, randomBytes, new Date());
  await stack.keys?.create(key);
  return key;
}

const CLIENT = { region: 'eu-central-1', maxAttempts: 1 };
const credentials = ({ id, secret }: Pick<AccessKey, 'id' | 'secret'>) => ({
  accessKeyId: id,
  secretAccessKey: secret,
});

function client(key: Pick<AccessKey, 'id' | 'secret'>, more: object = {}): RekognitionClient {
  const one = new RekognitionClient({
    ...CLIENT,
    endpoint: stack.endpoint,
    credentials: credentials(key),
    ...more,
  });
  clients.push(one);
  return one;
}

async function post(operation: string, input: object | string, headers: Record<string, string>) {
  const response = await fetch(`${stack.endpoint}/${operation}`, {
    method: 'POST',
    headers,
    body: typeof input === 'string' ? input : JSON.stringify(input),
  });
  return { status: response.status, body: await response.json() };
}

const bearer = ({ id, secret }: AccessKey) => ({ authorization: `Bearer ${id}.${secret}` });
const list = new ListCollectionsCommand({});
const describeIt = (CollectionId: string) => new DescribeCollectionCommand({ CollectionId });
const MISMATCH = /^The request signature we calculated does not match the signature you provided/;

describe('a key that allows everything', () => {
  it('serves the SDK', async () => {
    const { CollectionIds } = await client(full).send(list);
    expect(CollectionIds).toEqual(['family-1', 'work']);
  });

  it('serves plain HTTP', async () => {
    const { status, body } = await post('ListCollections', {}, bearer(full));
    expect(status).toBe(200);
    expect(body).toMatchObject({ CollectionIds: ['family-1', 'work'] });
  });

  it('opens the object store', async () => {
    const s3 = new S3Client({
      ...CLIENT,
      endpoint: stack.s3Endpoint,
      forcePathStyle: true,
      credentials: credentials(full),
    });
    clients.push(s3);
    const { Buckets } = await s3.send(new ListBucketsCommand({}));
    expect(Buckets?.length).toBeGreaterThan(0);
  });
});

describe('a request that nobody answers for', () => {
  it('is refused before anything else about it is judged', async () => {
    for (const operation of ['ListCollections', 'NoSuchOperation']) {
      expect(await post(operation, '{broken', {})).toEqual({
        status: 400,
        body: {
          __type: 'MissingAuthenticationTokenException',
          message: 'Missing Authentication Token',
        },
      });
    }
  });

  it('has another secret, or a key that does not exist', async () => {
    const wrong = { id: full.id, secret: 'x'.repeat(40) };
    expect(await failure(client(wrong).send(list))).toEqual({
      name: 'InvalidSignatureException',
      message: expect.stringMatching(MISMATCH),
      status: 400,
    });
    const nobody = { id: 'AKIAZZZZZZZZZZZZZZZZ', secret: full.secret };
    expect(await failure(client(nobody).send(list))).toEqual({
      name: 'UnrecognizedClientException',
      message: 'The security token included in the request is invalid.',
      status: 400,
    });
  });

  it('is of another time, which the SDK corrects by the date of the answer', async () => {
    const systemClockOffset = -16 * 60_000;
    expect(await failure(client(full, { systemClockOffset }).send(list))).toEqual({
      name: 'InvalidSignatureException',
      message: expect.stringMatching(/^Signature expired: .* is now earlier than .* - 15 min\.\)$/),
      status: 400,
    });
    const patient = client(full, { systemClockOffset, maxAttempts: 2 });
    expect((await patient.send(list)).CollectionIds).toHaveLength(2);
  });

  it('has a body that was changed on the way, be it text or not', async () => {
    const { host } = new URL(stack.endpoint);
    const signed = (body: Buffer) => {
      const request = { method: 'POST', path: '/ListCollections', service: 'rekognition', body };
      const { headers = {} } = sign(
        { ...request, region: 'eu-central-1', headers: { Host: host, 'Content-Type': 'text/x' } },
        credentials(full),
      );
      const entries = Object.entries(headers).map(([name, value]) => [name, String(value)]);
      return Object.fromEntries(entries.filter(([name]) => name !== 'Content-Length'));
    };
    const body = Buffer.from([0x7b, 0xff, 0x7d]);
    const url = `${stack.endpoint}/ListCollections`;
    const send = async (headers: Record<string, string>) =>
      (await fetch(url, { method: 'POST', headers, body })).json();
    // The bytes are signed as they are, and only then found to be no JSON.
    expect(await send(signed(body))).toMatchObject({ __type: 'SerializationException' });
    // As text the two bodies would be the same: both have a byte that is no character.
    expect(await send(signed(Buffer.from([0x7b, 0xfe, 0x7d])))).toMatchObject({
      __type: 'InvalidSignatureException',
    });
  });
});

describe('a limited key', () => {
  const denied = (key: AccessKey, operation: string, resource: string) => ({
    name: 'AccessDeniedException',
    message: `User: arn:aws:iam::000000000000:user/${key.id} is not authorized to perform: rekognition:${operation} on resource: ${resource}`,
    status: 400,
  });
  const arn = (id: string) => `arn:aws:rekognition:eu-central-1:000000000000:collection/${id}`;

  it('calls the operations it names and no others', async () => {
    const key = await newKey({ operations: ['DescribeCollection'] });
    const { FaceCount } = await client(key).send(describeIt('work'));
    expect(FaceCount).toBe(0);
    expect(await failure(client(key).send(list))).toEqual(denied(key, 'ListCollections', '*'));
    const create = new CreateCollectionCommand({ CollectionId: 'not/valid' });
    expect(await failure(client(key).send(create))).toEqual(denied(key, 'CreateCollection', '*'));
  });

  it('uses the collections it names, and does not learn whether there are others', async () => {
    const key = await newKey({ collections: 'family-*' });
    const limited = client(key);
    expect((await limited.send(describeIt('family-1'))).FaceCount).toBe(0);
    await limited.send(new TagResourceCommand({ ResourceArn: arn('family-1'), Tags: { a: 'b' } }));
    for (const id of ['work', 'no-such-collection']) {
      expect(await failure(limited.send(describeIt(id)))).toEqual(
        denied(key, 'DescribeCollection', arn(id)),
      );
    }
    const tags = new ListTagsForResourceCommand({ ResourceArn: arn('work') });
    expect(await failure(limited.send(tags))).toEqual(
      denied(key, 'ListTagsForResource', arn('work')),
    );
    expect(await failure(limited.send(list))).toEqual(denied(key, 'ListCollections', arn('*')));
    const create = new CreateCollectionCommand({ CollectionId: 'work-2' });
    expect(await failure(limited.send(create))).toEqual(
      denied(key, 'CreateCollection', arn('work-2')),
    );
    expect((await client(full).send(list)).CollectionIds).toEqual(['family-1', 'work']);
  });

  it('does not open the object store, where every collection’s shards are', async () => {
    for (const grant of [{ collections: 'family-*' }, { operations: ['IndexFaces'] }]) {
      const s3 = new S3Client({
        ...CLIENT,
        endpoint: stack.s3Endpoint,
        forcePathStyle: true,
        credentials: credentials(await newKey(grant)),
      });
      clients.push(s3);
      expect(await failure(s3.send(new ListBucketsCommand({})))).toMatchObject({
        name: 'InvalidAccessKeyId',
        status: 403,
      });
    }
  });
});

describe('a key that comes and goes', () => {
  it('stops working within a minute of being revoked', async () => {
    const key = await newKey();
    expect((await post('ListCollections', {}, bearer(key))).status).toBe(200);
    await stack.keys?.revoke(key.id);
    const later = Date.now() + 60_000;
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => later);
    try {
      expect(await post('ListCollections', {}, bearer(key))).toMatchObject({
        body: { __type: 'UnrecognizedClientException' },
      });
    } finally {
      clock.mockRestore();
    }
  });
});

describe('the log', () => {
  it('says which key was used or refused and why, and no secret', async () => {
    log.splice(0);
    await post('ListCollections', {}, bearer(full));
    await post('ListCollections', {}, { authorization: `Bearer ${full.id}.guessed-secret` });
    await failure(client({ id: full.id, secret: 'another' }).send(list));
    await post('ListCollections', {}, { authorization: 'Bearer something.pasted-by-mistake' });
    await post('ListCollections', {}, { authorization: 'Basic cGFzdGVkOnNlY3JldA==' });
    expect(
      log.map(({ keyId, claimedKeyId, errorName, operation }) => ({
        keyId,
        claimedKeyId,
        errorName,
        operation,
      })),
    ).toEqual([
      {
        keyId: full.id,
        claimedKeyId: undefined,
        errorName: undefined,
        operation: 'ListCollections',
      },
      {
        keyId: undefined,
        claimedKeyId: full.id,
        errorName: 'UnrecognizedClientException',
        operation: undefined,
      },
      {
        keyId: undefined,
        claimedKeyId: full.id,
        errorName: 'InvalidSignatureException',
        operation: undefined,
      },
      {
        keyId: undefined,
        claimedKeyId: undefined,
        errorName: 'UnrecognizedClientException',
        operation: undefined,
      },
      {
        keyId: undefined,
        claimedKeyId: undefined,
        errorName: 'IncompleteSignatureException',
        operation: undefined,
      },
    ]);
    const written = JSON.stringify(
      log.map((entry) => [entry, entry.error?.message, entry.error?.stack]),
    );
    for (const secret of [full.secret, 'guessed', 'pasted', 'cGFzdGVk']) {
      expect(written).not.toContain(secret);
    }
  });
});

describe('keys are asked for', () => {
  it('on every address but this machine’s own, whatever the settings', async () => {
    const elsewhere = await mkdtemp(path.join(tmpdir(), 'recollect-auth-open-'));
    const settings = { host: '0.0.0.0', port: 0, s3Port: 0, data: elsewhere, foldAt: 20 };
    const open = await startLocal({ ...settings, auth: false });
    try {
      const { port } = new URL(open.endpoint);
      const response = await fetch(`http://127.0.0.1:${port}/ListCollections`, { method: 'POST' });
      expect(await response.json()).toMatchObject({
        __type: 'MissingAuthenticationTokenException',
      });
      const s3 = new URL(open.s3Endpoint);
      expect((await fetch(`http://127.0.0.1:${s3.port}/recollect-shards`)).status).toBe(403);
    } finally {
      await open.close();
      await rm(elsewhere, { recursive: true, force: true });
    }
  });

  it('with --auth on this machine; the server says how to make the first', async () => {
    const elsewhere = await mkdtemp(path.join(tmpdir(), 'recollect-auth-cli-'));
    const server = await startServer(elsewhere, { RECOLLECT_AUTH: '1' });
    try {
      await expect
        .poll(() => server.output.join('\n'))
        .toContain(
          `Every request needs an access key. There is none yet; make one:  recollect keys create --data ${elsewhere}`,
        );
      const response = await fetch(`${server.endpoint}/ListCollections`, { method: 'POST' });
      expect(response.status).toBe(400);
    } finally {
      await server.stop('SIGINT');
      await rm(elsewhere, { recursive: true, force: true });
    }
  });
});
