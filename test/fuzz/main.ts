/**
 * `npm run test:fuzz`: requests drawn at random against the whole service, in a process of its own.
 *
 * Exit code 1 if anything is answered with 5xx (S3's NotImplemented, 501, is what S3 answers), or not at all,
 * or if the service does not answer as before in the end. What failed is printed, so that it can become a test.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { command, runScript } from '../../infra/commands/cli/index.ts';
import { positive } from '../bench/folder.ts';
import { Random } from '../support/random.ts';
import { startServer } from '../support/server.ts';
import { drawRequest, type FuzzedRequest } from './requests.ts';

const AT_ONCE = 16;
const LONGEST_ANSWER_MS = 60_000;
/** So many failures are printed. */
const PRINTED = 20;

const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** @param isAgain whether it has been sent before, into a connection that was being closed */
function send(origin: string, drawn: FuzzedRequest, isAgain = false): Promise<Answer> {
  const { method, path: target, headers, body } = drawn;
  return new Promise((resolve) => {
    const failed = (reason: unknown) => resolve({ status: 0, body: String(reason) });
    try {
      const sending = request(
        `${origin}${target}`,
        { method, agent, headers: { ...headers, 'content-length': body.length } },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', failed);
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
          );
        },
      );
      sending.setTimeout(LONGEST_ANSWER_MS, () => sending.destroy(new Error('No answer.')));
      sending.on('error', (error: NodeJS.ErrnoException) => {
        // A server may close a connection that idles while a client is about to use it again; clients then repeat.
        const isRace = sending.reusedSocket && error.code === 'ECONNRESET' && !isAgain;
        if (isRace) resolve(send(origin, drawn, true));
        else failed(error);
      });
      sending.end(body);
    } catch (error) {
      failed(error);
    }
  });
}

async function main(count: number, seed: number): Promise<number> {
  const random = new Random(seed);
  const data = await mkdtemp(path.join(tmpdir(), 'recollect-fuzz-'));
  const server = await startServer(data);
  const statuses = new Map<number, number>();
  let failures = 0;
  let left = count;
  const worker = async () => {
    while (left-- > 0) {
      const drawn = drawRequest(random);
      const origin = drawn.door === 's3' ? server.s3Endpoint : server.endpoint;
      const { status, body } = await send(origin, drawn);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      const isFailure = status === 0 || (status >= 500 && !(status === 501 && drawn.door === 's3'));
      if (isFailure && failures++ < PRINTED) {
        const { method, path: target, headers } = drawn;
        console.error(status, method, target.slice(0, 200), JSON.stringify(headers).slice(0, 300));
        console.error('   ', drawn.body.toString().slice(0, 300), '->', body.slice(0, 300));
      }
      if (left > 0 && left % 10_000 === 0) console.error(`${left} left`);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    const last = await send(server.endpoint, {
      door: 'api',
      method: 'POST',
      path: '/ListCollections',
      headers: {},
      body: Buffer.from('{}'),
    });
    const table = [...statuses].sort(([a], [b]) => a - b).map(([status, n]) => `${status}: ${n}`);
    console.log(`${count} requests from seed ${seed}: ${table.join(', ')}; ${failures} failures`);
    return failures === 0 && last.status === 200 ? 0 : 1;
  } finally {
    agent.destroy();
    await server.stop('SIGKILL');
    await rm(data, { recursive: true, force: true });
  }
}

await runScript(
  command({
    name: 'test:fuzz',
    summary: 'sends requests drawn at random to the whole service',
    description: 'Exit code 1 if anything is answered with 5xx, or not at all.',
    options: { requests: positive('how many', 20_000), seed: positive('which ones', 1) },
    run: async ({ options: { requests, seed } }) => main(requests, seed),
  }),
);
