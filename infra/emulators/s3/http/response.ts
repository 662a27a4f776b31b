/** An S3 answer before it is written to HTTP. */
import type { Readable } from 'node:stream';

export interface S3Response {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** XML text, or an object's bytes. A stream must come with its `content-length`. */
  readonly body?: string | Readable;
}

/** An answer without a body. */
export function empty(
  status: 200 | 204,
  headers: Readonly<Record<string, string>> = {},
): S3Response {
  // 204 may not have a length, and without one 200 would be sent in chunks.
  return { status, headers: status === 204 ? headers : { 'content-length': '0', ...headers } };
}

/** 200 with an XML document. */
export function xml(body: string, headers: Readonly<Record<string, string>> = {}): S3Response {
  return { status: 200, headers: { 'content-type': 'application/xml', ...headers }, body };
}
