/** Recollect as `npm start` starts it, in a process of its own that can be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { RECOLLECT } from './recollect.ts';

export interface Server {
  readonly pid: number;
  readonly endpoint: string;
  readonly s3Endpoint: string;
  /** What it has printed so far. */
  readonly output: readonly string[];
  /** @returns the exit code, or null when the signal ended it */
  stop(signal: 'SIGKILL' | 'SIGINT'): Promise<number | null>;
}

/** @param data the data folder; the ports are any free ones, and it has one thread unless `more` says otherwise */
export async function startServer(
  data: string,
  more: Record<string, string> = {},
): Promise<Server> {
  const usual = { PORT: '0', S3_PORT: '0', RECOLLECT_DATA: data, RECOLLECT_THREADS: '1' };
  const child = spawn(process.execPath, [RECOLLECT, 'start'], {
    env: { ...process.env, ...usual, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  const printed = await firstLines(child, output);
  return {
    pid: child.pid ?? 0,
    endpoint: urlIn(printed[0]),
    s3Endpoint: urlIn(printed[2]),
    output,
    async stop(signal) {
      if (child.exitCode !== null) return child.exitCode;
      const exited = once(child, 'exit');
      child.kill(signal);
      const [code] = (await exited) as [number | null];
      return code;
    },
  };
}

/** Waits for the three lines that it prints when it is ready. */
async function firstLines(child: ChildProcess, output: string[]): Promise<string[]> {
  if (child.stdout === null || child.stderr === null) throw new Error('The server has no output.');
  createInterface({ input: child.stderr }).on('line', (line) => output.push(line));
  const lines = createInterface({ input: child.stdout });
  return new Promise((resolve, reject) => {
    const ready: string[] = [];
    lines.on('line', (line) => {
      output.push(line);
      if (ready.length < 3) ready.push(line);
      if (ready.length === 3) resolve(ready);
    });
    child.once('exit', () => reject(new Error(`The server did not start:\n${output.join('\n')}`)));
  });
}

function urlIn(line: string | undefined): string {
  const url = /http:\/\/[^\s,]+/.exec(line ?? '')?.[0];
  if (url === undefined) throw new Error(`No address in: ${line}`);
  return url;
}
