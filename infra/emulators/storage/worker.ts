/**
 * The thread of a store: answers reads one by one, and makes one transaction, with one wait for the disk,
 * of all commits that have come in while it was at work.
 */
import { type MessagePort, parentPort, receiveMessageOnPort } from 'node:worker_threads';
import { Engine } from './engine.ts';
import type { Write } from './entries.ts';
import type { StoreError } from './errors.ts';
import type { Answered, Asked, Failure, Request } from './messages.ts';

/** So many entries of a range are deleted in a transaction. */
const CLEAR_AT_ONCE = 1000;

function main(port: MessagePort): void {
  let engine: Engine | undefined;
  port.on('message', async (first: Asked[]) => {
    const asked = [...first];
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
      asked.push(...(next.message as Asked[]));
    }
    const [one] = asked;
    if (one?.request.kind === 'open') {
      const { id, request } = one;
      // Who opens a store asks nothing else before it is open.
      port.postMessage([
        await attempt(id, async () => {
          engine = await Engine.open(request.settings);
        }),
      ]);
    } else if (engine !== undefined) port.postMessage(await serve(engine, asked));
  });
}

/** Nothing that is asked together depends on each other: who asks has not waited for an answer. */
async function serve(engine: Engine, asked: readonly Asked[]): Promise<Answered[]> {
  const answered: Answered[] = [];
  const commits: { readonly id: number; readonly writes: readonly Write[] }[] = [];
  const closing: Asked[] = [];
  for (const one of asked) {
    const { id, request } = one;
    if (request.kind === 'commit') commits.push({ id, writes: request.writes });
    else if (request.kind === 'close') closing.push(one);
    else if (request.kind !== 'open')
      answered.push(await attempt(id, () => answer(engine, request)));
  }
  if (commits.length > 0) {
    const failures = engine.apply(commits.map(({ writes }) => writes));
    for (const [i, { id }] of commits.entries()) {
      const failure = failures[i];
      answered.push(
        failure === undefined ? { id, answer: undefined } : { id, failure: failureOf(failure) },
      );
    }
  }
  for (const { id } of closing) answered.push(await attempt(id, () => engine.close()));
  return answered;
}

function answer(
  engine: Engine,
  request: Exclude<Request, { kind: 'open' | 'commit' | 'close' }>,
): unknown {
  switch (request.kind) {
    case 'get':
      return request.keys.map((key) => engine.get(key));
    case 'page':
      return engine.page(request.page);
    case 'check':
      return engine.check();
    case 'clear':
      for (;;) {
        const page = engine.page({
          ...request.bounds,
          limit: CLEAR_AT_ONCE,
          bytes: Number.POSITIVE_INFINITY,
        });
        if (page.length === 0) return undefined;
        const [failure] = engine.apply([page.map(({ key }) => ({ key, value: undefined }))]);
        if (failure !== undefined) throw failure;
      }
  }
}

async function attempt(id: number, work: () => unknown): Promise<Answered> {
  try {
    return { id, answer: await work() };
  } catch (error) {
    return { id, failure: failureOf(error) };
  }
}

function failureOf(error: unknown): Failure {
  const { name, message, cause } = error as StoreError;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  return { name, message, code };
}

if (parentPort !== null) main(parentPort);
