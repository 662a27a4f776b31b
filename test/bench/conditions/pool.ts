/**
 * Several photographs at once: a model's run blocks the process in which it runs, so each worker is a
 * process of its own.
 */
import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import type { Outcome, Task } from './tasks.ts';

export type Reply = { readonly outcome: Outcome } | { readonly failure: string };

/** Where `tsx` is found, wherever the bench was started. */
const REPOSITORY = path.join(import.meta.dirname, '../../..');
const PROGRAM = path.join(import.meta.dirname, 'worker.ts');

/**
 * Has every task done.
 *
 * @param workers how many are worked on at once.
 * @param signal ends the run early; what is in work is dropped then.
 * @param report told how many are done.
 * @returns the outcomes in the order of the tasks, undefined for those that were not done.
 * @throws Error when a photograph cannot be looked at at all, or a worker dies.
 */
export async function performAll(
  tasks: readonly Task[],
  workers: number,
  signal: AbortSignal,
  report: (done: number) => void,
): Promise<(Outcome | undefined)[]> {
  const outcomes: (Outcome | undefined)[] = tasks.map(() => undefined);
  const queue = tasks.entries();
  let count = 0;
  const done = (index: number, outcome: Outcome) => {
    outcomes[index] = outcome;
    report(++count);
  };
  const processes = Array.from({ length: Math.min(workers, tasks.length) }, () =>
    fork(PROGRAM, {
      cwd: REPOSITORY,
      execArgv: ['--import', 'tsx'],
      // The default would turn the vectors into objects.
      serialization: 'advanced',
    }),
  );
  const stop = () => {
    for (const worker of processes) worker.kill();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    await Promise.all(processes.map((worker) => serve(worker, queue, signal, done)));
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
  return outcomes;
}

/** Gives a worker one task after the other, until there are no more. */
async function serve(
  worker: ChildProcess,
  queue: Iterator<[number, Task]>,
  signal: AbortSignal,
  done: (index: number, outcome: Outcome) => void,
): Promise<void> {
  for (;;) {
    if (signal.aborted) return;
    const next = queue.next();
    if (next.done) return;
    const [index, task] = next.value;
    const reply = await ask(worker, task);
    if (signal.aborted) return;
    if (reply === undefined) throw new Error('A worker ended before its work was done');
    if ('failure' in reply) throw new Error(`${nameOf(task)}: ${reply.failure}`);
    done(index, reply.outcome);
  }
}

/** @returns undefined when the worker ends before it answers. */
function ask(worker: ChildProcess, task: Task): Promise<Reply | undefined> {
  return new Promise((resolve) => {
    const settle = (reply: Reply | undefined) => {
      worker.off('message', onMessage);
      worker.off('exit', onExit);
      resolve(reply);
    };
    const onMessage = (message: unknown) => settle(message as Reply);
    const onExit = () => settle(undefined);
    worker.on('message', onMessage);
    worker.on('exit', onExit);
    if (worker.exitCode !== null || worker.signalCode !== null) settle(undefined);
    else worker.send(task, () => {});
  });
}

function nameOf(task: Task): string {
  return task.kind === 'person' ? task.changed : task.file;
}
