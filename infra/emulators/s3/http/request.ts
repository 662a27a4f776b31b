/**
 * An S3 request, read from HTTP: which bucket and key it is about, in path style
 * (`/bucket/key`) or virtual-host style (`bucket.localhost`).
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { S3Error } from '../errors.ts';

const MAX_KEY_BYTES = 1024;

export type Headers = Readonly<Record<string, string | undefined>>;

export interface S3Request {
  /** 16 hexadecimal digits, returned to the client. */
  readonly id: string;
  readonly method: string;
  /** As sent, still percent-encoded: this is what a signature covers. */
  readonly path: string;
  /** Whether the bucket is named in the host rather than in the path. */
  readonly virtualHosted: boolean;
  readonly query: URLSearchParams;
  /** The names of the headers that were sent as such, rather than in a presigned query. */
  readonly sentHeaders: readonly string[];
  /** By lower-case name; a header sent twice is joined with `, `. */
  readonly headers: Headers;
  /** Empty if the request is about the service. */
  readonly bucket: string;
  /** Empty if the request is about the bucket. */
  readonly key: string;
  /** Abandoning it midway leaves the connection open, so that an error can still be answered. */
  readonly body: AsyncIterable<Buffer>;
}

/** 16 hexadecimal digits. */
export function newRequestId(): string {
  return randomBytes(8).toString('hex').toUpperCase();
}

/** @throws S3Error InvalidURI, KeyTooLongError */
export function readRequest(message: IncomingMessage, id: string): S3Request {
  const target = message.url ?? '/';
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1));
  const sent = joinedHeaders(message);
  const sentHeaders = Object.keys(sent);
  const headers = { ...hoistedHeaders(query), ...sent };
  const virtualBucket = /^(.+)\.localhost(?::\d+)?$/.exec(headers.host ?? '')?.[1];
  const [bucket, key] = virtualBucket ? [virtualBucket, decode(path.slice(1))] : splitPath(path);
  requireKey(key);
  const body = message.iterator({ destroyOnReturn: false });
  const method = message.method ?? 'GET';
  const virtualHosted = virtualBucket !== undefined;
  return { id, method, path, virtualHosted, query, sentHeaders, headers, bucket, key, body };
}

/** @throws S3Error KeyTooLongError */
export function requireKey(key: string): void {
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) throw new S3Error('KeyTooLongError');
}

/** A copy source is `bucket/key`, percent-encoded, with an optional slash before it and `?versionId=`. */
export function readCopySource(header: string): { bucket: string; key: string } {
  const mark = header.indexOf('?versionId=');
  if (mark >= 0 && header.slice(mark) !== '?versionId=null') throw new S3Error('NoSuchVersion');
  // Decoded before it is split: clients may escape the slash between bucket and key.
  const source = decode(mark < 0 ? header : header.slice(0, mark));
  const [, bucket, key] = /^\/?([^/]+)\/(.+)$/s.exec(source) ?? [];
  if (bucket === undefined || key === undefined) {
    throw new S3Error('InvalidArgument', {
      message: 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    });
  }
  return { bucket, key };
}

function splitPath(path: string): [bucket: string, key: string] {
  if (!path.startsWith('/')) throw new S3Error('InvalidURI');
  const slash = path.indexOf('/', 1);
  if (slash < 0) return [decode(path.slice(1)), ''];
  return [decode(path.slice(1, slash)), decode(path.slice(slash + 1))];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new S3Error('InvalidURI', { cause });
  }
}

function joinedHeaders(message: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, values] of Object.entries(message.headersDistinct)) {
    if (values) headers[name] = values.join(', ');
  }
  return headers;
}

/**
 * A presigned URL may carry `x-amz-*` headers in its query, and S3 reads them from there. Checksums
 * are left out: an SDK that presigns a put computes them over a body it does not have.
 */
function hoistedHeaders(query: URLSearchParams): Record<string, string> {
  const isV2 = query.has('Signature');
  if (!isV2 && !query.has('X-Amz-Signature')) return {};
  const headers: Record<string, string> = {};
  for (const [name, value] of query) {
    const header = name.toLowerCase();
    const isContent = isV2 && (header === 'content-type' || header === 'content-md5');
    const isAmz = header.startsWith('x-amz-') && !header.startsWith('x-amz-checksum-');
    if (isAmz || isContent) headers[header] = value;
  }
  return headers;
}
