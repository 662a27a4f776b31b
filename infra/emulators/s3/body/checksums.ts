/**
 * The additional checksums of S3: their names, their headers, how to compute them, and how those
 * of parts become that of an object.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
import { createHash } from 'node:crypto';
import { S3Error } from '../errors.ts';
import { combineCrcs, createCrc } from './crc.ts';

const DIGEST_BYTES = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
  SHA512: 64,
} as const;

export type ChecksumAlgorithm = keyof typeof DIGEST_BYTES;

export const CHECKSUM_ALGORITHMS: readonly ChecksumAlgorithm[] = [
  'CRC32',
  'CRC32C',
  'CRC64NVME',
  'SHA1',
  'SHA256',
  'SHA512',
];

/** Known to newer SDKs but not computed here; refused rather than stored unverified. */
const UNSUPPORTED = ['xxhash3', 'xxhash64', 'xxhash128'];

export interface Checksum {
  update(data: Uint8Array): unknown;
  digest(): Buffer;
}

export function createChecksum(algorithm: ChecksumAlgorithm): Checksum {
  switch (algorithm) {
    case 'CRC32':
    case 'CRC32C':
    case 'CRC64NVME':
      return createCrc[algorithm]();
    default:
      return createHash(algorithm.toLowerCase());
  }
}

/** `x-amz-checksum-crc32`, and so on. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

/**
 * Reads the name of an algorithm as a client spells it, in any case.
 * @throws S3Error InvalidRequest for a name that is none, NotImplemented for one not computed here
 */
export function parseAlgorithm(name: string): ChecksumAlgorithm {
  const algorithm = CHECKSUM_ALGORITHMS.find((known) => known === name.toUpperCase());
  if (algorithm) return algorithm;
  if (UNSUPPORTED.includes(name.toLowerCase())) {
    throw new S3Error('NotImplemented', { message: `The checksum ${name} is not implemented.` });
  }
  throw new S3Error('InvalidRequest', { message: 'Checksum algorithm provided is unsupported.' });
}

/** A checksum announced for a body: in a header with its value, or in a trailer still to come. */
export interface ExpectedChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64; absent if a trailer will bring it. */
  readonly value?: string;
}

/**
 * The checksum that the request's headers announce, if any.
 * @throws S3Error InvalidRequest for more than one, or for a value of the wrong form
 */
export function expectedChecksum(
  headers: Readonly<Record<string, string | undefined>>,
): ExpectedChecksum | undefined {
  const announced: ExpectedChecksum[] = [];
  for (const [header, value] of Object.entries(headers)) {
    const name = /^x-amz-checksum-(?!algorithm$|type$|mode$)(.+)$/.exec(header)?.[1];
    if (!name || value === undefined) continue;
    const algorithm = parseAlgorithm(name);
    requireDigest(algorithm, value, header);
    announced.push({ algorithm, value });
  }
  for (const trailer of (headers['x-amz-trailer'] ?? '').split(',')) {
    const name = /^x-amz-checksum-(.+)$/.exec(trailer.trim().toLowerCase())?.[1];
    if (name) announced.push({ algorithm: parseAlgorithm(name) });
  }
  if (announced.length > 1) {
    throw new S3Error('InvalidRequest', {
      message:
        'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    });
  }
  return announced[0];
}

/** @throws S3Error InvalidRequest unless `value` is base64 of as many bytes as the digest has. */
export function requireDigest(algorithm: ChecksumAlgorithm, value: string, header: string): void {
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== DIGEST_BYTES[algorithm] || bytes.toString('base64') !== value) {
    throw new S3Error('InvalidRequest', { message: `Value for ${header} header is invalid.` });
  }
}

export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

/** How an object's checksum follows from its parts' when the client does not say. */
export function defaultChecksumType(algorithm: ChecksumAlgorithm): ChecksumType {
  return algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE';
}

/** Only a CRC can be joined over parts, and CRC64NVME is always joined. */
export function isChecksumTypeAllowed(algorithm: ChecksumAlgorithm, type: ChecksumType): boolean {
  if (algorithm === 'CRC64NVME') return type === 'FULL_OBJECT';
  return type === 'COMPOSITE' || algorithm === 'CRC32' || algorithm === 'CRC32C';
}

/**
 * The checksum, in base64, of an object made of parts. COMPOSITE is the checksum of the parts'
 * checksums, followed by `-<count>`; FULL_OBJECT is that of all the bytes in one.
 * `value` is a part's checksum in base64, `size` its bytes.
 */
export function checksumOfParts(
  algorithm: ChecksumAlgorithm,
  type: ChecksumType,
  parts: readonly { readonly value: string; readonly size: number }[],
): string {
  const pieces = parts.map(({ value, size }) => ({ crc: Buffer.from(value, 'base64'), size }));
  if (
    type === 'FULL_OBJECT' &&
    (algorithm === 'CRC32' || algorithm === 'CRC32C' || algorithm === 'CRC64NVME')
  ) {
    return combineCrcs(algorithm, pieces).toString('base64');
  }
  const checksum = createChecksum(algorithm);
  for (const { crc } of pieces) checksum.update(crc);
  return `${checksum.digest().toString('base64')}-${parts.length}`;
}
