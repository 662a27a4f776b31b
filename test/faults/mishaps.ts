/** What may befall one call of a service, drawn by chance. */

import {
  type Call,
  type Fields,
  readPartly,
  throttling,
  throughputExceeded,
  transactionConflict,
  transactionInProgress,
  writePartly,
} from '../support/faults.ts';
import type { Random } from '../support/random.ts';

/** The execution environment is no more; what it was doing is abandoned, what it had in memory is gone. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

/** A service failed, and the SDK has given up trying again. */
export class Outage extends Error {
  override readonly name = 'Outage';
}

type Handle = (call: Call) => Promise<Fields>;

const fail = (error: () => Error, when: 'before' | 'after'): Handle => {
  return async (call) => {
    if (when === 'after') await call.proceed();
    throw error();
  };
};

const crash = () => new Crash();
const outage = () => new Outage();

/** May befall any call, each with its weight. */
const ANYWHERE: readonly (readonly [number, Handle])[] = [
  [2, fail(crash, 'before')],
  [2, fail(crash, 'after')],
  [1, fail(outage, 'before')],
  [1, fail(outage, 'after')],
  [2, (call) => call.proceedTwice()],
];

const DATABASE: readonly (readonly [number, Handle])[] = [
  [2, fail(throttling, 'before')],
  [1, fail(throughputExceeded, 'before')],
];

const PARTICULAR: Readonly<Record<string, readonly (readonly [number, Handle])[]>> = {
  TransactWriteItems: [
    [3, fail(() => transactionConflict(3), 'before')],
    [2, fail(transactionInProgress, 'before')],
    [2, fail(transactionInProgress, 'after')],
  ],
  BatchWriteItem: [[5, (call) => writePartly(call, 1)]],
  BatchGetItem: [[5, (call) => readPartly(call, 2)]],
  // A page ends where DynamoDB likes it to, and much may happen before the next one is asked for.
  Query: [[8, (call) => call.proceed({ Limit: 1 })]],
};

const STORE = new Set(['PutObject', 'GetObject', 'DeleteObjects', 'ListObjectsV2']);

export class Mishaps {
  readonly #random: Random;
  readonly #probability: number;

  /** @param probability that something befalls a call */
  constructor(random: Random, probability: number) {
    this.#random = random;
    this.#probability = probability;
  }

  /** Makes the call, or what becomes of it. */
  async handle(call: Call): Promise<Fields> {
    if (!this.#random.chance(this.#probability)) return call.proceed();
    const { operation } = call;
    const choices = [
      ...ANYWHERE,
      ...(STORE.has(operation) ? [] : DATABASE),
      ...(PARTICULAR[operation] ?? []),
    ];
    const draws = choices.flatMap(([weight, handle]) =>
      Array.from({ length: weight }, () => handle),
    );
    return this.#random.pick(draws)(call);
  }
}
