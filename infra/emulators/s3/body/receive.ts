/**
 * Takes a request body in: removes the aws-chunked framing, passes the bytes on as they come, and
 * checks everything that the client said about them. Memory does not grow with the body.
 */
import { createHash } from 'node:crypto';
import { Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { S3Error } from '../errors.ts';
import { AwsChunkedDecoder } from './aws-chunked.ts';
import {
  type ChecksumAlgorithm,
  checksumHeader,
  createChecksum,
  expectedChecksum,
  requireDigest,
} from './checksums.ts';

/** 5 GiB, the most that one put may bring. */
export const MAX_PUT_BYTES = 5 * 1024 ** 3;

/** Room for the XML of 1,000 deletions or 10,000 parts. */
const MAX_XML_BYTES = 8 * 1024 ** 2;

export interface IncomingBody {
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: AsyncIterable<Buffer>;
}

export interface ReceivedBody {
  /** Bytes, without framing. */
  readonly size: number;
  readonly md5: Buffer;
  /** The checksum that the client sent, verified; in base64. */
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value: string };
}

/**
 * Streams the body into `sink` and ends it.
 * `compute` names a checksum to calculate even if the client announces none.
 * @throws S3Error BadDigest, XAmzContentSHA256Mismatch, IncompleteBody, EntityTooLarge, ...; the
 *   sink then holds bytes that the caller throws away.
 */
export async function receiveBody(
  request: IncomingBody,
  sink: Writable,
  options: { readonly maxBytes?: number; readonly compute?: ChecksumAlgorithm } = {},
): Promise<ReceivedBody> {
  const { headers } = request;
  const payloadHash = headers['x-amz-content-sha256'] ?? '';
  const framed = payloadHash.startsWith('STREAMING-');
  const expected = expectedChecksum(headers);
  const contentMd5 = expectedMd5(headers['content-md5']);
  const decodedLength = headers['x-amz-decoded-content-length'];
  requireLength(headers, framed);

  const algorithm = expected?.algorithm ?? options.compute;
  const checksum = algorithm && createChecksum(algorithm);
  const sha256 = /^[0-9a-f]{64}$/.test(payloadHash) ? createHash('sha256') : undefined;
  const md5 = createHash('md5');
  const maxBytes = options.maxBytes ?? MAX_PUT_BYTES;
  let size = 0;
  const measure = new Transform({
    transform(data: Buffer, _encoding, done) {
      size += data.length;
      if (size > maxBytes) return done(new S3Error('EntityTooLarge'));
      md5.update(data);
      sha256?.update(data);
      checksum?.update(data);
      done(null, data);
    },
  });
  const decoder = framed ? new AwsChunkedDecoder() : undefined;
  try {
    if (decoder) await pipeline(request.body, decoder, measure, sink);
    else await pipeline(request.body, measure, sink);
  } catch (error) {
    throw isDisconnect(error) ? new S3Error('IncompleteBody', { cause: error }) : error;
  }

  if (framed && decodedLength !== undefined && size !== Number(decodedLength)) {
    throw new S3Error('IncompleteBody');
  }
  const received = { size, md5: md5.digest() };
  if (contentMd5 && !contentMd5.equals(received.md5)) {
    throw new S3Error('BadDigest', {
      message: 'The Content-MD5 you specified did not match what we received.',
    });
  }
  if (sha256 && sha256.digest('hex') !== payloadHash) {
    throw new S3Error('XAmzContentSHA256Mismatch');
  }
  if (!algorithm || !checksum) return received;
  const value = checksum.digest().toString('base64');
  if (expected) verifyChecksum(algorithm, value, expected.value ?? trailer(decoder, algorithm));
  return { ...received, checksum: { algorithm, value } };
}

/**
 * The body as text, for requests whose body is a small XML document.
 * @throws S3Error MaxMessageLengthExceeded above 8 MiB, and whatever `receiveBody` throws
 */
export async function receiveText(request: IncomingBody): Promise<string> {
  const pieces: Buffer[] = [];
  const sink = new Writable({
    write(data: Buffer, _encoding, done) {
      pieces.push(data);
      done();
    },
  });
  try {
    await receiveBody(request, sink, { maxBytes: MAX_XML_BYTES });
  } catch (error) {
    const tooLarge = error instanceof S3Error && error.code === 'EntityTooLarge';
    throw tooLarge ? new S3Error('MaxMessageLengthExceeded', { cause: error }) : error;
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** S3 wants to know a body's length beforehand, and so refuses what would fail there. */
function requireLength(headers: IncomingBody['headers'], framed: boolean): void {
  if (headers['content-length'] !== undefined || headers['transfer-encoding'] === undefined) return;
  if (framed && headers['x-amz-decoded-content-length'] !== undefined) return;
  throw new S3Error('MissingContentLength');
}

function expectedMd5(header: string | undefined): Buffer | undefined {
  if (header === undefined) return undefined;
  const digest = Buffer.from(header, 'base64');
  if (digest.length !== 16) throw new S3Error('InvalidDigest');
  return digest;
}

function trailer(decoder: AwsChunkedDecoder | undefined, algorithm: ChecksumAlgorithm): string {
  const header = checksumHeader(algorithm);
  const value = decoder?.trailers.get(header);
  if (value === undefined) throw new S3Error('MalformedTrailerError');
  requireDigest(algorithm, value, header);
  return value;
}

function verifyChecksum(algorithm: ChecksumAlgorithm, actual: string, expected: string): void {
  if (actual === expected) return;
  throw new S3Error('BadDigest', {
    message: `The ${algorithm} you specified did not match the calculated checksum.`,
  });
}

/** The client went away, or promised more bytes than it sent. */
export function isDisconnect(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE';
}
