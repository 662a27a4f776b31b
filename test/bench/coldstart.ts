/**
 * `npm run bench:coldstart`: what a cold start costs, as processor time, and what the layer weighs.
 *
 * The functions run as they were synthesised for this machine, each time in a fresh process: starting Node,
 * loading the bundle (which makes no client and no model yet), the first answer (which makes what it needs),
 * the second. Lambda gives 1,769 MB one processor, so that processor time is about what a caller waits;
 * it starts Node itself while the function's memory is made ready.
 */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { buildLayer } from '../../infra/aws/assets/layer.ts';
import { command, runScript } from '../../infra/commands/cli/index.ts';
import { type DeployedHere, deployHere } from '../aws/deployment.ts';
import { portrait, SAME_MAN } from '../support/photos.ts';

const RUNS = 5;
const MIB = 1024 * 1024;

interface Sample {
  readonly start: number;
  readonly load: number;
  readonly first: number;
  readonly second: number;
}

async function main(): Promise<void> {
  await printLayers();
  const here = await deployHere({ stackName: 'Bench' });
  try {
    await post(here, 'CreateCollection', { CollectionId: 'bench' });
    const photo = (await portrait(SAME_MAN[0])).toString('base64');
    const indexed = await post(here, 'IndexFaces', {
      CollectionId: 'bench',
      Image: { Bytes: photo },
    });
    const { FaceRecords } = (await indexed.json()) as {
      FaceRecords: { Face: { FaceId: string } }[];
    };
    const inputs = {
      ListFaces: { CollectionId: 'bench' },
      SearchFaces: { CollectionId: 'bench', FaceId: FaceRecords[0]?.Face.FaceId },
      IndexFaces: { CollectionId: 'bench', Image: { Bytes: photo } },
      SearchFacesByImage: { CollectionId: 'bench', Image: { Bytes: photo } },
    };
    console.log(`\nCold start, CPU ms, median of ${RUNS} (Node ${process.version})`);
    console.log('operation              start    load   first  second');
    for (const [operation, input] of Object.entries(inputs)) {
      const samples: Sample[] = [];
      for (let run = 0; run < RUNS; run++) samples.push(await measure(here, operation, input));
      const columns = (['start', 'load', 'first', 'second'] as const).map((column) =>
        median(samples.map((sample) => sample[column]))
          .toFixed(0)
          .padStart(7),
      );
      console.log(operation.padEnd(20), ...columns);
    }
  } finally {
    await here.close();
  }
}

async function measure(here: DeployedHere, operation: string, input: object): Promise<Sample> {
  await here.host.stop();
  const started = await here.host.start(operation);
  const { start, load } = await started.ready;
  await (await post(here, operation, input)).text();
  await (await post(here, operation, input)).text();
  const [first = Number.NaN, second = Number.NaN] = started.answered;
  return { start, load, first, second };
}

async function post(
  { endpoint, key }: DeployedHere,
  operation: string,
  input: object,
): Promise<Response> {
  const response = await fetch(`${endpoint}/${operation}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.id}.${key.secret}` },
    body: JSON.stringify(input),
  });
  if (!response.ok) throw new Error(`${operation}: ${await response.text()}`);
  return response;
}

async function printLayers(): Promise<void> {
  for (const architecture of ['arm64', 'x64'] as const) {
    const layer = await buildLayer(architecture);
    const modules = path.join(layer, 'nodejs/node_modules');
    const parts: [string, number][] = [
      ['onnxruntime', await sizeOf(path.join(modules, 'onnxruntime-node'))],
      ['libvips', await sizeOf(path.join(modules, `@img/sharp-libvips-linux-${architecture}`))],
      ['models', await sizeOf(path.join(layer, 'models'))],
    ];
    const total = await sizeOf(layer);
    const rest = total - parts.reduce((sum, [, size]) => sum + size, 0);
    const described = [...parts, ['rest', rest] as const].map(
      ([name, size]) => `${name} ${(size / MIB).toFixed(1)}`,
    );
    console.log(
      `Layer ${architecture}: ${(total / MIB).toFixed(1)} MiB unzipped (${described.join(', ')})`,
    );
  }
}

async function sizeOf(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  let sum = 0;
  for (const file of files) {
    if (file.isFile()) sum += (await stat(path.join(file.parentPath, file.name))).size;
  }
  return sum;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

await runScript(
  command({
    name: 'bench:coldstart',
    summary: 'measures what a cold start costs, and what the layer weighs',
    options: {},
    run: async () => {
      await main();
      return 0;
    },
  }),
);
