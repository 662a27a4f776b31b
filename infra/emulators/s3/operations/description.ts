/** What a client says about an object, between HTTP headers and records. Pure. */
import { checksumHeader } from '../body/checksums.ts';
import { S3Error } from '../errors.ts';
import type { Headers } from '../http/request.ts';
import type { Description, ObjectRecord, Tag } from '../storage/records.ts';

const STANDARD_HEADERS = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];

const USER_PREFIX = 'x-amz-meta-';
const MAX_USER_METADATA_BYTES = 2048;
const MAX_TAGS = 10;

/** @throws S3Error MetadataTooLarge, InvalidTag */
export function readDescription(headers: Headers): Description {
  const standard: Record<string, string> = {};
  for (const name of STANDARD_HEADERS) {
    const value = name === 'content-encoding' ? storedEncoding(headers[name]) : headers[name];
    if (value) standard[name] = value;
  }
  standard['content-type'] ??= 'binary/octet-stream';
  const userMetadata: Record<string, string> = {};
  let bytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(USER_PREFIX) || value === undefined) continue;
    userMetadata[name.slice(USER_PREFIX.length)] = value;
    bytes += Buffer.byteLength(name) - USER_PREFIX.length + Buffer.byteLength(value);
  }
  if (bytes > MAX_USER_METADATA_BYTES) throw new S3Error('MetadataTooLarge');
  return { headers: standard, userMetadata, tags: readTagging(headers['x-amz-tagging']) };
}

/** The headers that describe an object on a get or a head, `content-length` apart. */
export function objectHeaders(object: ObjectRecord): Record<string, string> {
  const headers: Record<string, string> = {
    ...object.headers,
    etag: quote(object.etag),
    'last-modified': new Date(object.modified).toUTCString(),
    'accept-ranges': 'bytes',
  };
  for (const [name, value] of Object.entries(object.userMetadata)) {
    headers[USER_PREFIX + name] = value;
  }
  if (object.tags.length > 0) headers['x-amz-tagging-count'] = String(object.tags.length);
  return headers;
}

/** The headers that carry a stored checksum; none if there is none. */
export function checksumHeaders(checksum: ObjectRecord['checksum']): Record<string, string> {
  if (!checksum) return {};
  return {
    [checksumHeader(checksum.algorithm)]: checksum.value,
    'x-amz-checksum-type': checksum.type,
  };
}

/** ETags travel in quotes. */
export function quote(etag: string): string {
  return `"${etag}"`;
}

/** @throws S3Error InvalidTag unless there are at most 10 distinct keys of permitted length. */
export function requireValidTags(tags: readonly Tag[]): readonly Tag[] {
  const keys = new Set(tags.map((tag) => tag.key));
  const wellFormed = tags.every(
    ({ key, value }) => key.length >= 1 && key.length <= 128 && value.length <= 256,
  );
  if (tags.length > MAX_TAGS || keys.size < tags.length || !wellFormed) {
    throw new S3Error('InvalidTag');
  }
  return tags;
}

function readTagging(header: string | undefined): readonly Tag[] {
  const pairs = [...new URLSearchParams(header ?? '')];
  return requireValidTags(pairs.map(([key, value]) => ({ key, value })));
}

/** `aws-chunked` describes the transfer, not the object. */
function storedEncoding(header: string | undefined): string | undefined {
  return header
    ?.split(',')
    .map((encoding) => encoding.trim())
    .filter((encoding) => encoding !== 'aws-chunked')
    .join(',');
}
