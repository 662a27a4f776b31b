/** What the thread of a store is asked, and what it answers. */
import type { Bounds, Entry, PageRequest, Problem, Write } from './entries.ts';

export interface WorkerSettings {
  readonly file: string | undefined;
  readonly create: boolean;
}

export type Request =
  | { readonly kind: 'open'; readonly settings: WorkerSettings }
  | { readonly kind: 'get'; readonly keys: readonly Uint8Array[] }
  | { readonly kind: 'page'; readonly page: PageRequest }
  | { readonly kind: 'commit'; readonly writes: readonly Write[] }
  | { readonly kind: 'clear'; readonly bounds: Bounds }
  | { readonly kind: 'check' }
  | { readonly kind: 'close' };

export interface Answers {
  readonly open: undefined;
  readonly get: readonly (Uint8Array | undefined)[];
  readonly page: readonly Entry[];
  readonly commit: undefined;
  readonly clear: undefined;
  readonly check: readonly Problem[];
  readonly close: undefined;
}

export interface Asked {
  readonly id: number;
  readonly request: Request;
}

/** Errors lose their class on the way between threads. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  /** What the system called it, such as ENOSPC. */
  readonly code: string | undefined;
}

export type Answered = { readonly id: number } & (
  | { readonly answer: unknown }
  | { readonly failure: Failure }
);
