/**
 * `npm run bench:import`: how much faster `recollect import` is with n threads on n processors than with one on one, in one
 * run, in pairs. The service and the import run as they do for anybody, in processes of their own, on the same machine;
 * `taskset` of Linux keeps them to their processors.
 *
 * Ratios are of neighbouring runs, which the same machine has seen. Processor time is that of service and import
 * together: where all processors are busy, it is what decides.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import sharp from 'sharp';
import { command, Failure, runScript } from '../../infra/commands/cli/index.ts';
import { RECOLLECT } from '../support/recollect.ts';
import { type Server, startServer } from '../support/server.ts';
import { positive } from './folder.ts';
import { photographs } from './photographs.ts';
import { processorTime } from './processor-time.ts';
import { progress } from './progress.ts';
import { median } from './side-by-side.ts';

/** Photographs after which everything is loaded and compiled, and the import has found its pace. */
const WARM = 12;

interface Measured {
  /** Photographs a second. */
  readonly rate: number;
  /** Milliseconds for each photograph. */
  readonly cpu: number;
}

/** @returns the folder: 1080p portraits of one person, no two of the same bytes */
async function makePhotographs(folder: string, count: number): Promise<string> {
  await mkdir(folder);
  const [portrait] = await photographs();
  if (portrait === undefined) throw new Failure('There is no photograph.');
  for (let i = 0; i < count; i++) {
    const background = { r: i % 256, g: (i * 7) % 256, b: 99 };
    const edge = { left: 2, right: 2, top: 2, bottom: 2, background };
    const bytes = await sharp(portrait.bytes).extend(edge).jpeg({ quality: 90 }).toBuffer();
    await writeFile(path.join(folder, `${i}.jpg`), bytes);
  }
  return folder;
}

/** Keeps this process, and those that it starts from now on, to so many processors. */
function keepTo(processors: number): void {
  try {
    execFileSync('taskset', ['-a', '-p', '-c', `0-${processors - 1}`, String(process.pid)], {
      stdio: 'ignore',
    });
  } catch (cause) {
    throw new Failure('Processes cannot be kept to processors without taskset, of Linux.', {
      cause,
    });
  }
}

async function measure(threads: number, folders: Folders, data: string): Promise<Measured> {
  keepTo(threads);
  const server = await startServer(data, { RECOLLECT_THREADS: String(threads) });
  try {
    await importInto(server, 'warm', folders.warm, data);
    const before = processorTime(server.pid);
    const { seconds, now, cpu } = await importInto(server, 'measured', folders.measured, data);
    const served = processorTime(server.pid) - before;
    return { rate: now / seconds, cpu: (served + cpu) / now };
  } finally {
    await server.stop('SIGKILL');
  }
}

interface Folders {
  readonly warm: string;
  readonly measured: string;
}

/** The program, as anybody starts it. */
async function importInto(
  { endpoint }: Server,
  collection: string,
  folder: string,
  data: string,
): Promise<{ seconds: number; now: number; cpu: number }> {
  const args = ['--collection', collection, '--create', '--endpoint', endpoint, '--data', data];
  const child = spawn(process.execPath, [RECOLLECT, 'import', folder, ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let cpu = 0;
  const watch = setInterval(() => {
    cpu = Math.max(cpu, child.pid === undefined ? 0 : processorTime(child.pid));
  }, 50);
  const [printed, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  clearInterval(watch);
  if (code !== 0) throw new Failure(`The import ended with ${code}: ${printed}`);
  return { ...JSON.parse(printed), cpu };
}

async function main(
  { pictures, pairs, threads }: { pictures: number; pairs: number; threads: number },
  print: (line: string) => void,
): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'recollect-import-'));
  try {
    const folders = {
      warm: await makePhotographs(path.join(folder, 'warm'), WARM),
      measured: await makePhotographs(path.join(folder, 'measured'), pictures),
    };
    const report = progress('runs', 2 * pairs);
    const measured = { one: [] as Measured[], all: [] as Measured[] };
    for (let pair = 0; pair < pairs; pair++) {
      // Who comes first changes, so that neither has the warmer machine.
      const order = pair % 2 === 0 ? (['one', 'all'] as const) : (['all', 'one'] as const);
      for (const which of order) {
        const data = path.join(folder, `${which}-${pair}`);
        measured[which].push(await measure(which === 'one' ? 1 : threads, folders, data));
        report(measured.one.length + measured.all.length);
      }
    }
    const of = (runs: readonly Measured[], part: keyof Measured) =>
      median(runs.map((run) => run[part]));
    print(`${pictures} photographs of 1080p with one face, ${pairs} pairs of runs\n`);
    print('| threads, and processors | photographs a second | CPU ms a photograph |');
    print('|---|---|---|');
    for (const [name, runs] of [
      ['1', measured.one] as const,
      [`${threads}`, measured.all] as const,
    ]) {
      print(`| ${name} | ${of(runs, 'rate').toFixed(2)} | ${of(runs, 'cpu').toFixed(0)} |`);
    }
    const ratios = measured.all.map((run, i) => run.rate / (measured.one[i]?.rate ?? Number.NaN));
    const shown = ratios.map((ratio) => ratio.toFixed(2)).join(' ');
    print(
      `\n${threads} threads on ${threads} processors against one on one: ${median(ratios).toFixed(2)} times as fast (${shown}), ${(median(ratios) / threads).toFixed(2)} of ${threads}`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await runScript(
  command({
    name: 'bench:import',
    summary: 'measures an import with one processor and with all, in one run',
    options: {
      pictures: positive('photographs of each run', 60),
      pairs: positive('pairs of runs', 3),
      threads: positive('threads and processors against one', availableParallelism()),
    },
    run: async ({ options }, { print }) => {
      await main(options, print);
      return 0;
    },
  }),
);
