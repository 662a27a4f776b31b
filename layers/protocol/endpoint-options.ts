/** What an endpoint is made of, and what it tells of each request. */
import type { Authenticate } from './auth/index.ts';
import type { ErrorName, ServiceError } from './errors.ts';
import type { Operation } from './operation.ts';

/** One line for every request; never what a request contained. */
export interface RequestLog {
  readonly requestId: string;
  readonly operation: string | undefined;
  readonly status: number;
  readonly milliseconds: number;
  /** The access key that the request proved to have. */
  readonly keyId: string | undefined;
  /** The key that a request only names, if it was not found to have it. */
  readonly claimedKeyId: string | undefined;
  /** The collection that it names, in the form of an id. */
  readonly collection: string | undefined;
  /** How many faces the answer is about. */
  readonly faces: number | undefined;
  /** The error that was answered: what refusals are counted by. */
  readonly errorName: ErrorName | undefined;
  /** What went wrong, in full. */
  readonly error?: Error | undefined;
}

/** A request of somebody who is known, as it was answered: for whoever must account for it. */
export interface RequestRecord {
  readonly requestId: string;
  /** Undefined where nobody is asked who they are. */
  readonly keyId: string | undefined;
  readonly operation: string;
  readonly collection: string | undefined;
  readonly status: number;
  readonly errorName: ErrorName | undefined;
  /** Decoded and validated; undefined if it could not be. */
  readonly input: object | undefined;
  /** Undefined for an error. */
  readonly output: object | undefined;
}

export interface EndpointOptions<Services> {
  readonly operations: readonly Operation<Services>[];
  readonly services: () => Promise<Services>;
  readonly authenticate: Authenticate;
  /** Turns an error of a layer into the one of the API; `undefined` if it knows none. */
  readonly translate: (error: unknown) => ServiceError | undefined;
  /** For requests that are not signed for a region. */
  readonly region: string;
  readonly log: (entry: RequestLog) => void;
  /** Waited for before an answer is given: one that cannot be recorded is an error instead. Default: none. */
  readonly record?: ((record: RequestRecord) => Promise<void>) | undefined;
  /** Milliseconds, for measuring. */
  readonly clock: () => number;
}
