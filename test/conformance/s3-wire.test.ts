/** The local server's manners on the wire, which no SDK would put to the test. */
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type LocalS3, startS3 } from '../../infra/emulators/s3/index.ts';

const Bucket = 'photos';
let directory: string;
let server: LocalS3;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'recollect-s3-'));
  server = await startS3({ directory });
  await exchange(rawRequest(`PUT /${Bucket}`, {}));
});

afterEach(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

async function put(key: string, body: string): Promise<void> {
  await exchange(rawRequest(`PUT /${Bucket}/${key}`, { 'content-length': `${body.length}` }, body));
}

/** The body of the object, after the head of the answer. */
async function read(key: string): Promise<string | undefined> {
  return (await exchange(rawRequest(`GET /${Bucket}/${key}`, {}))).split('\r\n\r\n')[1];
}

async function blobFiles(): Promise<string[]> {
  const entries = await readdir(path.join(directory, 'blobs'), {
    recursive: true,
    withFileTypes: true,
  });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

/** Sends bytes as they are, and collects what comes back until the server closes. */
function exchange(bytes: string): Promise<string> {
  const { hostname, port } = new URL(server.endpoint);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.setEncoding('latin1');
    socket.on('data', (data: string) => {
      answer += data;
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

const AUTHORIZATION = `AWS4-HMAC-SHA256 Credential=any/20300101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;

/** A request with a well-formed signature, after which the server is to close the connection. */
function rawRequest(line: string, headers: Record<string, string>, body = ''): string {
  const all = {
    host: 'localhost',
    connection: 'close',
    authorization: AUTHORIZATION,
    'x-amz-date': '20300101T000000Z',
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

it('a bucket may be named in the host', async () => {
  const answer = await exchange(
    rawRequest('PUT /by-host', { host: `${Bucket}.localhost:8001`, 'content-length': '2' }, 'hi'),
  );
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(await read('by-host')).toBe('hi');
});

it('an error after half a body is answered, and the body not stored', async () => {
  const answer = await exchange(
    rawRequest(
      `PUT /${Bucket}/bad`,
      { 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'content-length': '40' },
      'not a chunk size\r\n'.padEnd(40, '.'),
    ),
  );
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain('<Code>InvalidRequest</Code>');
  expect(await blobFiles()).toHaveLength(0);
});

it('a client that leaves in the middle leaves nothing behind', async () => {
  const { hostname, port } = new URL(server.endpoint);
  const head = rawRequest(`PUT /${Bucket}/half`, { 'content-length': '1000000' }, 'x'.repeat(5000));
  const socket = connect(Number(port), hostname, () => socket.write(head));
  await expect.poll(blobFiles).toHaveLength(1);
  socket.destroy();
  await expect.poll(blobFiles).toHaveLength(0);
});

it.each([
  ['GET /%ff', {}, 400, 'InvalidURI'],
  ['GET /%zz/a', {}, 400, 'InvalidURI'],
  [`PATCH /${Bucket}/a`, {}, 405, 'MethodNotAllowed'],
  [`GET /${Bucket}/missing?x=1`, {}, 404, 'NoSuchKey'],
  [`GET /${Bucket}?max-keys=-1`, {}, 400, 'InvalidArgument'],
  [`GET /${Bucket}?encoding-type=x`, {}, 400, 'InvalidArgument'],
  [`POST /${Bucket}?delete`, { 'content-length': '0' }, 400, 'MalformedXML'],
  [`PUT /${Bucket}/a`, { 'transfer-encoding': 'chunked' }, 411, 'MissingContentLength'],
  [
    `PUT /${Bucket}/a`,
    { 'content-length': '0', 'x-amz-checksum-crc32': '?' },
    400,
    'InvalidRequest',
  ],
  [
    `PUT /${Bucket}/a`,
    { 'content-length': '0', 'x-amz-checksum-xxhash3': 'a' },
    501,
    'NotImplemented',
  ],
  [
    `PUT /${Bucket}/a`,
    { 'content-length': '0', 'x-amz-copy-source': 'nothing' },
    400,
    'InvalidArgument',
  ],
])('%s %o is refused with %i %s', async (line, headers, status, code) => {
  const body = 'transfer-encoding' in headers ? '0\r\n\r\n' : '';
  const answer = await exchange(rawRequest(line, headers, body));
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(answer).toContain(`<Code>${code}</Code>`);
});

it('XML with entities of its own, and other XML, is refused', async () => {
  await put('kept', 'kept');
  const documents = [
    '<!DOCTYPE a [<!ENTITY b "kept">]><Delete><Object><Key>&b;</Key></Object></Delete>',
    '<Delete><Object><Key>a</Key>',
    '<Other/>',
    'nothing',
  ];
  for (const document of documents) {
    const headers = { 'content-length': String(Buffer.byteLength(document)) };
    const answer = await exchange(rawRequest(`POST /${Bucket}?delete`, headers, document));
    expect(answer).toContain('<Code>MalformedXML</Code>');
  }
  expect(await read('kept')).toBe('kept');
});

it('closing waits for the request in progress', async () => {
  const { hostname, port } = new URL(server.endpoint);
  let answer = '';
  const head = rawRequest(`PUT /${Bucket}/slow`, { 'content-length': '10' }, 'first');
  const socket = connect(Number(port), hostname, () => socket.write(head));
  socket.on('data', (data) => {
    answer += String(data);
  });
  await expect.poll(blobFiles).toHaveLength(1);
  const [closed, ended] = [server.close(), once(socket, 'close')];
  socket.write('last.');
  await Promise.all([closed, ended]);
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  server = await startS3({ directory });
  expect(await read('slow')).toBe('firstlast.');
});
