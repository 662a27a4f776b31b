/**
 * What is known of a request while it is answered. Each step of the chain adds a fact, once; a step or handler
 * that needs a fact which is not there ends the request. So a chain whose steps are missing or in another order
 * refuses what it should allow, and never allows what it should refuse.
 */
import type { Claim, Principal } from './auth/index.ts';
import type { Call } from './call.ts';
import type { ErrorName } from './errors.ts';
import type { GatewayRequest } from './gateway.ts';
import type { Operation, PreparedCall } from './operation.ts';

export interface Received {
  readonly request: GatewayRequest;
  readonly call: Call;
  /** Milliseconds, of the clock that measures. */
  readonly startedAt: number;
  /** What the request says of itself, proved or not. */
  readonly claim: Claim;
}

interface Facts<Services> {
  /** Who makes the request; `anybody` where nobody is asked who they are. */
  readonly caller: Principal | 'anybody';
  readonly operation: Operation<Services>;
  /** The caller may call the operation. */
  readonly operationAllowed: Operation<Services>;
  /** Its input, decoded and validated. */
  readonly prepared: PreparedCall<Services>;
  /** The caller may use what the input names. */
  readonly resourceAllowed: PreparedCall<Services>;
  readonly errorName: ErrorName;
  /** How many faces the answer is about. */
  readonly faces: number;
}

/** The chain is put together wrongly: a fault of ours, whatever was asked. */
export class ChainError extends Error {
  override readonly name = 'ChainError';
}

export class Exchange<Services> {
  readonly received: Received;
  readonly #facts: Partial<Facts<Services>> = {};

  constructor(received: Received) {
    this.received = received;
  }

  /** @throws ChainError if it is known already */
  learn<K extends keyof Facts<Services>>(name: K, fact: Facts<Services>[K]): void {
    if (name in this.#facts) throw new ChainError(`The ${name} of a request is learned twice.`);
    this.#facts[name] = fact;
  }

  /** @throws ChainError if it is not known yet */
  known<K extends keyof Facts<Services>>(name: K): Facts<Services>[K] {
    const fact = this.#facts[name];
    if (fact === undefined) throw new ChainError(`The ${name} of a request is not known yet.`);
    return fact;
  }

  /** For the log, which is written however far a request came. */
  ifKnown<K extends keyof Facts<Services>>(name: K): Facts<Services>[K] | undefined {
    return this.#facts[name];
  }
}
