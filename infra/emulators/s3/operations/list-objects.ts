/** ListObjectsV2 and ListObjects: pages of keys as XML. */
import { S3Error } from '../errors.ts';
import type { S3Request } from '../http/request.ts';
import { xml } from '../http/response.ts';
import { document, element, parent } from '../http/xml.ts';
import type { ObjectRecord } from '../storage/records.ts';
import { quote } from './description.ts';
import { firstKey, type Page, type PageRequest, readPage } from './listing.ts';
import type { Operation, Services } from './services.ts';

const MAX_KEYS = 1000;

/** How names are written: percent-encoded if the client asked for it, which XML cannot garble. */
type NameEncoder = (name: string) => string;

export const listObjectsV2: Operation = async (services, request) => {
  const { query } = request;
  const token = query.get('continuation-token') ?? undefined;
  const startAfter = query.get('start-after') ?? undefined;
  const after = token === undefined ? startAfter : readToken(token);
  const page = await list(services, request, after ?? '');
  const name = nameEncoder(query);
  const owner = query.get('fetch-owner') === 'true';
  return xml(
    document(
      'ListBucketResult',
      ...common(request, page, name),
      element('KeyCount', page.objects.length + page.commonPrefixes.length),
      element('ContinuationToken', token),
      element('NextContinuationToken', page.next && writeToken(page.next)),
      element('StartAfter', startAfter && name(startAfter)),
      ...entries(page, name, owner),
    ),
  );
};

export const listObjects: Operation = async (services, request) => {
  const marker = request.query.get('marker') ?? '';
  const page = await list(services, request, marker);
  const name = nameEncoder(request.query);
  // Without a delimiter clients continue after the last key, and S3 sends no marker.
  const next = request.query.get('delimiter') ? page.next : undefined;
  return xml(
    document(
      'ListBucketResult',
      ...common(request, page, name),
      element('Marker', name(marker)),
      element('NextMarker', next && name(next)),
      ...entries(page, name, true),
    ),
  );
};

/** Buckets keep no versions: the one that there is of each object is the latest, and its id is `null`. */
export const listObjectVersions: Operation = async (services, request) => {
  const marker = request.query.get('key-marker') ?? '';
  const page = await list(services, request, marker);
  const name = nameEncoder(request.query);
  const versions = page.objects.map((object) =>
    parent(
      'Version',
      element('Key', name(object.key)),
      element('VersionId', 'null'),
      element('IsLatest', true),
      element('LastModified', new Date(object.modified).toISOString()),
      element('ETag', quote(object.etag)),
      element('Size', object.size),
      element('StorageClass', 'STANDARD'),
      parent('Owner', element('ID', 'local')),
    ),
  );
  const prefixes = page.commonPrefixes.map((prefix) =>
    parent('CommonPrefixes', element('Prefix', name(prefix))),
  );
  return xml(
    document(
      'ListVersionsResult',
      ...common(request, page, name),
      element('KeyMarker', name(marker)),
      element('NextKeyMarker', page.next && name(page.next)),
      element('NextVersionIdMarker', page.next && 'null'),
      ...versions,
      ...prefixes,
    ),
  );
};

async function list({ metadata }: Services, request: S3Request, after: string): Promise<Page> {
  const { bucket, query } = request;
  metadata.bucket(bucket);
  const page: PageRequest = {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    after,
    maxEntries: maxKeys(query),
  };
  const cursor = metadata.objectsFrom(bucket, firstKey(page));
  return readPage(cursor, page);
}

/** Elements that both versions have. */
function common({ bucket, query }: S3Request, page: Page, name: NameEncoder): string[] {
  const delimiter = query.get('delimiter');
  return [
    element('Name', bucket),
    element('Prefix', name(query.get('prefix') ?? '')),
    element('Delimiter', delimiter ? name(delimiter) : undefined),
    element('MaxKeys', maxKeys(query)),
    element('EncodingType', query.get('encoding-type') ?? undefined),
    element('IsTruncated', page.next !== undefined),
  ];
}

function entries(page: Page, name: NameEncoder, owner: boolean): string[] {
  return [
    ...page.objects.map((object) => contents(object, name, owner)),
    ...page.commonPrefixes.map((prefix) =>
      parent('CommonPrefixes', element('Prefix', name(prefix))),
    ),
  ];
}

function contents(object: ObjectRecord, name: NameEncoder, owner: boolean): string {
  return parent(
    'Contents',
    element('Key', name(object.key)),
    element('LastModified', new Date(object.modified).toISOString()),
    element('ETag', quote(object.etag)),
    element('ChecksumAlgorithm', object.checksum?.algorithm),
    element('ChecksumType', object.checksum?.type),
    element('Size', object.size),
    owner ? parent('Owner', element('ID', 'local')) : '',
    element('StorageClass', 'STANDARD'),
  );
}

/** @throws S3Error InvalidArgument */
function nameEncoder(query: URLSearchParams): NameEncoder {
  const type = query.get('encoding-type');
  if (type === null) return (name) => name;
  if (type === 'url') return (name) => encodeURIComponent(name).replaceAll('%2F', '/');
  throw new S3Error('InvalidArgument', { message: 'Invalid Encoding Method specified in Request' });
}

/** @throws S3Error InvalidArgument */
function maxKeys(query: URLSearchParams): number {
  const value = query.get('max-keys');
  if (value === null || value === '') return MAX_KEYS;
  if (!/^\d{1,10}$/.test(value)) {
    throw new S3Error('InvalidArgument', {
      message: 'Argument maxKeys must be an integer between 0 and 2147483647',
    });
  }
  return Math.min(Number(value), MAX_KEYS);
}

function writeToken(entry: string): string {
  return Buffer.from(entry).toString('base64url');
}

/** @throws S3Error InvalidArgument for what `writeToken` did not make */
function readToken(token: string): string {
  const entry = Buffer.from(token, 'base64url').toString();
  if (entry === '' || writeToken(entry) !== token) {
    throw new S3Error('InvalidArgument', {
      message: 'The continuation token provided is incorrect',
    });
  }
  return entry;
}
