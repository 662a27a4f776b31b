/**
 * `npm run bench:against -- CHECKOUT [FOLDER...]`: this checkout's inference against that of another one, such as a work
 * tree of an older commit, in one run.
 *
 * Without folders: how long each takes for the same photographs, in turns; the ratios are medians of those of
 * neighbouring runs. With folders: the largest differences in what both see of every photograph in them.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { command, Failure, runScript } from '../../infra/commands/cli/index.ts';
import { type Differences, differencesOf, larger, NONE } from './against/differences.ts';
import type { SeenFace } from './against/worker.ts';
import { positive } from './folder.ts';
import { type Photograph, photographs } from './photographs.ts';
import { progress } from './progress.ts';
import { median, Subject, type Times } from './side-by-side.ts';

const HERE = path.join(import.meta.dirname, '../..');
const WORKER = path.join(import.meta.dirname, 'against/worker.ts');
const PICTURES = /\.(jpe?g|png)$/i;

interface Pair {
  readonly other: Subject<SeenFace[]>;
  readonly here: Subject<SeenFace[]>;
}

async function time(pair: Pair, runs: number, print: (line: string) => void): Promise<void> {
  print('| photograph | faces | other ms | here ms | ratio | other CPU ms | here CPU ms | ratio |');
  print('|---|---|---|---|---|---|---|---|');
  for (const photograph of await photographs()) print(await timeOf(photograph, pair, runs));
}

async function timeOf({ name, bytes }: Photograph, pair: Pair, runs: number): Promise<string> {
  const report = progress(name, runs);
  const { other, here } = pair;
  // Two looks in which everything is loaded and compiled do not count.
  for (let look = 0; look < 2; look++) await Promise.all([other.look(bytes), here.look(bytes)]);
  const times: { other: Times; here: Times }[] = [];
  let faces = 0;
  for (let run = 0; run < runs; run++) {
    // Who comes first changes, so that neither has the warmer machine.
    const first = run % 2 === 0 ? await other.look(bytes) : undefined;
    const ours = await here.look(bytes);
    const theirs = first ?? (await other.look(bytes));
    faces = ours.seen.length;
    times.push({ other: theirs.times, here: ours.times });
    report(run + 1);
  }
  const columns = (['total', 'cpu'] as const).flatMap((part) => [
    median(times.map(({ other }) => other[part])).toFixed(1),
    median(times.map(({ here }) => here[part])).toFixed(1),
    median(times.map(({ other, here }) => here[part] / other[part])).toFixed(3),
  ]);
  return `| ${[name, faces, ...columns].join(' | ')} |`;
}

async function compare(
  pair: Pair,
  files: readonly string[],
  print: (line: string) => void,
): Promise<boolean> {
  const report = progress('compared', files.length);
  let most = NONE;
  let faces = 0;
  const worst = new Map<keyof Differences, string>();
  const failed: string[] = [];
  for (const [i, file] of files.entries()) {
    const bytes = await readFile(file);
    const [other, here] = await Promise.all([
      pair.other.look(bytes).catch(String),
      pair.here.look(bytes).catch(String),
    ]);
    report(i + 1);
    if (typeof other === 'string' || typeof here === 'string') {
      if (typeof other !== typeof here) failed.push(`${file}: one looks at it, one refuses it`);
      continue;
    }
    const differences = differencesOf(other.seen, here.seen);
    if (differences === undefined) {
      failed.push(`${file}: ${other.seen.length} faces there, ${here.seen.length} here`);
      continue;
    }
    faces += here.seen.length;
    for (const key of Object.keys(NONE) as (keyof Differences)[]) {
      if (differences[key] > most[key]) worst.set(key, path.basename(file));
    }
    most = larger(most, differences);
  }
  print(`${files.length} pictures, ${faces} faces; the largest differences:`);
  for (const [key, value] of Object.entries(most)) {
    print(
      `  ${key.padEnd(10)} ${value.toExponential(1)}  ${worst.get(key as keyof Differences) ?? ''}`,
    );
  }
  for (const line of failed) print(line);
  return failed.length === 0;
}

async function picturesIn(folder: string): Promise<string[]> {
  if (!existsSync(folder)) throw new Failure(`There is no folder ${folder}.`);
  const files = await readdir(folder, { recursive: true });
  return files
    .filter((file) => PICTURES.test(file))
    .sort()
    .map((file) => path.join(folder, file));
}

await runScript(
  command({
    name: 'bench:against',
    summary: "measures this checkout's inference against that of another one, in one run",
    description:
      'Without folders, how long both take for the same photographs. With folders, the largest differences in\nwhat both see of every picture there; exit code 1 when one finds more or fewer faces.',
    operands: {
      placeholder: 'CHECKOUT [FOLDER...]',
      least: 1,
      most: 20,
      missing: 'Say where the other checkout is.',
    },
    options: {
      runs: positive('runs of each photograph', 20),
      every: positive('of the pictures in folders, each so many-th', 1),
    },
    run: async ({ operands: [checkout = '', ...folders], options }, { print }) => {
      if (!existsSync(path.join(checkout, 'layers/inference/index.ts'))) {
        throw new Failure(`${checkout} is no checkout of Recollect.`);
      }
      const files = (await Promise.all(folders.map(picturesIn))).flat();
      const pair: Pair = {
        other: new Subject(checkout, WORKER, [path.resolve(checkout)]),
        here: new Subject('this checkout', WORKER, [HERE]),
      };
      try {
        if (folders.length === 0) await time(pair, options.runs, print);
        else {
          const some = files.filter((_, i) => i % options.every === 0);
          if (!(await compare(pair, some, print))) return 1;
        }
        return 0;
      } finally {
        pair.other.close();
        pair.here.close();
      }
    },
  }),
);
