/** What whoever runs the server decides about requests before they are read, and is told after. */
import type { IncomingHttpHeaders } from 'node:http';

/** Who has signed a request. */
export interface Signer {
  readonly accessKeyId: string;
  readonly isVerified: boolean;
}

export interface Visitor {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

/** Web pages and names that are not let in. */
export interface Door {
  /**
   * 421 for a `Host` that is not this server's. 403 for a request that a web page of elsewhere makes; it is
   * served nevertheless if it carries a signature that is verified, or if its bucket's CORS rules allow it.
   */
  refuse(visitor: Visitor): { readonly status: 403 | 421; readonly message: string } | undefined;
  /** The headers that let a page read the answer, beside those of the bucket's CORS rules. */
  corsHeaders(visitor: Visitor): Record<string, string>;
}

/** A request that has been answered. */
export interface Answered {
  readonly requestId: string;
  /** What was asked for, in the words of the router, such as `PUT object ?tagging`. */
  readonly operation: string | undefined;
  readonly status: number;
  readonly milliseconds: number;
  /** Undefined for a request that was refused before, or that nobody has signed. */
  readonly signer: Signer | undefined;
  /** S3's code of the error that was answered. */
  readonly code: string | undefined;
  /** What was a fault of the server. */
  readonly fault: Error | undefined;
}

/** Buckets that only one key may use, whatever others may. */
export interface Reserved {
  readonly buckets: readonly string[];
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}
