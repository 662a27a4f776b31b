/**
 * CompleteMultipartUpload. The object takes over its parts' blobs as they are, so completing costs
 * one write to the metadata, however large the object.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
import { createHash } from 'node:crypto';
import { checksumHeader, checksumOfParts } from '../body/checksums.ts';
import { receiveText } from '../body/receive.ts';
import { S3Error } from '../errors.ts';
import { requireWritable } from '../http/preconditions.ts';
import type { Headers } from '../http/request.ts';
import { xml } from '../http/response.ts';
import { document, element, parseXml, type XmlElement } from '../http/xml.ts';
import type {
  ObjectRecord,
  PartRecord,
  Segment,
  StoredChecksum,
  UploadRecord,
} from '../storage/records.ts';
import { announce, blobNames } from './commit.ts';
import { quote } from './description.ts';
import { checksumElement, uploadOf } from './multipart.ts';
import type { Operation } from './services.ts';

/** Of every part but the last. */
const MIN_PART_BYTES = 5 * 1024 ** 2;

export const completeUpload: Operation = async (services, request) => {
  const { metadata, blobs, locks, clock } = services;
  const { bucket, key, headers } = request;
  await uploadOf(services, request);
  // The checksum in this request's headers is the object's, not that of the XML.
  const { body, headers: sent } = request;
  const text = await receiveText({ body, headers: withoutChecksums(sent) });
  const listed = parseXml(text, 'CompleteMultipartUpload').children('Part');
  const { object, unreachable } = await locks.key(bucket, key, async () => {
    const upload = await uploadOf(services, request);
    const uploaded = await metadata.parts(upload.id);
    const parts = chooseParts(listed, uploaded);
    const replaced = await metadata.object(bucket, key);
    requireWritable(headers, replaced);
    const record = assemble(upload, parts, headers, clock().getTime());
    const notice = announce(services, request, record, 'ObjectCreated:CompleteMultipartUpload');
    await metadata.endUpload(upload, record, notice.kept);
    notice.publish();
    const unused = uploaded.filter((part) => !parts.includes(part));
    return { object: record, unreachable: [...unused, ...(replaced?.segments ?? [])] };
  });
  await blobs.remove(blobNames(unreachable));
  return xml(
    document(
      'CompleteMultipartUploadResult',
      element('Location', `http://${headers.host}/${bucket}/${encodeURIComponent(key)}`),
      element('Bucket', bucket),
      element('Key', key),
      element('ETag', quote(object.etag)),
      checksumElement(object.checksum),
      element('ChecksumType', object.checksum?.type),
    ),
  );
};

/**
 * The uploaded parts that the client lists, in its order. Pure.
 * @throws S3Error MalformedXML, InvalidPartOrder, InvalidPart, EntityTooSmall
 */
function chooseParts(listed: readonly XmlElement[], uploaded: readonly PartRecord[]): PartRecord[] {
  if (listed.length === 0) throw new S3Error('MalformedXML');
  const byNumber = new Map(uploaded.map((part) => [part.number, part]));
  const parts: PartRecord[] = [];
  for (const item of listed) {
    const number = Number(item.text('PartNumber') ?? Number.NaN);
    const etag = item.text('ETag')?.replaceAll('"', '');
    if (!Number.isInteger(number) || etag === undefined) throw new S3Error('MalformedXML');
    if (number <= (parts.at(-1)?.number ?? 0)) throw new S3Error('InvalidPartOrder');
    const part = byNumber.get(number);
    const claimed = part?.checksum && item.text(`Checksum${part.checksum.algorithm}`);
    if (!part || part.etag !== etag || (claimed && claimed !== part.checksum?.value)) {
      throw new S3Error('InvalidPart', { details: { PartNumber: String(number), ETag: etag } });
    }
    parts.push(part);
  }
  const small = parts.slice(0, -1).find((part) => part.size < MIN_PART_BYTES);
  if (small) {
    throw new S3Error('EntityTooSmall', {
      details: { ProposedSize: String(small.size), PartNumber: String(small.number) },
    });
  }
  return parts;
}

/** The object that the parts make. Pure. @throws S3Error InvalidRequest, BadDigest */
function assemble(
  upload: UploadRecord,
  parts: readonly PartRecord[],
  headers: Headers,
  modified: number,
): ObjectRecord {
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const declared = headers['x-amz-mp-object-size'];
  if (declared !== undefined && Number(declared) !== size) {
    throw new S3Error('InvalidRequest', {
      message: `The provided 'x-amz-mp-object-size' header value ${declared} does not match what was computed: ${size}`,
    });
  }
  const md5s = Buffer.concat(parts.map((part) => Buffer.from(part.etag, 'hex')));
  const checksum = objectChecksum(upload, parts, headers);
  return {
    headers: upload.headers,
    userMetadata: upload.userMetadata,
    tags: upload.tags,
    key: upload.key,
    segments: parts.map(segmentOf),
    size,
    etag: `${createHash('md5').update(md5s).digest('hex')}-${parts.length}`,
    modified,
    ...(checksum && { checksum }),
  };
}

function segmentOf({ blob, size, sums }: PartRecord): Segment {
  return { blob, size, ...(sums !== undefined && { sums }) };
}

function objectChecksum(
  upload: UploadRecord,
  parts: readonly PartRecord[],
  headers: Headers,
): StoredChecksum | undefined {
  if (!upload.checksum) return undefined;
  const { algorithm, type } = upload.checksum;
  const pieces = parts.map(({ checksum, size }) => {
    if (!checksum) throw new Error(`A part of upload ${upload.id} has no ${algorithm}`);
    return { value: checksum.value, size };
  });
  const value = checksumOfParts(algorithm, type, pieces);
  const claimed = headers[checksumHeader(algorithm)];
  if (claimed !== undefined && claimed !== value) {
    throw new S3Error('BadDigest', {
      message: `The ${algorithm} you specified did not match the calculated checksum.`,
    });
  }
  return { algorithm, type, value };
}

function withoutChecksums(headers: Headers): Headers {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !name.startsWith('x-amz-checksum-')),
  );
}
