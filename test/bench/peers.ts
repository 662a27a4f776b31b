/**
 * `npm run bench:peers`: Recollect, @vladmandic/human and @vladmandic/face-api on the same bytes, in turns, in one run,
 * each on one thread: from the bytes of a JPEG to boxes, landmarks and vectors of all faces. The peers run on the
 * WebAssembly backend of TensorFlow.js, with SIMD, which is their fastest one without a native build.
 *
 * What else runs on the machine slows all three alike, so the ratios are to be read, not the milliseconds.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { command, Failure, runScript } from '../../infra/commands/cli/index.ts';
import { positive } from './folder.ts';
import { SUBJECTS, type SubjectName } from './peers/lookers.ts';
import { type Photograph, photographs } from './photographs.ts';
import { progress } from './progress.ts';
import { median, Subject, type Times } from './side-by-side.ts';

const CACHE = '.cache/peers';
const FOLDER = path.join(import.meta.dirname, '../..', CACHE);
const WORKER = path.join(import.meta.dirname, 'peers/worker.ts');

/** Of each peer, the versions that the figures in the documentation were measured with. */
const PACKAGES = [
  '@vladmandic/human@3.3.6',
  '@vladmandic/face-api@1.7.15',
  '@tensorflow/tfjs@4.22.0',
  '@tensorflow/tfjs-backend-wasm@4.22.0',
] as const;

const INSTALL = `npm install --prefix ${CACHE} --ignore-scripts ${PACKAGES.join(' ')}`;

interface Measured {
  readonly faces: number;
  readonly times: readonly Times[];
}

async function main(runs: number, print: (line: string) => void): Promise<void> {
  const absent = PACKAGES.map((name) => name.slice(0, name.lastIndexOf('@'))).filter(
    (name) => !existsSync(path.join(FOLDER, 'node_modules', name)),
  );
  if (absent.length > 0) {
    throw new Failure(
      `${CACHE} has no ${absent.join(', no ')}. This fetches them:\n\n  ${INSTALL}`,
    );
  }
  const subjects = new Map(
    SUBJECTS.map((name) => [name, new Subject<number>(name, WORKER, [name, FOLDER])]),
  );
  try {
    print(`one thread each, median of ${runs} runs in turns\n`);
    print('| photograph | | faces | ms | CPU ms | times ours | CPU, times ours | MB at most |');
    print('|---|---|---|---|---|---|---|---|');
    for (const photograph of await photographs()) {
      const measured = await measure(photograph, subjects, runs);
      for (const line of table(photograph.name, measured)) print(line);
    }
  } finally {
    for (const subject of subjects.values()) subject.close();
  }
}

async function measure(
  { name, bytes }: Photograph,
  subjects: ReadonlyMap<SubjectName, Subject<number>>,
  runs: number,
): Promise<Map<SubjectName, Measured>> {
  const report = progress(name, runs);
  const measured = new Map<SubjectName, { faces: number; times: Times[] }>();
  for (const [subject, process] of subjects) {
    // Two looks in which everything is loaded and compiled do not count.
    await process.look(bytes);
    const { seen } = await process.look(bytes);
    measured.set(subject, { faces: seen, times: [] });
  }
  for (let run = 0; run < runs; run++) {
    for (const [subject, process] of subjects) {
      measured.get(subject)?.times.push((await process.look(bytes)).times);
    }
    report(run + 1);
  }
  return measured;
}

/** Ratios are medians of the ratios of neighbouring runs, which the same machine has seen. */
function table(photograph: string, measured: ReadonlyMap<SubjectName, Measured>): string[] {
  const ours = measured.get('ours')?.times ?? [];
  return [...measured].map(([subject, { faces, times }]) => {
    const of = (part: keyof Times) => median(times.map((time) => time[part])).toFixed(0);
    const ratio = (part: 'total' | 'cpu') =>
      median(times.map((time, run) => time[part] / (ours[run]?.[part] ?? Number.NaN))).toFixed(2);
    const memory = Math.max(...times.map((time) => time.memory)).toFixed(0);
    const cells = [photograph, subject, faces, of('total'), of('cpu'), ratio('total')];
    return `| ${[...cells, ratio('cpu'), memory].join(' | ')} |`;
  });
}

await runScript(
  command({
    name: 'bench:peers',
    summary: 'measures Recollect, human and face-api on the same photographs in one run',
    description: `The other two are fetched, once, by\n\n  ${INSTALL.replaceAll(' @', ' \\\n    @')}`,
    options: { runs: positive('runs of each photograph', 10) },
    run: async ({ options }, { print }) => {
      await main(options.runs, print);
      return 0;
    },
  }),
);
