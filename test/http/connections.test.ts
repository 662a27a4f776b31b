/** A server stops when its last answer is given, whatever connections are open. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, test } from 'vitest';
import { Connections } from '../../functions/http/connections.ts';

test('closes connections that never sent a request, and leaves those that wait', async () => {
  let answer: (() => void) | undefined;
  const server = createServer((_, response) => {
    answer = () => response.end('done');
  });
  const connections = new Connections(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const silent = connect(port, '127.0.0.1');
  await once(silent, 'connect');
  const waiting = fetch(`http://127.0.0.1:${port}/`);
  await once(server, 'request');

  const closed = new Promise((resolve) => server.close(resolve));
  connections.closeIdle();
  await once(silent, 'close');
  answer?.();
  expect(await (await waiting).text()).toBe('done');
  const idle = setInterval(() => connections.closeIdle(), 5);
  await closed;
  clearInterval(idle);
});
