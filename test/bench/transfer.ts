/**
 * Collections out and in again, at size, with the programs as people run them: a service takes a synthetic
 * collection in, gives it out, another takes it in and gives it out. The commands are killed on the way; what
 * comes out in the end must be what went in, byte for byte.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { command, runScript, whole } from '../../infra/commands/cli/index.ts';
import { writeSynthetic } from '../commands/transfer/synthetic.ts';
import { RECOLLECT } from '../support/recollect.ts';

interface Service {
  readonly endpoint: string;
  readonly process: ChildProcess;
}

/** What a command took, with those of its attempts that were killed. */
interface Taken {
  readonly seconds: number;
  readonly megabytes: number;
}

const POLL_MS = 50;

await runScript(
  command({
    name: 'bench:transfer',
    summary: 'takes a synthetic collection out of one service and into another, killed on the way',
    options: {
      faces: whole({
        placeholder: 'N',
        name: 'Faces',
        help: '100,000 without it',
        from: 1,
        to: 10_000_000,
        fallback: 100_000,
      }),
      kills: whole({
        placeholder: 'N',
        name: 'Kills',
        help: 'of each command; 2 without it',
        from: 0,
        to: 20,
        fallback: 2,
      }),
    },
    run: async ({ options: { faces, kills } }, { print }) => {
      const folder = await mkdtemp(path.join(tmpdir(), 'recollect-transfer-'));
      const services: Service[] = [];
      try {
        const original = path.join(folder, 'original.ndjson.gz');
        const users = Math.floor(faces / 20);
        await writeSynthetic(original, {
          collectionId: 'crowd',
          faces,
          users,
          facesPerUser: 4,
          seed: 1,
        });
        print(
          `${faces} faces, ${users} users of 4: ${megabytes((await stat(original)).size)} MB as a file`,
        );
        for (const name of ['first', 'second']) services.push(await start(path.join(folder, name)));
        const [first, second] = services as [Service, Service];
        const out = path.join(folder, 'out.ndjson.gz');
        const again = path.join(folder, 'again.ndjson.gz');
        const run = async (what: string, service: Service, args: string[], killed: number) => {
          const { seconds, megabytes: own } = await finished(args, service, folder, killed);
          const rate = Math.round((faces + users) / seconds);
          const peak = await peakOf(service.process);
          print(
            `${what.padEnd(30)} ${seconds.toFixed(1).padStart(7)} s  ${String(rate).padStart(6)}/s  command ${own} MB, service ${peak} MB`,
          );
        };
        await run('into the first', first, ['import-collection', original], 0);
        await run(
          `out of it, killed ${kills} times`,
          first,
          ['export-collection', '--collection-id', 'crowd', '--output', out],
          kills,
        );
        await run(
          `into the second, killed ${kills} times`,
          second,
          ['import-collection', out],
          kills,
        );
        await run(
          'out of it',
          second,
          ['export-collection', '--collection-id', 'crowd', '--output', again],
          0,
        );
        const sums = await Promise.all([original, out, again].map(sumOfText));
        const isSame = sums.every((sum) => sum === sums[0]);
        const isSameFile = (await readFile(out)).equals(await readFile(again));
        print(
          `the lines are ${isSame ? 'the same, to the byte' : 'NOT THE SAME'}; the two exported files are ${isSameFile ? 'too' : 'NOT'}`,
        );
        return isSame && isSameFile ? 0 : 1;
      } finally {
        for (const { process } of services) process.kill('SIGKILL');
        await rm(folder, { recursive: true, force: true });
      }
    },
  }),
);

function start(data: string): Promise<Service> {
  const child = spawn(
    process.execPath,
    [RECOLLECT, 'start', '--port', '0', '--s3-port', '0', '--data', data, '--fold-at', '5000'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  return new Promise((resolve, reject) => {
    // Goes on reading: a pipe that nobody empties would stop the service.
    createInterface({ input: child.stdout }).on('line', (line) => {
      const endpoint = /listening on (http:\S+)/.exec(line)?.[1];
      if (endpoint !== undefined) resolve({ endpoint, process: child });
    });
    child.once('exit', () => reject(new Error('The service did not start.')));
  });
}

/** Runs a command until it is done; kills it so often before, after ever longer times. */
async function finished(
  args: readonly string[],
  { endpoint }: Service,
  folder: string,
  kills: number,
): Promise<Taken> {
  let [seconds, peak, killed] = [0, 0, 0];
  for (;;) {
    const startedAt = performance.now();
    const child = spawn(process.execPath, [RECOLLECT, ...args, '--endpoint', endpoint], {
      env: { ...process.env, RECOLLECT_DATA: path.join(folder, 'state') },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const poll = setInterval(async () => {
      peak = Math.max(peak, await peakOf(child));
    }, POLL_MS);
    // The first attempt has hardly begun to store, the next has stored a good part.
    const timer =
      killed < kills ? setTimeout(() => child.kill('SIGKILL'), 6000 * (killed + 1)) : undefined;
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    clearInterval(poll);
    clearTimeout(timer);
    seconds += (performance.now() - startedAt) / 1000;
    if (signal === 'SIGKILL') {
      killed++;
      continue;
    }
    if (code !== 0) throw new Error(`recollect ${args.join(' ')} ended with ${code}.`);
    if (killed < kills)
      throw new Error(`It was done before it was killed ${kills} times; take more faces.`);
    return { seconds, megabytes: peak };
  }
}

/** The most memory that a process has held, in MB; 0 where the system does not tell. */
async function peakOf({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}

async function sumOfText(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file).pipe(createGunzip())) hash.update(chunk);
  return hash.digest('hex');
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}
