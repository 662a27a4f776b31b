/** CopyObject and UploadPartCopy: objects and parts made of bytes that are already here. */
import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ChecksumAlgorithm, createChecksum } from '../body/checksums.ts';
import { S3Error } from '../errors.ts';
import { requireCopySource, requireWritable } from '../http/preconditions.ts';
import { type ByteRange, parseRange } from '../http/range.ts';
import { readCopySource, type S3Request } from '../http/request.ts';
import { xml } from '../http/response.ts';
import { document, element } from '../http/xml.ts';
import type { Description, ObjectRecord, Segment } from '../storage/records.ts';
import { commitObject } from './commit.ts';
import { readObject } from './content.ts';
import { quote, readDescription } from './description.ts';
import { checksumElement, commitPart, partNumber, uploadOf } from './multipart.ts';
import type { Operation, Services } from './services.ts';

const MAX_COPY_BYTES = 5 * 1024 ** 3;

export const copyObject: Operation = async (services, request) => {
  const { metadata } = services;
  const { bucket, key, headers } = request;
  metadata.bucket(bucket);
  const { source, sameObject, release } = await pinSource(services, request);
  let segments: Segment[];
  let description: Description;
  try {
    if (source.size > MAX_COPY_BYTES) throw tooLarge();
    requireWritable(headers, await metadata.object(bucket, key));
    const replaces = headers['x-amz-metadata-directive'] === 'REPLACE';
    if (sameObject && !replaces) {
      throw new S3Error('InvalidRequest', {
        message:
          "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
      });
    }
    description = copiedDescription(request, source);
    segments = await duplicate(services, source.segments);
  } finally {
    release();
  }
  const { size, etag, checksum } = source;
  const object = await commitObject(
    services,
    request,
    { ...description, key, segments, size, etag, ...(checksum && { checksum }) },
    'ObjectCreated:Copy',
  );
  return xml(
    document(
      'CopyObjectResult',
      element('LastModified', new Date(object.modified).toISOString()),
      element('ETag', quote(object.etag)),
      checksumElement(checksum),
      element('ChecksumType', checksum?.type),
    ),
  );
};

export const uploadPartCopy: Operation = async (services, request) => {
  const upload = await uploadOf(services, request);
  const number = partNumber(request);
  const { source, release } = await pinSource(services, request);
  let copied: Awaited<ReturnType<typeof copyBytes>>;
  try {
    const range = sourceRange(request, source.size);
    copied = await copyBytes(services, source, range, upload.checksum?.algorithm);
  } finally {
    release();
  }
  const { blob, sums, result } = copied;
  const part = await commitPart(services, request, { number, blob, sums, ...result });
  return xml(
    document(
      'CopyPartResult',
      element('LastModified', new Date(part.modified).toISOString()),
      element('ETag', quote(part.etag)),
      checksumElement(part.checksum),
    ),
  );
};

/**
 * The object that the request names as its source, with its blobs pinned.
 * @throws S3Error NoSuchBucket, NoSuchKey, PreconditionFailed, InvalidArgument
 */
async function pinSource({ metadata, blobs }: Services, request: S3Request) {
  const { bucket, key } = readCopySource(request.headers['x-amz-copy-source'] ?? '');
  metadata.bucket(bucket);
  const { record: source, release } = await blobs.pinned(() => metadata.object(bucket, key));
  try {
    if (!source) throw new S3Error('NoSuchKey', { details: { Key: key } });
    requireCopySource(request.headers, source);
  } catch (error) {
    release();
    throw error;
  }
  const sameObject = bucket === request.bucket && key === request.key;
  return { source, sameObject, release };
}

/** @throws S3Error InvalidArgument, InvalidRange */
function sourceRange({ headers }: S3Request, size: number): ByteRange | undefined {
  const header = headers['x-amz-copy-source-range'];
  const range = parseRange(header, size);
  if (header === undefined || range) return range;
  throw new S3Error('InvalidArgument', {
    message: 'The x-amz-copy-source-range value must be of the form bytes=first-last',
  });
}

function copiedDescription({ headers }: S3Request, source: ObjectRecord): Description {
  const sent = readDescription(headers);
  const described = headers['x-amz-metadata-directive'] === 'REPLACE' ? sent : source;
  const tagged = headers['x-amz-tagging-directive'] === 'REPLACE' ? sent : source;
  return {
    headers: described.headers,
    userMetadata: described.userMetadata,
    tags: tagged.tags,
  };
}

/** New names for the same bytes; all of them or, if one fails, none. */
async function duplicate({ blobs }: Services, segments: readonly Segment[]): Promise<Segment[]> {
  const copies: Segment[] = [];
  try {
    for (const segment of segments) {
      copies.push({ ...segment, blob: await blobs.duplicate(segment.blob) });
    }
    return copies;
  } catch (error) {
    await blobs.remove(copies.map((copy) => copy.blob));
    throw error;
  }
}

/** Bytes of `source` into a blob of their own, with what a part needs to know of them. */
function copyBytes(
  { blobs }: Services,
  source: ObjectRecord,
  range: ByteRange | undefined,
  algorithm: ChecksumAlgorithm | undefined,
) {
  const md5 = createHash('md5');
  const checksum = algorithm && createChecksum(algorithm);
  let size = 0;
  const measure = new Transform({
    transform(data: Buffer, _encoding, done) {
      size += data.length;
      md5.update(data);
      checksum?.update(data);
      done(null, data);
    },
  });
  return blobs.create(async (sink) => {
    await pipeline(readObject(blobs, source, range), measure, sink);
    const etag = md5.digest('hex');
    if (!algorithm || !checksum) return { size, etag };
    return { size, etag, checksum: { algorithm, value: checksum.digest().toString('base64') } };
  });
}

function tooLarge(): S3Error {
  return new S3Error('InvalidRequest', {
    message:
      'The specified copy source is larger than the maximum allowable size for a copy source: 5368709120',
  });
}
