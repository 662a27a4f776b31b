/**
 * What comes to the doors that nobody asked in: web pages of other origins, names made to point here, forged
 * log lines, other programs without a key.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccessEntry } from '../../functions/http/access-log.ts';
import { formatEntry } from '../../functions/http/access-log.ts';
import { type LocalStack, startLocal } from '../../infra/local/stack.ts';
import { type AccessKey, issueKey } from '../../layers/protocol/auth/index.ts';

const PAGE = 'http://pages.example';
const ALLOWED = 'http://localhost:5173';

let open: LocalStack;
let guarded: LocalStack;
let key: AccessKey;
const folders: string[] = [];
const log: AccessEntry[] = [];

async function folder(): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), 'recollect-doors-'));
  folders.push(made);
  return made;
}

beforeAll(async () => {
  const settings = { host: '127.0.0.1', port: 0, s3Port: 0, foldAt: 20, corsOrigins: [ALLOWED] };
  const hooks = { log: (entry: AccessEntry) => void log.push(entry) };
  open = await startLocal({ ...settings, data: await folder() }, hooks);
  guarded = await startLocal({ ...settings, data: await folder(), auth: true }, hooks);
  key = issueKey(
    { name: 'all', operations: 'all', collections: '*', expires: undefined },
    randomBytes,
    new Date(),
  );
  await guarded.keys?.create(key);
});
afterAll(async () => {
  await open.close();
  await guarded.close();
  for (const each of folders) await rm(each, { recursive: true, force: true });
});

interface Sent {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

/** Sends what browsers would not let a page send. */
async function send(url: string, { method = 'POST', body = '', headers = {} }: Sent) {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>(
    (resolve, reject) => {
      const sending = request(url, { method, headers, agent: false }, async (response) => {
        const body = await text(response);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
      sending.on('error', reject);
      sending.end(body);
    },
  );
}

const create = (id: string) => JSON.stringify({ CollectionId: id });
async function collections(): Promise<string[]> {
  const { body } = await send(`${open.endpoint}/ListCollections`, { body: '{}' });
  return JSON.parse(body).CollectionIds;
}

describe('a page of another origin', () => {
  it.each<[string, Record<string, string>]>([
    ['that posts a form', { origin: PAGE, 'content-type': 'text/plain' }],
    ['that hides where it is from', { origin: 'null', 'content-type': 'text/plain' }],
    ['that fetches', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
    [
      'on another port of this machine',
      { origin: 'http://127.0.0.1:1', 'sec-fetch-site': 'same-site' },
    ],
  ])('%s changes nothing', async (_, headers) => {
    for (const door of [
      `${open.endpoint}/CreateCollection`,
      `${guarded.endpoint}/CreateCollection`,
    ]) {
      const { status, body } = await send(door, { body: create('forged'), headers });
      expect(status).toBe(403);
      expect(JSON.parse(body).Message).toContain('--cors');
    }
    const sqs = { ...headers, 'x-amz-target': 'AmazonSQS.ListQueues' };
    expect((await send(open.endpoint, { body: '{}', headers: sqs })).status).toBe(403);
    expect((await send(`${open.endpoint}/events`, { method: 'GET', headers })).status).toBe(403);
    const presigned = `${open.s3Endpoint}/forged-bucket?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a/20300101/us-east-1/s3/aws4_request&X-Amz-Date=20300101T000000Z&X-Amz-Expires=600&X-Amz-SignedHeaders=host&X-Amz-Signature=${'0'.repeat(64)}`;
    expect((await send(presigned, { method: 'PUT', headers })).status).toBe(403);
    expect(await collections()).not.toContain('forged');
  });

  it('may do what it likes once its origin is configured', async () => {
    const preflight = await send(`${open.endpoint}/`, {
      method: 'OPTIONS',
      headers: {
        origin: ALLOWED,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-amz-target,authorization',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': ALLOWED,
      'access-control-allow-headers': 'content-type,x-amz-target,authorization',
    });
    const headers = { origin: ALLOWED, 'sec-fetch-site': 'same-site' };
    const created = await send(`${open.endpoint}/CreateCollection`, {
      body: create('from-a-page'),
      headers,
    });
    expect(created.status).toBe(200);
    expect(created.headers['access-control-allow-origin']).toBe(ALLOWED);
    const refused = await send(`${open.endpoint}/`, {
      method: 'OPTIONS',
      headers: { origin: PAGE, 'access-control-request-method': 'POST' },
    });
    expect(refused.status).toBe(403);
    expect(refused.headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('a name that was made to point here', () => {
  it.each(['rebound.example', 'rebound.example:8000', '127.0.0.1.rebound.example'])(
    '%s reads nothing',
    async (host) => {
      for (const url of [
        `${open.endpoint}/ListCollections`,
        `${open.endpoint}/`,
        `${open.s3Endpoint}/a/b`,
      ]) {
        const method = url.endsWith('/') ? 'GET' : 'POST';
        expect((await send(url, { method, body: '{}', headers: { host } })).status).toBe(421);
      }
    },
  );

  it.each(['localhost:1234', '127.0.0.1', '[::1]:8000', '192.168.1.2', 'recollect:8000'])(
    '%s is none',
    async (host) => {
      const url = `${open.endpoint}/ListCollections`;
      expect((await send(url, { body: '{}', headers: { host } })).status).toBe(200);
    },
  );
});

describe('somebody who opens an address in a browser', () => {
  it('is told what it is, also by way of a link', async () => {
    for (const url of [open.endpoint, open.s3Endpoint, guarded.endpoint]) {
      const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
      const { status, body } = await send(`${url}/`, { method: 'GET', headers });
      expect(status).toBe(200);
      expect(body).toContain('Recollect');
    }
  });
});

describe('a program without a key', () => {
  it('cannot enter the data folder', async () => {
    for (const each of folders) expect((await stat(each)).mode & 0o077).toBe(0);
  });

  it('gets nothing out of the shards, even where any credentials will do', async () => {
    const s3 = new S3Client({
      endpoint: open.s3Endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
      forcePathStyle: true,
      maxAttempts: 1,
    });
    await s3.send(new CreateBucketCommand({ Bucket: 'mine' }));
    const put = new PutObjectCommand({ Bucket: 'recollect-shards', Key: 'a', Body: 'x' });
    await expect(s3.send(put)).rejects.toMatchObject({ name: 'InvalidAccessKeyId' });
    s3.destroy();
  });

  it('does nothing with a presigned URL but what it says', async () => {
    const s3 = new S3Client({
      endpoint: guarded.s3Endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: key.id, secretAccessKey: key.secret },
      forcePathStyle: true,
    });
    await s3.send(new CreateBucketCommand({ Bucket: 'secrets' }));
    await s3.send(new PutObjectCommand({ Bucket: 'secrets', Key: 'a', Body: 'secret' }));
    await s3.send(new CreateBucketCommand({ Bucket: 'inbox' }));
    const url = await getSignedUrl(s3, new PutObjectCommand({ Bucket: 'inbox', Key: 'b' }));
    const stolen = await send(url, {
      method: 'PUT',
      headers: { 'x-amz-copy-source': 'secrets/a' },
    });
    expect(stolen.status).toBe(403);
    expect(stolen.body).toContain('HeadersNotSigned');
    expect((await send(url, { method: 'PUT', body: 'fine' })).status).toBe(200);
    const otherDay = url.replace(/(X-Amz-Credential=[^&]*?%2F)\d{8}/, '$120200101');
    expect((await send(otherDay, { method: 'PUT', body: 'x' })).status).toBe(400);
    const otherService = url.replace(/%2Fs3%2F/, '%2Fsqs%2F');
    expect((await send(otherService, { method: 'PUT', body: 'x' })).status).toBe(400);
    s3.destroy();
  });
});

describe('the log', () => {
  it('has a line for every request of every door', async () => {
    log.length = 0;
    await send(`${open.endpoint}/ListCollections`, { body: '{}' });
    await send(open.endpoint, { body: '{}', headers: { 'x-amz-target': 'AmazonSQS.ListQueues' } });
    await send(open.endpoint, {
      body: 'null',
      headers: { 'x-amz-target': 'AmazonSQS.SendMessage' },
    });
    await send(`${guarded.endpoint}/events`, { method: 'GET' });
    await send(`${open.s3Endpoint}/none/none`, { method: 'GET' });
    await send(`${open.endpoint}/x`, { headers: { 'content-length': '99999999' } }).catch(
      () => undefined,
    );
    await send(`${open.endpoint}/x`, { headers: { origin: PAGE } });
    await expect.poll(() => log.length).toBe(7);
    expect(log.map(({ door, operation, status }) => [door, operation, status])).toEqual(
      [
        ['api', 'ListCollections', 200],
        ['sqs', 'ListQueues', 200],
        ['sqs', 'SendMessage', 400],
        ['events', 'FollowEvents', 400],
        ['s3', undefined, 403],
        ['api', undefined, 413],
        ['api', undefined, 403],
      ].map((line) => (line[0] === 's3' ? ['s3', 'GET object', 403] : line)),
    );
  });

  it('names the key that a request has, and no other', async () => {
    log.length = 0;
    const other = `AKIA${'B'.repeat(16)}`;
    const bearer = { authorization: `Bearer ${key.id}.${key.secret}` };
    const url = `${guarded.endpoint}/ListCollections`;
    expect((await send(url, { body: '{}', headers: bearer })).status).toBe(200);
    const tabbed = { authorization: `Bearer\t  ${key.id}.${key.secret}` };
    expect((await send(url, { body: '{}', headers: tabbed })).status).toBe(200);
    const twice = `AWS4-HMAC-SHA256 Credential=${key.id}/20300101/us-east-1/rekognition/aws4_request, Credential=${other}/20300101/us-east-1/rekognition/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
    await send(url, { body: '{}', headers: { authorization: twice } });
    expect(log.map(({ keyId, claimedKeyId }) => [keyId, claimedKeyId])).toEqual([
      [key.id, undefined],
      [key.id, undefined],
      [undefined, other],
    ]);
  });

  it('has one line for each, whatever is sent, and nothing that was sent', async () => {
    log.length = 0;
    const name = `Zoe\n2030-01-01T00:00:00.000Z api - - - 200`;
    await send(`${open.endpoint}/CreateCollection`, { body: create(`${name}\u001b[31m`) });
    await send(`${open.endpoint}/${encodeURIComponent(name)}`, { body: '{}' });
    const hash = createHash('sha256').update(name).digest('hex');
    await send(`${open.endpoint}/ListFaces`, { body: create(`none-${hash}`) });
    expect(log).toHaveLength(3);
    const lines = log.map((entry) => formatEntry(entry, new Date(0)));
    for (const line of lines) {
      expect(line).toMatch(/^[\x21-\x7e]+( [\x21-\x7e]+){9}$/);
      expect(line).not.toContain('Zoe');
    }
    expect(lines[2]).toContain(`ListFaces none-${hash} 400`);
  });
});

it('SQS answers what is not right with an error of its own', async () => {
  const target = (action: string) => ({ 'x-amz-target': `AmazonSQS.${action}` });
  for (const body of [
    'null',
    '[]',
    '"x"',
    '{',
    '{"QueueUrl":null}',
    '{"QueueUrl":1,"MaxNumberOfMessages":"x"}',
  ]) {
    for (const action of ['SendMessage', 'ReceiveMessage', 'GetQueueAttributes', 'Nonsense']) {
      const { status } = await send(open.endpoint, { body, headers: target(action) });
      expect(status, `${action} ${body}`).toBe(400);
    }
  }
});

it('tags may have names that every object has', async () => {
  const tags = '{"__proto__":"x","constructor":"y","toString":"z"}';
  const { status } = await send(`${open.endpoint}/CreateCollection`, {
    body: `{"CollectionId":"tagged","Tags":${tags}}`,
  });
  expect(status).toBe(200);
  const arn = 'arn:aws:rekognition:us-east-1:000000000000:collection/tagged';
  await send(`${open.endpoint}/TagResource`, {
    body: `{"ResourceArn":"${arn}","Tags":{"hasOwnProperty":"w"}}`,
  });
  await send(`${open.endpoint}/UntagResource`, {
    body: `{"ResourceArn":"${arn}","TagKeys":["toString"]}`,
  });
  const { body } = await send(`${open.endpoint}/ListTagsForResource`, {
    body: JSON.stringify({ ResourceArn: arn }),
  });
  expect(body).toBe('{"Tags":{"__proto__":"x","constructor":"y","hasOwnProperty":"w"}}');
});
