/** PutObject, GetObject, HeadObject, DeleteObject and DeleteObjects. */
import { receiveBody, receiveText } from '../body/receive.ts';
import { asS3Error, S3Error } from '../errors.ts';
import type { ObjectEventName } from '../events.ts';
import { evaluateRead, requireWritable } from '../http/preconditions.ts';
import { type ByteRange, parseRange } from '../http/range.ts';
import type { S3Request } from '../http/request.ts';
import { empty, type S3Response, xml } from '../http/response.ts';
import { document, element, parent, parseXml } from '../http/xml.ts';
import type { Description, ObjectRecord } from '../storage/records.ts';
import { commitObject, removeObject } from './commit.ts';
import { readObject } from './content.ts';
import { checksumHeaders, objectHeaders, quote, readDescription } from './description.ts';
import type { Operation, Services } from './services.ts';

const MAX_DELETIONS = 1000;

/** Query parameters of a get that replace headers of the answer. */
const RESPONSE_OVERRIDES = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];

export const putObject: Operation = async (services, request) => {
  const { metadata } = services;
  const { bucket, key, headers } = request;
  metadata.bucket(bucket);
  const description = readDescription(headers);
  // Asked again at the commit; asked here to spare the client a body that would be thrown away.
  requireWritable(headers, await metadata.object(bucket, key));
  const object = await storeBody(services, request, description, 'ObjectCreated:Put');
  return empty(200, { etag: quote(object.etag), ...checksumHeaders(object.checksum) });
};

/** Makes the body of a request the object that it is about. @throws what `receiveBody` and `commitObject` throw */
export async function storeBody(
  services: Services,
  request: S3Request,
  description: Description,
  event: ObjectEventName,
): Promise<ObjectRecord> {
  const { blob, sums, result } = await services.blobs.create((sink) => receiveBody(request, sink));
  const draft = {
    ...description,
    key: request.key,
    segments: [{ blob, size: result.size, sums }],
    size: result.size,
    etag: result.md5.toString('hex'),
    ...(result.checksum && { checksum: { ...result.checksum, type: 'FULL_OBJECT' as const } }),
  };
  return commitObject(services, request, draft, event);
}

export const getObject: Operation = async (services, request) => {
  const { object, release } = await pinObject(services, request);
  try {
    const { response, range } = describe(request, object);
    if (response.status === 304) {
      release();
      return response;
    }
    const body = readObject(services.blobs, object, range).once('close', release);
    return { ...response, body };
  } catch (error) {
    release();
    throw error;
  }
};

export const headObject: Operation = async (services, request) => {
  const { object, release } = await pinObject(services, request);
  release();
  return describe(request, object).response;
};

export const deleteObject: Operation = async (services, request) => {
  services.metadata.bucket(request.bucket);
  requireCurrentVersion(request.query.get('versionId') ?? undefined);
  await removeObject(services, request, request.key, request.headers['if-match']);
  return empty(204);
};

export const deleteObjects: Operation = async (services, request) => {
  services.metadata.bucket(request.bucket);
  const root = parseXml(await receiveText(request), 'Delete');
  const targets = root.children('Object');
  if (targets.length === 0 || targets.length > MAX_DELETIONS) throw new S3Error('MalformedXML');
  const quiet = root.text('Quiet')?.trim().toLowerCase() === 'true';
  const keys = targets.map((target) => {
    const key = target.text('Key');
    if (!key) throw new S3Error('MalformedXML');
    return { key, version: target.text('VersionId'), etag: target.text('ETag') };
  });
  // Side by side, so that they share the waits for the disk.
  const results = await Promise.all(
    keys.map(async ({ key, version, etag }) => {
      try {
        requireCurrentVersion(version);
        await removeObject(services, request, key, etag);
        return quiet ? '' : parent('Deleted', element('Key', key));
      } catch (error) {
        const { code, message } = asS3Error(error);
        const reason = [element('Code', code), element('Message', message)];
        return parent('Error', element('Key', key), ...reason);
      }
    }),
  );
  return xml(document('DeleteResult', ...results));
};

/** @throws S3Error NoSuchVersion: buckets keep no versions, and the only id is `null`. */
export function requireCurrentVersion(versionId: string | undefined): void {
  if (versionId === undefined || versionId === 'null') return;
  throw new S3Error('NoSuchVersion', { details: { VersionId: versionId } });
}

/**
 * The object with its blobs pinned.
 * @throws S3Error NoSuchBucket, NoSuchKey, NoSuchVersion
 */
async function pinObject({ metadata, blobs }: Services, { bucket, key, query }: S3Request) {
  metadata.bucket(bucket);
  requireCurrentVersion(query.get('versionId') ?? undefined);
  const { record, release } = await blobs.pinned(() => metadata.object(bucket, key));
  if (!record) throw new S3Error('NoSuchKey', { details: { Key: key } });
  return { object: record, release };
}

/** Status and headers of a get or head, and which bytes it is about. */
function describe(
  { headers, query }: S3Request,
  object: ObjectRecord,
): { response: S3Response; range: ByteRange | undefined } {
  const described = objectHeaders(object);
  if (evaluateRead(headers, object) === 'not modified') {
    const { etag, 'last-modified': lastModified } = described;
    const kept = { etag: etag!, 'last-modified': lastModified! };
    return { response: { status: 304, headers: kept }, range: undefined };
  }
  const part = partRange(object, query.get('partNumber') ?? undefined);
  const range = part ?? parseRange(headers.range, object.size);
  for (const name of RESPONSE_OVERRIDES) {
    const value = query.get(`response-${name}`);
    if (value !== null) described[name] = value;
  }
  if (headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED' && !range) {
    Object.assign(described, checksumHeaders(object.checksum));
  }
  if (part) described['x-amz-mp-parts-count'] = String(object.segments.length);
  if (range) described['content-range'] = `bytes ${range.start}-${range.end}/${object.size}`;
  described['content-length'] = String(range ? range.end - range.start + 1 : object.size);
  return { response: { status: range ? 206 : 200, headers: described }, range };
}

/** @throws S3Error InvalidRange for a part that the object does not have */
function partRange(object: ObjectRecord, partNumber: string | undefined): ByteRange | undefined {
  if (partNumber === undefined || object.size === 0) return undefined;
  const index = Number(partNumber) - 1;
  const segment = object.segments[index];
  if (!segment) throw new S3Error('InvalidRange');
  const start = object.segments.slice(0, index).reduce((sum, { size }) => sum + size, 0);
  return { start, end: start + segment.size - 1 };
}
