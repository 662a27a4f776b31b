/**
 * CreateMultipartUpload, UploadPart, AbortMultipartUpload, ListParts and ListMultipartUploads.
 * Completing an upload is in `complete-upload.ts`.
 */
import { randomBytes } from 'node:crypto';
import {
  type ChecksumAlgorithm,
  checksumHeader,
  defaultChecksumType,
  isChecksumTypeAllowed,
  parseAlgorithm,
} from '../body/checksums.ts';
import { receiveBody } from '../body/receive.ts';
import { S3Error } from '../errors.ts';
import type { S3Request } from '../http/request.ts';
import { empty, xml } from '../http/response.ts';
import { document, element, parent } from '../http/xml.ts';
import type { PartRecord, UploadRecord } from '../storage/records.ts';
import { blobNames } from './commit.ts';
import { quote, readDescription } from './description.ts';
import type { Operation, Services } from './services.ts';

const MAX_PARTS = 10_000;
const MAX_LISTED = 1000;

export const createUpload: Operation = async ({ metadata, clock }, request) => {
  const { bucket, key, headers } = request;
  metadata.bucket(bucket);
  const checksum = uploadChecksum(request);
  const upload: UploadRecord = {
    ...readDescription(headers),
    id: randomBytes(24).toString('base64url'),
    bucket,
    key,
    initiated: clock().getTime(),
    ...(checksum && { checksum }),
  };
  await metadata.putUpload(upload);
  return xml(
    document(
      'InitiateMultipartUploadResult',
      element('Bucket', bucket),
      element('Key', key),
      element('UploadId', upload.id),
    ),
    checksum && {
      'x-amz-checksum-algorithm': checksum.algorithm,
      'x-amz-checksum-type': checksum.type,
    },
  );
};

export const uploadPart: Operation = async (services, request) => {
  const upload = await uploadOf(services, request);
  const number = partNumber(request);
  const algorithm = upload.checksum?.algorithm;
  const { blob, sums, result } = await services.blobs.create(async (sink) => {
    const received = await receiveBody(request, sink, algorithm && { compute: algorithm });
    requireAlgorithm(algorithm, received.checksum?.algorithm);
    return received;
  });
  const { checksum, md5, size } = result;
  const part = await commitPart(services, request, {
    number,
    blob,
    sums,
    size,
    etag: md5.toString('hex'),
    ...(checksum && { checksum }),
  });
  return empty(200, {
    etag: quote(part.etag),
    ...(checksum && { [checksumHeader(checksum.algorithm)]: checksum.value }),
  });
};

export const abortUpload: Operation = async (services, request) => {
  const { metadata, blobs, locks } = services;
  const parts = await locks.key(request.bucket, request.key, async () => {
    const upload = await uploadOf(services, request);
    const uploaded = await metadata.parts(upload.id);
    await metadata.endUpload(upload);
    return uploaded;
  });
  await blobs.remove(blobNames(parts));
  return empty(204);
};

export const listParts: Operation = async (services, request) => {
  const { bucket, key, query } = request;
  const upload = await uploadOf(services, request);
  const marker = Number(query.get('part-number-marker') ?? 0);
  const max = Math.min(Number(query.get('max-parts') ?? MAX_LISTED), MAX_LISTED);
  if (!Number.isInteger(marker) || !Number.isInteger(max) || max < 0) {
    throw new S3Error('InvalidArgument');
  }
  const following = (await services.metadata.parts(upload.id)).filter((p) => p.number > marker);
  const page = following.slice(0, max);
  return xml(
    document(
      'ListPartsResult',
      element('Bucket', bucket),
      element('Key', key),
      element('UploadId', upload.id),
      element('PartNumberMarker', marker),
      element('NextPartNumberMarker', page.at(-1)?.number),
      element('MaxParts', max),
      element('IsTruncated', page.length > 0 && page.length < following.length),
      element('ChecksumAlgorithm', upload.checksum?.algorithm),
      element('ChecksumType', upload.checksum?.type),
      ...page.map(partElement),
    ),
  );
};

export const listUploads: Operation = async ({ metadata }, { bucket, query }) => {
  metadata.bucket(bucket);
  const prefix = query.get('prefix') ?? '';
  const uploads = (await metadata.uploads(bucket)).filter(({ key }) => key.startsWith(prefix));
  return xml(
    document(
      'ListMultipartUploadsResult',
      element('Bucket', bucket),
      element('Prefix', prefix),
      element('MaxUploads', Math.max(uploads.length, MAX_LISTED)),
      element('IsTruncated', false),
      ...uploads.map(({ key, id, initiated }) =>
        parent(
          'Upload',
          element('Key', key),
          element('UploadId', id),
          element('StorageClass', 'STANDARD'),
          element('Initiated', new Date(initiated).toISOString()),
        ),
      ),
    ),
  );
};

/** The upload that the request names. @throws S3Error NoSuchBucket, NoSuchUpload */
export async function uploadOf(
  { metadata }: Services,
  { bucket, key, query }: S3Request,
): Promise<UploadRecord> {
  metadata.bucket(bucket);
  return metadata.upload(bucket, key, query.get('uploadId') ?? '');
}

/** @throws S3Error InvalidArgument unless it is 1 to 10,000 */
export function partNumber({ query }: S3Request): number {
  const number = Number(query.get('partNumber') ?? Number.NaN);
  if (Number.isInteger(number) && number >= 1 && number <= MAX_PARTS) return number;
  throw new S3Error('InvalidArgument', {
    message: 'Part number must be an integer between 1 and 10000, inclusive',
  });
}

/**
 * Stores a part whose blob is complete, in place of an earlier one of the same number.
 * @throws S3Error NoSuchUpload if the upload has ended meanwhile; the part's blob is removed
 */
export async function commitPart(
  services: Services,
  request: S3Request,
  draft: Omit<PartRecord, 'modified'>,
): Promise<PartRecord> {
  const { metadata, blobs, locks, clock } = services;
  try {
    const { part, replaced } = await locks.key(request.bucket, request.key, async () => {
      const upload = await uploadOf(services, request);
      const previous = await metadata.part(upload.id, draft.number);
      const record: PartRecord = { ...draft, modified: clock().getTime() };
      await metadata.putPart(upload.id, record);
      return { part: record, replaced: previous };
    });
    if (replaced) await blobs.remove([replaced.blob]);
    return part;
  } catch (error) {
    await blobs.remove([draft.blob]);
    throw error;
  }
}

/** The elements of a checksum inside a part or a result. */
export function checksumElement(checksum: PartRecord['checksum']): string {
  return checksum ? element(`Checksum${checksum.algorithm}`, checksum.value) : '';
}

function partElement(part: PartRecord): string {
  return parent(
    'Part',
    element('PartNumber', part.number),
    element('LastModified', new Date(part.modified).toISOString()),
    element('ETag', quote(part.etag)),
    element('Size', part.size),
    checksumElement(part.checksum),
  );
}

/** @throws S3Error InvalidRequest for a pair of algorithm and type that S3 does not have */
function uploadChecksum({ headers }: S3Request): UploadRecord['checksum'] {
  const name = headers['x-amz-checksum-algorithm'];
  if (name === undefined) return undefined;
  const algorithm = parseAlgorithm(name);
  const type = headers['x-amz-checksum-type']?.toUpperCase() ?? defaultChecksumType(algorithm);
  if ((type === 'COMPOSITE' || type === 'FULL_OBJECT') && isChecksumTypeAllowed(algorithm, type)) {
    return { algorithm, type };
  }
  throw new S3Error('InvalidRequest', {
    message: `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
  });
}

/** A part may bring no other checksum than the one its upload was created with. */
function requireAlgorithm(
  expected: ChecksumAlgorithm | undefined,
  actual: ChecksumAlgorithm | undefined,
): void {
  if (expected === undefined || actual === expected) return;
  throw new S3Error('InvalidRequest', {
    message: `Checksum Type mismatch occurred, expected checksum Type: ${expected.toLowerCase()}, actual checksum Type: ${actual?.toLowerCase()}`,
  });
}
