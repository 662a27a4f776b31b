/**
 * How long the pipeline takes, from the bytes of a JPEG to vectors: a 1080p photograph of one person,
 * one whose head is tilted so far that quarter turns are tried too, and a group photograph; on one
 * thread unless told otherwise, and which part takes how much of it. The last column is what judging all
 * attributes takes for each face besides.
 *
 * `npm run bench:inference`
 */
import { command, runScript } from '../../infra/commands/cli/index.ts';
import { ATTRIBUTES, Inference } from '../../layers/inference/index.ts';
import { MODELS, positive, threads } from './folder.ts';
import { photographs } from './photographs.ts';
import { progress } from './progress.ts';
import { median } from './side-by-side.ts';

const PARTS = ['decode', 'detect', 'mesh', 'embed', 'rest'] as const;
type Part = (typeof PARTS)[number];

interface Run {
  readonly faces: number;
  /** Milliseconds. */
  readonly total: number;
  /** Milliseconds of processor time, which other work on the machine disturbs less. */
  readonly cpu: number;
  /** Milliseconds that all attributes take, for each face. */
  readonly judged: number;
  readonly parts: Readonly<Record<Part, number>>;
}

const MODEL_PARTS: Readonly<Record<string, Part>> = {
  'detector.onnx': 'detect',
  'mesh.onnx': 'mesh',
  'mobilefacenet.onnx': 'embed',
};

/** Milliseconds since the last reset. */
const spent: Record<Part, number> = { decode: 0, detect: 0, mesh: 0, embed: 0, rest: 0 };

async function main({ threads, runs }: { threads: number; runs: number }): Promise<void> {
  const inference = new Inference({
    models: MODELS,
    threads,
    observe: (file, milliseconds) => {
      spent[MODEL_PARTS[file] ?? 'rest'] += milliseconds;
    },
  });
  console.log(`${threads} thread(s), median of ${runs} runs\n`);
  console.log(
    `| photograph | faces | ms | faces/s | ${PARTS.join(' | ')} | fastest ms | CPU ms | ALL, ms a face |`,
  );
  console.log(`|---|---|---|---|${PARTS.map(() => '---|').join('')}---|---|---|`);
  for (const { name, bytes } of await photographs()) await measure(name, bytes, inference, runs);
  await inference.close();
}

async function measure(
  name: string,
  bytes: Uint8Array,
  inference: Inference,
  runs: number,
): Promise<void> {
  await once(inference, bytes);
  const report = progress(name, runs);
  const results: Run[] = [];
  for (let i = 0; i < runs; i++) {
    results.push(await once(inference, bytes));
    report(i + 1);
  }
  const total = median(results.map((result) => result.total));
  const faces = results[0]!.faces;
  const shares = PARTS.map((part) => {
    const share = median(results.map(({ parts, total }) => parts[part] / total));
    return `${Math.round(share * 100)} %`;
  });
  const fastest = Math.min(...results.map((result) => result.total));
  const cells = [name, faces, total.toFixed(1), ((faces / total) * 1000).toFixed(1), ...shares];
  const cpu = median(results.map((result) => result.cpu));
  const judged = median(results.map((result) => result.judged));
  cells.push(fastest.toFixed(1), cpu.toFixed(1), judged.toFixed(1));
  console.log(`| ${cells.join(' | ')} |`);
}

async function once(inference: Inference, bytes: Uint8Array): Promise<Run> {
  for (const part of PARTS) spent[part] = 0;
  const cpuStart = process.cpuUsage();
  const start = performance.now();
  const picture = await inference.read(bytes);
  spent.decode = performance.now() - start;
  const faces = await inference.findFaces(picture);
  await inference.embed(picture, faces);
  const total = performance.now() - start;
  const { user, system } = process.cpuUsage(cpuStart);
  spent.rest = total - spent.decode - spent.detect - spent.mesh - spent.embed;
  const parts = { ...spent };
  const judging = performance.now();
  await inference.describe(picture, faces, new Set(ATTRIBUTES));
  const judged = (performance.now() - judging) / faces.length;
  return { faces: faces.length, total, cpu: (user + system) / 1000, judged, parts };
}

await runScript(
  command({
    name: 'bench:inference',
    summary: 'measures how long photographs take, from JPEG to vectors',
    options: { threads: threads(1), runs: positive('runs of each photograph', 30) },
    run: async ({ options }) => {
      await main(options);
      return 0;
    },
  }),
);
