/**
 * Conditional requests (RFC 9110 section 13, and S3's conditional writes). Pure.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
 */
import { S3Error } from '../errors.ts';
import type { Headers } from './request.ts';

/** Of a stored object, what conditions are about. */
export interface Validators {
  /** Without quotes. */
  readonly etag: string;
  /** Milliseconds since the epoch. */
  readonly modified: number;
}

/**
 * Checks If-None-Match and If-Match of a put, a copy's destination or a completed upload.
 * @throws S3Error PreconditionFailed; NoSuchKey if If-Match names an object that does not exist;
 *   NotImplemented for If-None-Match with anything but `*`
 */
export function requireWritable(headers: Headers, current: Validators | undefined): void {
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') throw new S3Error('NotImplemented');
  if (ifNoneMatch === '*' && current) throw failed('If-None-Match');
  requireMatch(headers['if-match'], current);
}

/** If-Match alone, which is all that a deletion knows. */
export function requireMatch(ifMatch: string | undefined, current: Validators | undefined): void {
  if (ifMatch === undefined) return;
  if (!current) throw new S3Error('NoSuchKey');
  if (!matches(ifMatch, current.etag)) throw failed('If-Match');
}

/**
 * Whether a get is to be answered with the object, or with 304.
 * @throws S3Error PreconditionFailed
 */
export function evaluateRead(headers: Headers, object: Validators): 'send' | 'not modified' {
  requireCurrent(headers['if-match'], headers['if-unmodified-since'], object);
  return isUnchanged(headers['if-none-match'], headers['if-modified-since'], object)
    ? 'not modified'
    : 'send';
}

/**
 * The conditions of a copy on its source.
 * @throws S3Error PreconditionFailed
 */
export function requireCopySource(headers: Headers, source: Validators): void {
  const of = (name: string) => headers[`x-amz-copy-source-${name}`];
  requireCurrent(of('if-match'), of('if-unmodified-since'), source);
  if (isUnchanged(of('if-none-match'), of('if-modified-since'), source)) {
    throw failed('x-amz-copy-source-If-None-Match');
  }
}

function requireCurrent(
  ifMatch: string | undefined,
  ifUnmodifiedSince: string | undefined,
  object: Validators,
): void {
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, object.etag)) throw failed('If-Match');
  } else if (isAfter(object.modified, ifUnmodifiedSince) === true) {
    throw failed('If-Unmodified-Since');
  }
}

function isUnchanged(
  ifNoneMatch: string | undefined,
  ifModifiedSince: string | undefined,
  object: Validators,
): boolean {
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, object.etag);
  return isAfter(object.modified, ifModifiedSince) === false;
}

/** HTTP dates have whole seconds. `undefined` if there is no date, or none that can be read. */
function isAfter(modified: number, date: string | undefined): boolean | undefined {
  const instant = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(instant)) return undefined;
  return Math.floor(modified / 1000) * 1000 > instant;
}

function matches(header: string, etag: string): boolean {
  return header
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, '').replaceAll('"', ''))
    .some((tag) => tag === '*' || tag === etag);
}

function failed(condition: string): S3Error {
  return new S3Error('PreconditionFailed', { details: { Condition: condition } });
}
