/**
 * The server in front of the operations: on one machine and in a Lambda Web Function, the same. When it is told
 * to stop it takes no further connections, and closes those there are as their last request is answered.
 */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Connections } from './connections.ts';

export interface Listening {
  /** Such as `http://127.0.0.1:8000`. */
  readonly url: string;
  /** Resolves when every request has been answered, or has had a minute for it. */
  close(): Promise<void>;
}

/** How long requests may go on after the server has been told to stop. */
const GRACE_MS = 60_000;
const IDLE_CHECK_MS = 50;
/** Longer than what stands in front of a server keeps a connection that nobody uses. */
const KEEP_ALIVE_MS = 65_000;

/** @param port 0 for any that is free. @throws the system's error if it is taken */
export async function listen(
  listener: RequestListener,
  host: string,
  port: number,
): Promise<Listening> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, listener);
  const connections = new Connections(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  return {
    url: urlOf(server.address() as AddressInfo),
    close: async () => {
      const force = setTimeout(() => server.closeAllConnections(), GRACE_MS);
      const closed = new Promise((resolve) => server.close(resolve));
      // Connections fall idle one by one, as their last request is answered.
      connections.closeIdle();
      const idle = setInterval(() => connections.closeIdle(), IDLE_CHECK_MS);
      await closed;
      clearInterval(idle);
      clearTimeout(force);
    },
  };
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
