/**
 * One of several programs that look at the same bytes, each in a process of its own, which stays: so that they can
 * take turns in one run, and each has warm models.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const REPOSITORY = path.join(import.meta.dirname, '../..');

export interface Times {
  /** Milliseconds. */
  readonly total: number;
  /** Milliseconds of processor time, which other work on the machine disturbs less. */
  readonly cpu: number;
  /** The most memory the process ever had, in MB. */
  readonly memory: number;
}

/** What a process answers: the times of a look, and what was seen. */
export type Reply<T> = { readonly times: Times; readonly seen: T } | { readonly failure: string };

/** In the process: looks at each photograph that comes in, until the parent is gone. */
export function serve<T>(look: (bytes: Uint8Array) => Promise<T>): void {
  const timed = async (bytes: Uint8Array): Promise<Reply<T>> => {
    const cpuStart = process.cpuUsage();
    const start = performance.now();
    const seen = await look(bytes);
    const total = performance.now() - start;
    const { user, system } = process.cpuUsage(cpuStart);
    const memory = process.resourceUsage().maxRSS / 1024;
    return { times: { total, cpu: (user + system) / 1000, memory }, seen };
  };
  process.on('message', async (bytes: Uint8Array) => {
    const reply = await timed(bytes).catch(
      (cause): Reply<T> => ({ failure: cause instanceof Error ? cause.message : String(cause) }),
    );
    process.send?.(reply);
  });
  // Ctrl-C reaches the whole group of processes; what becomes of the run is the parent's to say.
  process.on('SIGINT', () => {});
  process.on('disconnect', () => process.exit());
}

/** In the parent: a process that runs a program which serves. */
export class Subject<T> {
  readonly #process: ChildProcess;
  readonly #name: string;

  constructor(name: string, program: string, args: readonly string[]) {
    this.#name = name;
    this.#process = fork(program, args, {
      cwd: REPOSITORY,
      execArgv: ['--import', 'tsx'],
      // The default would turn bytes and vectors into objects.
      serialization: 'advanced',
    });
  }

  /** @throws Error when the program cannot look at the photograph, or ends. */
  async look(bytes: Uint8Array): Promise<{ times: Times; seen: T }> {
    const answered = once(this.#process, 'message');
    const ended = once(this.#process, 'exit').then(() => {
      throw new Error(`${this.#name} ended.`);
    });
    ended.catch(() => {});
    this.#process.send(bytes);
    const [reply] = (await Promise.race([answered, ended])) as [Reply<T>];
    if ('failure' in reply) throw new Error(`${this.#name}: ${reply.failure}`);
    return reply;
  }

  close(): void {
    this.#process.kill();
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
