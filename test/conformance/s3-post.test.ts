/** Uploads of HTML forms (presigned POST), signed by the SDK and sent as a browser sends them. */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CreateBucketCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { createPresignedPost, type PresignedPostOptions } from '@aws-sdk/s3-presigned-post';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { refusal } from '../../functions/http/doorkeeper.ts';
import { type Answered, type LocalS3, startS3 } from '../../infra/emulators/s3/index.ts';

const Bucket = 'photos';
const credentials = { accessKeyId: 'test-key', secretAccessKey: 'test-secret' };
const answered: Answered[] = [];
let directory: string;
let server: LocalS3;
let client: S3Client;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'recollect-s3-'));
  server = await startS3({
    directory,
    credentials: (id) => (id === credentials.accessKeyId ? credentials.secretAccessKey : undefined),
    reserved: { buckets: ['shards'], accessKeyId: 'own', secretAccessKey: 'own-secret' },
    onAnswer: (answer) => answered.push(answer),
    door: {
      refuse: (visitor) => refusal(visitor, { hosts: [], origins: [] }),
      corsHeaders: () => ({}),
    },
  });
  const { endpoint } = server;
  client = new S3Client({ endpoint, region: 'eu-west-1', forcePathStyle: true, credentials });
  await client.send(new CreateBucketCommand({ Bucket }));
});
afterAll(async () => {
  client.destroy();
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

/** Nothing is left of what was refused. */
let stored = 0;
afterEach(async () => {
  const { KeyCount } = await client.send(new ListObjectsV2Command({ Bucket }));
  expect(KeyCount).toBe(stored);
  await expect.poll(blobFiles).toBe(stored);
});

async function blobFiles(): Promise<number> {
  const all = await readdir(path.join(directory, 'blobs'), {
    recursive: true,
    withFileTypes: true,
  });
  return all.filter((entry) => entry.isFile()).length;
}

const presign = (options: Partial<PresignedPostOptions> = {}) =>
  createPresignedPost(client, { Bucket, Key: 'a', ...options });

type Fields = Record<string, string>;

function formOf(fields: Fields, file: Blob | string | undefined, filename?: string): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  if (file !== undefined) form.append('file', new Blob([file]), filename ?? 'photo.jpg');
  return form;
}

const send = (body: FormData, init: RequestInit = {}) =>
  fetch(`${server.endpoint}/${Bucket}`, { method: 'POST', body, redirect: 'manual', ...init });

/** The status, code and text of an error. */
async function errorOf(response: Response) {
  const text = await response.text();
  const of = (name: string) => new RegExp(`<${name}>(.*?)</${name}>`, 's').exec(text)?.[1];
  const message = of('Message')?.replaceAll('&#34;', '"').replaceAll('&#39;', "'");
  return [response.status, of('Code'), message];
}

const md5 = (bytes: Buffer | string) => createHash('md5').update(bytes).digest('hex');

it('stores the file with what its fields say', async () => {
  const tagging =
    '<Tagging><TagSet><Tag><Key>album</Key><Value>2026</Value></Tag></TagSet></Tagging>';
  const { url, fields } = await presign({
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is S3's variable
    Key: 'family/${filename}',
    Fields: { 'Content-Type': 'image/jpeg', 'x-amz-meta-User-Id': 'ann', tagging, acl: 'private' },
    Conditions: [
      ['content-length-range', 1, 2_000_000],
      ['starts-with', '$x-amz-meta-place', ''],
    ],
  });
  expect(url).toContain(Bucket);
  // What looks like a boundary, and is none.
  const bytes = Buffer.concat([
    randomBytes(700_000),
    Buffer.from('\r\n--\r\n------'),
    randomBytes(9),
  ]);
  const all = { ...fields, 'X-Amz-Meta-Place': 'Köln', 'x-ignore-this': 'x' };
  const response = await send(formOf(all, new Blob([bytes]), 'C:\\pictures\\März 1.jpg'));
  stored = 1;
  const Key = 'family/März 1.jpg';
  expect(response.status).toBe(204);
  expect(response.headers.get('etag')).toBe(`"${md5(bytes)}"`);
  const location = `${server.endpoint}/${Bucket}/${encodeURIComponent(Key)}`;
  expect(response.headers.get('location')).toBe(location);
  const object = await client.send(new GetObjectCommand({ Bucket, Key }));
  expect(md5(Buffer.from((await object.Body?.transformToByteArray()) ?? []))).toBe(md5(bytes));
  expect(object.ContentType).toBe('image/jpeg');
  // RFC 2047, as S3 answers.
  const place = `=?UTF-8?B?${Buffer.from('Köln').toString('base64')}?=`;
  expect(object.Metadata).toEqual({ 'user-id': 'ann', place });
  const { TagSet } = await client.send(new GetObjectTaggingCommand({ Bucket, Key }));
  expect(TagSet).toEqual([{ Key: 'album', Value: '2026' }]);
});

it('answers as the form asks', async () => {
  const success = async (name: string, value: string) => {
    const { fields } = await presign({ Key: 'x/y', Fields: { [name]: value } });
    return send(formOf(fields, 'hello'));
  };
  const etag = `"${md5('hello')}"`;
  stored = 2;
  expect((await success('success_action_status', '200')).status).toBe(200);
  expect((await success('success_action_status', '404')).status).toBe(204);
  const created = await success('success_action_status', '201');
  expect(created.status).toBe(201);
  expect((await created.text()).replaceAll('&#34;', '"')).toBe(
    `<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse><Location>${server.endpoint}/photos/x%2Fy</Location><Bucket>photos</Bucket><Key>x/y</Key><ETag>${etag}</ETag></PostResponse>`,
  );
  const redirect = await success('success_action_redirect', 'https://app.test/done?a=1');
  expect(redirect.status).toBe(303);
  expect(redirect.headers.get('location')).toBe(
    `https://app.test/done?a=1&bucket=photos&key=x%2Fy&etag=%22${md5('hello')}%22`,
  );
  expect((await success('success_action_redirect', '/relative')).status).toBe(204);
  expect((await success('success_action_redirect', 'javascript:alert(1)')).status).toBe(204);
});

it("takes forms that boto3 signs for endpoints of one's own (version 2)", async () => {
  const document = {
    expiration: '2099-01-01T00:00:00Z',
    conditions: [{ bucket: Bucket }, { key: 'x/y' }],
  };
  const policy = Buffer.from(JSON.stringify(document)).toString('base64');
  const sign = (secret: string) => createHmac('sha1', secret).update(policy).digest('base64');
  const fields = { key: 'x/y', AWSAccessKeyId: credentials.accessKeyId, policy };
  const good = formOf({ ...fields, signature: sign(credentials.secretAccessKey) }, 'v2');
  expect((await send(good)).status).toBe(204);
  const bad = formOf({ ...fields, signature: sign('wrong') }, 'v2');
  expect((await errorOf(await send(bad))).slice(0, 2)).toEqual([403, 'SignatureDoesNotMatch']);
});

const sdk = async (
  change: (fields: Fields) => Fields,
  options: Partial<PresignedPostOptions> = {},
) => errorOf(await send(formOf(change((await presign(options)).fields), 'hello')));
const failed = (condition: string) => [
  403,
  'AccessDenied',
  `Invalid according to Policy: Policy Condition failed: ${condition}`,
];

it('refuses what nobody has signed', async () => {
  expect(await sdk(({ key }) => ({ key: key ?? '' }))).toEqual([
    403,
    'AccessDenied',
    'Access Denied',
  ]);
  expect(await sdk(({ key, Policy }) => ({ key: key ?? '', Policy: Policy ?? '' }))).toEqual([
    403,
    'AccessDenied',
    'Access Denied',
  ]);
  const zeros = { 'X-Amz-Signature': '0'.repeat(64) };
  expect((await sdk((fields) => ({ ...fields, ...zeros }))).slice(0, 2)).toEqual([
    403,
    'SignatureDoesNotMatch',
  ]);
  const other = { Policy: Buffer.from('{"conditions":[]}').toString('base64') };
  expect((await sdk((fields) => ({ ...fields, ...other })))[1]).toBe('SignatureDoesNotMatch');
  for (const scope of ['20200101/eu-west-1/s3', '20200101/eu-west-1/sqs']) {
    const credential = { 'X-Amz-Credential': `${credentials.accessKeyId}/${scope}/aws4_request` };
    expect((await sdk((fields) => ({ ...fields, ...credential })))[1]).toBe('InvalidArgument');
  }
  const nobody = ({ 'X-Amz-Credential': credential = '', ...fields }: Fields): Fields => ({
    ...fields,
    'X-Amz-Credential': credential.replace('test-key', 'NOBODY'),
  });
  expect((await sdk(nobody)).slice(0, 2)).toEqual([403, 'InvalidAccessKeyId']);
  expect((await sdk(({ 'X-Amz-Signature': _, ...fields }) => fields)).slice(1)).toEqual([
    'InvalidArgument',
    "Bucket POST must contain a field named 'X-Amz-Signature'.  If it is specified, please check the order of the fields.",
  ]);
});

it('keeps everybody else out of reserved buckets', async () => {
  const { url, fields } = await presign({ Bucket: 'shards' });
  const response = await fetch(url, { method: 'POST', body: formOf(fields, 'hello') });
  expect((await errorOf(response)).slice(0, 2)).toEqual([403, 'InvalidAccessKeyId']);
});

it('holds the form against each condition', async () => {
  const same = (fields: Fields) => fields;
  const other = { key: 'b' };
  expect(await sdk((fields) => ({ ...fields, ...other }))).toEqual(failed('["eq", "$key", "a"]'));
  const image: PresignedPostOptions['Conditions'] = [['starts-with', '$Content-Type', 'image/']];
  const typed = (type: string) => (fields: Fields) => ({ ...fields, 'content-type': type });
  const condition = failed('["starts-with", "$Content-Type", "image/"]');
  expect(await sdk(typed('text/html'), { Conditions: image })).toEqual(condition);
  expect(await sdk(typed('image/png,text/html'), { Conditions: image })).toEqual(condition);
  expect(await sdk(same, { Conditions: image })).toEqual(condition);
  const exact: PresignedPostOptions['Conditions'] = [['eq', '$x-amz-meta-a', '1']];
  expect(
    await sdk((fields) => ({ ...fields, 'x-amz-meta-a': '2' }), { Conditions: exact }),
  ).toEqual(failed('["eq", "$x-amz-meta-a", "1"]'));
  expect(await sdk((fields) => ({ ...fields, 'x-amz-meta-b': '2' }))).toEqual([
    403,
    'AccessDenied',
    'Invalid according to Policy: Extra input fields: x-amz-meta-b',
  ]);
  const size = (least: number, most: number) =>
    sdk(same, { Conditions: [['content-length-range', least, most]] });
  expect(await size(6, 9)).toEqual([
    400,
    'EntityTooSmall',
    'Your proposed upload is smaller than the minimum allowed size',
  ]);
  expect(await size(1, 4)).toEqual([
    400,
    'EntityTooLarge',
    'Your proposed upload exceeds the maximum allowed size',
  ]);
  expect(await sdk(same, { Expires: -1 })).toEqual([
    403,
    'AccessDenied',
    'Invalid according to Policy: Policy expired.',
  ]);
  const { fields } = await presign();
  const elsewhere = await fetch(`${server.endpoint}/others`, {
    method: 'POST',
    body: formOf({ ...fields }, 'hello'),
  });
  expect(await errorOf(elsewhere)).toEqual(failed('["eq", "$bucket", "photos"]'));
});

it('refuses forms that are none', async () => {
  const { fields } = await presign();
  const { key: _, ...keyless } = fields;
  expect((await errorOf(await send(formOf(keyless, 'x')))).slice(0, 2)).toEqual([
    400,
    'InvalidArgument',
  ]);
  const noFile = [400, 'InvalidArgument', 'POST requires exactly one file upload per request.'];
  expect(await errorOf(await send(formOf(fields, undefined)))).toEqual(noFile);
  const two = formOf(fields, 'x');
  two.append('file', new Blob(['y']), 'y');
  expect(await errorOf(await send(two))).toEqual(noFile);
  const long = formOf({ ...fields, 'x-ignore-a': 'x'.repeat(21_000) }, 'x');
  expect((await errorOf(await send(long))).slice(0, 2)).toEqual([
    400,
    'MaxPostPreDataLengthExceeded',
  ]);
  const post = (type: string, body: string) =>
    fetch(`${server.endpoint}/${Bucket}`, {
      method: 'POST',
      body,
      headers: { 'content-type': type },
    });
  expect((await errorOf(await post('text/plain', 'x')))[0]).toBe(412);
  expect((await errorOf(await post('multipart/form-data', 'x')))[1]).toBe('MalformedPOSTRequest');
  const cut = await bytesOf(formOf(fields, 'hello'));
  const headless = await post(cut.type, cut.body.subarray(0, -8).toString('latin1'));
  expect((await errorOf(headless))[1]).toBe('MalformedPOSTRequest');
  // Fields after the file are none.
  const late = formOf({}, 'x');
  for (const [name, value] of Object.entries(fields)) late.append(name, value);
  expect((await errorOf(await send(late)))[2]).toContain("a field named 'key'");
});

async function bytesOf(form: FormData): Promise<{ type: string; body: Buffer }> {
  const response = new Response(form);
  const type = response.headers.get('content-type') ?? '';
  return { type, body: Buffer.from(await response.arrayBuffer()) };
}

/** Opens a connection, and sends the head of a request. */
async function begin(type: string, length: number, host = 'localhost'): Promise<Socket> {
  const { hostname, port } = new URL(server.endpoint);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.write(
    `POST /${Bucket} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\nconnection: close\r\n\r\n`,
  );
  return socket;
}

it('reads a form however it is cut into pieces', async () => {
  const { fields } = await presign({ Key: 'x/y' });
  const { type, body } = await bytesOf(formOf(fields, 'piecemeal'));
  const socket = await begin(type, body.length);
  const answer = (async () => Buffer.concat(await socket.toArray()).toString())();
  socket.setNoDelay(true);
  for (let at = 0; at < body.length; at += 7) {
    socket.write(body.subarray(at, at + 7));
    await new Promise(setImmediate);
  }
  expect(await answer).toMatch(/^HTTP\/1\.1 204 /);
  const object = await client.send(new GetObjectCommand({ Bucket, Key: 'x/y' }));
  expect(await object.Body?.transformToString()).toBe('piecemeal');
});

it('forgets a file whose connection breaks', async () => {
  const { fields } = await presign();
  const { type, body } = await bytesOf(formOf(fields, new Blob([Buffer.alloc(500_000)])));
  for (const sent of [300_000, body.length - 8]) {
    const socket = await begin(type, body.length);
    socket.write(body.subarray(0, sent));
    await expect.poll(blobFiles).toBe(stored + 1);
    const before = answered.length;
    socket.destroy();
    await expect.poll(() => answered.length).toBe(before + 1);
    expect(answered.at(-1)).toMatchObject({ operation: 'POST bucket', code: 'IncompleteBody' });
    await expect.poll(blobFiles).toBe(stored);
  }
});

it('passes the doors of every request, and says nothing of the form in the log', async () => {
  const { fields } = await presign();
  const misdirected = await begin('multipart/form-data; boundary=a', 0, 'elsewhere.test');
  expect(Buffer.concat(await misdirected.toArray()).toString()).toMatch(/^HTTP\/1\.1 421 /);
  // Another origin: its page has no key, and has not been asked in.
  const origin = { headers: { origin: 'http://elsewhere.test' } };
  const response = await send(formOf({ key: 'a' }, 'x'), origin);
  expect(response.status).toBe(403);
  expect(response.headers.get('access-control-allow-origin')).toBeNull();
  expect((await send(formOf({ ...fields, 'x-amz-meta-secret': 'secret' }, 'x'))).status).toBe(403);
  await expect.poll(() => answered.at(-1)?.code).toBe('AccessDenied');
  expect(answered.at(-1)).toMatchObject({
    operation: 'POST bucket',
    status: 403,
    signer: { accessKeyId: credentials.accessKeyId, isVerified: true },
  });
  expect(JSON.stringify(answered)).not.toMatch(/secret|photo\.jpg|elsewhere/);
});
