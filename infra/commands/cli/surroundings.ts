/** What a command has of the process that it runs in. Passed in, so that tests can give another. */
import { randomBytes } from 'node:crypto';
import { EXIT } from './failures.ts';

export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A line of what was asked for, to standard output. */
  readonly print: (line: string) => void;
  /** A line about what goes on, to standard error. */
  readonly say: (line: string) => void;
  /** Where progress is shown: standard error. */
  readonly terminal: Pick<NodeJS.WriteStream, 'write'> & { readonly isTTY?: boolean };
  /** Milliseconds, of a clock that only goes forward. */
  readonly clock: () => number;
  readonly now: () => Date;
  /** So many random bytes, fit for secrets. */
  readonly random: (bytes: number) => Buffer;
  /**
   * Aborted by the first Ctrl-C (SIGINT) or SIGTERM; a second one ends the process at once. Until somebody
   * asks for it, a signal ends the process as usual.
   */
  readonly interruption: () => AbortSignal;
}

export function processSurroundings(): Surroundings {
  let interruption: AbortSignal | undefined;
  endWithReader();
  return {
    environment: process.env,
    print: (line) => console.log(line),
    say: (line) => console.error(line),
    terminal: process.stderr,
    clock: () => performance.now(),
    now: () => new Date(),
    random: randomBytes,
    interruption: () => {
      interruption ??= onInterrupt();
      return interruption;
    },
  };
}

/** Where nobody reads on, as behind `| head`, the process is told to end, as a signal would; what it says besides is lost. */
function endWithReader(): void {
  let isTold = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (!isTold) process.kill(process.pid, 'SIGTERM');
    isTold = true;
  });
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

function onInterrupt(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(EXIT.interrupted);
      console.error('\nFinishing what is in progress; once more Ctrl-C to stop at once.');
      controller.abort();
    });
  }
  return controller.signal;
}
