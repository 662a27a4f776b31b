/**
 * `npx tsx test/bench/import-ratio.ts OLD_CHECKOUT [IMAGES [ROUNDS [CHECKOUT]]]`: how fast photographs are imported
 * into this checkout, or the last one named, and into another, in turns, in one run. Prints images a second of each and the ratio of
 * the medians.
 *
 * Each photograph is one sample portrait with a border of its own, so that no two are the same.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import {
  CreateCollectionCommand,
  IndexFacesCommand,
  RekognitionClient,
} from '@aws-sdk/client-rekognition';
import sharp from 'sharp';
import { portrait, SAME_MAN } from '../support/photos.ts';

const HERE = path.resolve(import.meta.dirname, '../..');
const [old, images = '60', rounds = '3', here = HERE] = process.argv.slice(2);
const AT_ONCE = 4;

async function photographs(): Promise<Buffer[]> {
  const image = await portrait(SAME_MAN[0]);
  return Promise.all(
    Array.from({ length: Number(images) }, (_, i) => {
      const background = { r: i % 256, g: (i * 7) % 256, b: 99 };
      return sharp(image)
        .extend({ top: 8, bottom: 8, left: 8 + (i % 5), right: 8, background })
        .jpeg()
        .toBuffer();
    }),
  );
}

/** @returns images a second */
async function measure(checkout: string, bodies: readonly Buffer[], data: string): Promise<number> {
  const program = path.join(checkout, 'infra/commands/recollect.mjs');
  const args = existsSync(program)
    ? [program, 'start']
    : ['--import', 'tsx', 'infra/local/main.ts'];
  const environment = { PORT: '0', S3_PORT: '0', RECOLLECT_DATA: data };
  const child = spawn(process.execPath, args, {
    cwd: checkout,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    let endpoint: string | undefined;
    for await (const line of createInterface({ input: child.stdout })) {
      endpoint = /Recollect is listening on (\S+)/.exec(line)?.[1];
      if (endpoint !== undefined) break;
    }
    child.stdout.resume();
    const client = new RekognitionClient({
      endpoint: endpoint ?? '',
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'a' },
    });
    const CollectionId = 'bench';
    await client.send(new CreateCollectionCommand({ CollectionId }));
    const index = (Bytes: Buffer) =>
      client.send(new IndexFacesCommand({ CollectionId, Image: { Bytes } }));
    const [first, ...rest] = bodies;
    if (first) await index(first);
    const begun = performance.now();
    const left = [...rest];
    const worker = async () => {
      for (let body = left.pop(); body; body = left.pop()) await index(body);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    client.destroy();
    return rest.length / ((performance.now() - begun) / 1000);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const folder = await mkdtemp(path.join(tmpdir(), 'recollect-ratio-'));
const bodies = await photographs();
const speeds = { old: [] as number[], new: [] as number[] };

for (let round = 0; round < Number(rounds); round++) {
  // Who comes first changes, so that neither has the warmer machine.
  const order = round % 2 === 0 ? (['old', 'new'] as const) : (['new', 'old'] as const);
  for (const which of order) {
    const data = path.join(folder, `${which}-${round}`);
    await mkdir(data);
    speeds[which].push(await measure(which === 'old' ? (old ?? here) : here, bodies, data));
  }
}
await rm(folder, { recursive: true, force: true });
const format = (values: readonly number[]) => values.map((value) => value.toFixed(2)).join(' ');
console.log(`old: ${format(speeds.old)} images/s, new: ${format(speeds.new)} images/s`);
console.log(`ratio of the medians: ${(median(speeds.new) / median(speeds.old)).toFixed(3)}`);
