/**
 * `npx tsx test/bench/crowd.ts [PICTURES]`: so many photographs of 12 megapixels at once (default 50), and
 * ListFaces meanwhile. Prints the most memory of the service, and how long ListFaces took. On Linux.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { sample } from '../support/photos.ts';
import { startServer } from '../support/server.ts';

const count = Number(process.argv[2] ?? 50);
const [WIDTH, HEIGHT] = [4000, 3000];

const data = await mkdtemp(path.join(tmpdir(), 'recollect-crowd-'));
const server = await startServer(data, { RECOLLECT_THREADS: String(availableParallelism()) });
const post = (operation: string, body: object) =>
  fetch(`${server.endpoint}/${operation}`, { method: 'POST', body: JSON.stringify(body) });

/** Megabytes in memory of the process that listens. */
async function memory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

const { port } = new URL(server.endpoint);
const listening = execFileSync('sh', [
  '-c',
  `ss -ltnp 2>/dev/null | grep :${port} || true`,
]).toString();
const pid = Number(/pid=(\d+)/.exec(listening)?.[1] ?? process.env['CROWD_PID']);

await post('CreateCollection', { CollectionId: 'crowd' });
const photograph = await sharp(await sample(1))
  .resize(WIDTH, HEIGHT, { fit: 'fill' })
  .jpeg({ quality: 88 })
  .toBuffer();
const Image = { Bytes: photograph.toString('base64') };
await post('IndexFaces', { CollectionId: 'crowd', Image });

let most = 0;
const latencies: number[] = [];
let isOver = false;
const watching = (async () => {
  while (!isOver) {
    most = Math.max(most, await memory(pid));
    const begun = performance.now();
    await (await post('ListFaces', { CollectionId: 'crowd' })).text();
    latencies.push(performance.now() - begun);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
})();
const begun = performance.now();
const statuses = await Promise.all(
  Array.from({ length: count }, async () => (await post('DetectFaces', { Image })).status),
);
isOver = true;
await watching;
latencies.sort((a, b) => a - b);
const at = (share: number) => latencies[Math.floor(share * (latencies.length - 1))]?.toFixed(0);
const seconds = ((performance.now() - begun) / 1000).toFixed(1);
const fine = statuses.filter((status) => status === 200).length;
console.log(
  `${fine} of ${count} pictures of ${(photograph.length / 1e6).toFixed(1)} MB answered in ${seconds} s`,
);
console.log(
  `most memory ${most.toFixed(0)} MB; ListFaces p50 ${at(0.5)} ms, p99 ${at(0.99)} ms of ${latencies.length}`,
);
await server.stop('SIGKILL');
await rm(data, { recursive: true, force: true });
