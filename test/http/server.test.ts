/** The HTTP server in front of the endpoint, over real sockets, with an endpoint that tells what it got. */
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AccessEntry } from '../../functions/http/access-log.ts';
import { Bodies } from '../../functions/http/bodies.ts';
import { requestListener } from '../../functions/http/server.ts';
import { Work } from '../../layers/inference/index.ts';
import type { Endpoint, GatewayEvent } from '../../layers/protocol/index.ts';

const ACCOUNT = '123456789012';
const LIMIT = 10 * 1024 * 1024;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TOO_LARGE = {
  __type: 'RequestEntityTooLargeException',
  message:
    'A request may have 10485760 bytes. Put the photograph into an S3 bucket and name it in Image.S3Object.',
};

let server: Server;
let port: number;
let events: GatewayEvent[];
let contexts: Context[];
let faults: Error[];
let log: AccessEntry[];
let answer: Endpoint;

beforeEach(async () => {
  events = [];
  contexts = [];
  faults = [];
  log = [];
  answer = async () => ({ statusCode: 200, headers: {}, body: 'ok' });
  const endpoint: Endpoint = (event, context) => {
    events.push(event);
    contexts.push(context);
    return answer(event, context);
  };
  const listener = requestListener({
    endpoint,
    accountId: ACCOUNT,
    bodies: new Bodies({
      largest: LIMIT,
      small: 1024,
      room: 2 * LIMIT,
      timeout: 5000,
      inHand: 2,
      waiting: { bodies: 8, bytes: 8 * LIMIT },
    }),
    work: new Work(),
    door: { hosts: ['faces.example.org'], origins: ['http://allowed.example'] },
    greeting: 'Hello.',
    log: (entry) => log.push(entry),
    onFault: (error) => faults.push(error),
  });
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const url = (path: string) => `http://127.0.0.1:${port}${path}`;
const post = (path: string, body: string | Buffer) =>
  fetch(url(path), { method: 'POST', body: new Uint8Array(Buffer.from(body)) });

/** Sends bytes as they are and reads until the server closes. */
async function sendRaw(bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  return text(socket);
}

const head = (target: string) =>
  `POST ${target} HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;

describe('an event', () => {
  it('is what API Gateway makes of a request', async () => {
    await fetch(url('/IndexFaces?a=1&b=%26&a=2'), {
      method: 'POST',
      headers: { 'X-Amz-Target': 'RekognitionService.IndexFaces', 'Content-Type': 'text/x' },
      body: '{"Name":"Ädä 🙂"}',
    });
    expect(events).toEqual([
      {
        httpMethod: 'POST',
        path: '/IndexFaces',
        headers: expect.objectContaining({
          'x-amz-target': 'RekognitionService.IndexFaces',
          'content-type': 'text/x',
          host: `127.0.0.1:${port}`,
        }),
        multiValueHeaders: expect.objectContaining({ 'content-type': ['text/x'] }),
        multiValueQueryStringParameters: { a: ['1', '2'], b: ['&'] },
        body: '{"Name":"Ädä 🙂"}',
        isBase64Encoded: false,
        requestContext: {
          requestId: expect.stringMatching(UUID),
          accountId: ACCOUNT,
          path: '/IndexFaces',
          identity: { sourceIp: '127.0.0.1' },
        },
      },
    ]);
  });

  it('has in base64 a body that is no text, so that no byte is lost', async () => {
    const bytes = Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x7d]);
    await post('/', bytes);
    expect(events).toMatchObject([{ body: bytes.toString('base64'), isBase64Encoded: true }]);
  });

  it('has no body where the request has none', async () => {
    await fetch(url('/ListFaces'));
    expect(events).toMatchObject([{ httpMethod: 'GET', path: '/ListFaces', body: null }]);
  });

  it('has every value of a header that was sent several times, and the last by itself', async () => {
    await sendRaw(
      'POST / HTTP/1.1\r\nHost: here\r\nConnection: close\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 0\r\n\r\n',
    );
    expect(events[0]?.headers['x-a']).toBe('2');
    expect(events[0]?.multiValueHeaders?.['x-a']).toEqual(['1', '2']);
  });

  it('has a request id of its own, which the context tells too', async () => {
    await post('/', '');
    await post('/', '');
    const ids = events.map(({ requestContext }) => requestContext.requestId);
    expect(new Set(ids).size).toBe(2);
    expect(contexts.map(({ awsRequestId }) => awsRequestId)).toEqual(ids);
    // Longer than any request takes: on one's own machine nothing is cut off.
    expect(contexts[0]?.getRemainingTimeInMillis()).toBeGreaterThan(60 * 60 * 1000);
  });

  it.each([
    ['/', '/'],
    ['/A/B?c=/d', '/A/B'],
    ['//', '//'],
    ['//elsewhere/A', '//elsewhere/A'],
    ['http://elsewhere/A?b', '/A'],
    ['http://elsewhere', '/'],
    ['http://[', '/'],
    ['/%zz', '/%zz'],
  ])('has for the request target %s the path "%s"', async (target, path) => {
    expect(await sendRaw(head(target))).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(events).toMatchObject([{ path }]);
  });
});

describe('an answer', () => {
  it('has the status, the headers and the body of the result', async () => {
    const body = '{"Message":"Ä"}';
    answer = async () => ({
      statusCode: 418,
      headers: { 'Content-Type': 'application/x-amz-json-1.1', 'x-amzn-RequestId': 'r', n: 7 },
      body,
    });
    const response = await post('/', '{}');
    expect(response.status).toBe(418);
    expect(response.headers.get('content-type')).toBe('application/x-amz-json-1.1');
    expect(response.headers.get('x-amzn-requestid')).toBe('r');
    expect(response.headers.get('n')).toBe('7');
    expect(response.headers.get('content-length')).toBe(String(Buffer.byteLength(body)));
    // Clients correct their clocks by it.
    expect(Date.parse(response.headers.get('date') ?? '')).toBeGreaterThan(Date.now() - 60_000);
    expect(await response.text()).toBe(body);
  });

  it('says how long the request was worked on', async () => {
    answer = async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { statusCode: 200, headers: {}, body: 'ok' };
    };
    const { headers } = await fetch(url('/'), { method: 'POST' });
    const [, wait, work] =
      /^wait;dur=([\d.]+), work;dur=([\d.]+)$/.exec(headers.get('server-timing') ?? '') ?? [];
    expect(Number(wait)).toBe(0);
    expect(Number(work)).toBeGreaterThanOrEqual(19);
  });

  it('is a closed connection if the endpoint itself fails, and the next is served', async () => {
    const fault = new Error('broken');
    answer = async () => {
      throw fault;
    };
    await expect(post('/', '{}')).rejects.toThrow('fetch failed');
    expect(faults).toEqual([fault]);
    answer = async () => ({ statusCode: 200, body: 'back' });
    expect(await (await post('/', '{}')).text()).toBe('back');
  });
});

describe('the limit of 10 MiB', () => {
  it('admits a body that reaches it', async () => {
    expect((await post('/', Buffer.alloc(LIMIT, 0x20))).status).toBe(200);
    expect(events[0]?.body?.length).toBe(LIMIT);
  });

  it('is told before a body is sent that is announced as larger', async () => {
    const sent = request({
      port,
      method: 'POST',
      headers: { 'Content-Length': LIMIT + 1 },
    });
    sent.flushHeaders();
    await expectTooLarge(await responseTo(sent));
    sent.destroy();
  });

  it('ends a body of unknown length that goes beyond', async () => {
    const sent = request({ port, method: 'POST', headers: { 'Transfer-Encoding': 'chunked' } });
    sent.write(Buffer.alloc(LIMIT));
    sent.write(' ');
    await expectTooLarge(await responseTo(sent));
    sent.destroy();
  });

  it('is told to clients that send everything before they listen', async () => {
    const response = await post('/', Buffer.alloc(LIMIT + 1));
    expect(response.status).toBe(413);
    expect(await response.json()).toEqual(TOO_LARGE);
    expect(events).toEqual([]);
  });

  async function responseTo(sent: ReturnType<typeof request>): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      sent.once('response', resolve);
      sent.once('error', reject);
    });
  }

  async function expectTooLarge(response: IncomingMessage): Promise<void> {
    // The rest of the body is not worth reading: the connection cannot be used again.
    expect(response.headers.connection).toBe('close');
    expect(response.headers['x-amzn-requestid']).toMatch(UUID);
    expect(response.statusCode).toBe(413);
    expect(JSON.parse(await text(response))).toEqual(TOO_LARGE);
    expect(events).toEqual([]);
  }
});

describe('a client that goes away', () => {
  it('in the middle of its body is not served, and does not harm the next', async () => {
    const { client, closed } = await connected();
    const requested = once(server, 'request');
    client.write('POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 1000\r\n\r\n{"Half":');
    await requested;
    client.destroy();
    await closed;
    expect((await post('/', '{}')).status).toBe(200);
    expect(events.map(({ body }) => body)).toEqual(['{}']);
    expect(faults).toEqual([]);
    expect(log.map(({ status }) => status)).toEqual([499]);
  });

  it('before its answer does not harm the next', async () => {
    const stage = new EventEmitter();
    answer = async () => {
      const left = once(stage, 'left');
      stage.emit('entered');
      await left;
      return { statusCode: 200, body: 'nobody listens' };
    };
    const { client, closed } = await connected();
    const entered = once(stage, 'entered');
    client.write(head('/'));
    await entered;
    client.destroy();
    await closed;
    stage.emit('left');
    answer = async () => ({ statusCode: 200, body: 'ok' });
    expect(await (await post('/', '{}')).text()).toBe('ok');
  });

  /** A connection, and the moment when the server has seen its end. */
  async function connected(): Promise<{ client: Socket; closed: Promise<void> }> {
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
    const client = connect(port, '127.0.0.1');
    const socket = await accepted;
    // Not events.once, which takes the error that a broken request raises first for its own.
    return { client, closed: new Promise((resolve) => socket.once('close', () => resolve())) };
  }
});
