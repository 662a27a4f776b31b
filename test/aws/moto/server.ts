/** moto, an independent imitation of AWS in Python, in a process of its own. */
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';

/** As AWS would be asked for it. */
export const MOTO = { command: 'python3', args: ['-c', 'import moto.server, flask'] } as const;

export async function startMoto(): Promise<{ readonly endpoint: string; close(): Promise<void> }> {
  const port = await freePort();
  const child = spawn('python3', ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    stdio: 'ignore',
    env: { ...process.env, MOTO_ALLOW_NONEXISTENT_REGION: 'false' },
  });
  const endpoint = `http://127.0.0.1:${port}`;
  for (let i = 0; ; i += 1) {
    const isUp = await fetch(`${endpoint}/moto-api/`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) break;
    if (i === 300 || child.exitCode !== null) throw new Error('moto does not start.');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    endpoint,
    close: async () => {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await gone;
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
