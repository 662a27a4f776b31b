/** Bodies in bounded memory. */
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bodies, type Body, type BodyLimits, type NoBody } from '../../functions/http/bodies.ts';

const LARGEST = 1024 * 1024;

const LIMITS: BodyLimits = {
  largest: LARGEST,
  small: 1000,
  room: 2 * LARGEST,
  timeout: 500,
  inHand: 8,
  waiting: { bodies: 8, bytes: 8 * LARGEST },
};

describe('bodies', () => {
  let server: Server;
  let bodies: Bodies;
  let read: (Body | NoBody)[];
  let arrived: IncomingMessage[];

  beforeEach(async () => {
    bodies = new Bodies(LIMITS);
    // What is left of an earlier test goes into its own lists.
    const [own, seen]: [(Body | NoBody)[], IncomingMessage[]] = [[], []];
    [read, arrived] = [own, seen];
    server = createServer(async (message, response) => {
      seen.push(message);
      const body = await bodies.read(message);
      own.push(body);
      if (typeof body === 'string') response.writeHead(400).end(body);
      else response.end(String(body.size));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  function post(body: Buffer, headers: Record<string, string> = {}) {
    const { port } = server.address() as AddressInfo;
    const sending = request({ port, method: 'POST', headers, agent: false });
    sending.on('error', () => undefined);
    sending.end(body);
    return sending;
  }

  const whole = (body: Body | NoBody | undefined) => (typeof body === 'object' ? body.size : body);

  it('come in whole, with a length or in chunks', async () => {
    post(Buffer.alloc(LARGEST, 1), { 'content-length': String(LARGEST) });
    await expect.poll(() => read.map(whole)).toEqual([LARGEST]);
    post(Buffer.alloc(LARGEST, 1), { 'transfer-encoding': 'chunked' });
    await expect.poll(() => read.map(whole)).toEqual([LARGEST, LARGEST]);
  });

  it('of single bytes take no more memory than others', async () => {
    const { port } = server.address() as AddressInfo;
    const sending = request({ port, method: 'POST', agent: false });
    sending.on('error', () => undefined);
    sending.setNoDelay(true);
    for (let i = 0; i < 5000; i++) sending.write('x');
    sending.end();
    await expect.poll(() => read.map(whole)).toEqual([5000]);
    const [body] = read;
    const { buffer } = typeof body === 'object' ? body.take() : Buffer.alloc(0);
    expect(buffer.byteLength).toBeLessThanOrEqual(32 * 1024);
  });

  it('wait, unread, until there is room; small ones do not', async () => {
    for (let i = 0; i < 5; i++)
      post(Buffer.alloc(LARGEST, i), { 'content-length': String(LARGEST) });
    await expect.poll(() => arrived.length).toBe(5);
    await expect.poll(() => read.length).toBe(2);
    post(Buffer.from('small'));
    await expect.poll(() => read.map(whole)).toContain(5);
    expect(read).toHaveLength(3);
    for (const body of read) if (typeof body === 'object') body.release();
    await expect.poll(() => read.length).toBe(5);
  });

  it('of a client that has gone give their place to others', async () => {
    const three = Array.from({ length: 3 }, () =>
      post(Buffer.alloc(LARGEST), { 'content-length': String(LARGEST) }),
    );
    await expect.poll(() => read.length).toBe(2);
    three[2]?.destroy();
    for (const body of read) if (typeof body === 'object') body.release();
    post(Buffer.alloc(LARGEST), { 'content-length': String(LARGEST) });
    const complete = () => read.map(whole).filter((size) => size === LARGEST).length;
    // What of the third had come in before it was gone may count as a body.
    await expect.poll(complete).toBeGreaterThanOrEqual(3);
  });

  it('are turned away where too many wait, and not for good', async () => {
    bodies = new Bodies({ ...LIMITS, inHand: 1, waiting: { bodies: 1, bytes: LARGEST } });
    const send = () => post(Buffer.alloc(2000), { 'content-length': '2000' });
    for (let i = 0; i < 3; i++) send();
    await expect.poll(() => read.map(whole).map(String).sort()).toEqual(['2000', 'too many']);
    const release = () => {
      for (const body of read) if (typeof body === 'object') body.release();
    };
    release();
    await expect.poll(() => read.filter((body) => typeof body === 'object')).toHaveLength(2);
    release();
    send();
    await expect.poll(() => read.length).toBe(4);
    expect(whole(read[3])).toBe(2000);
  });

  it('that are too large or do not come are refused', async () => {
    post(Buffer.alloc(0), { 'content-length': String(LARGEST + 1) });
    await expect.poll(() => read).toEqual(['too large']);
    const { port } = server.address() as AddressInfo;
    const slow = request({
      port,
      method: 'POST',
      headers: { 'content-length': '100' },
      agent: false,
    });
    slow.on('error', () => undefined);
    slow.write('x');
    await expect.poll(() => read, { timeout: 3000 }).toEqual(['too large', 'too slow']);
    slow.destroy();
  });
});
