/** The parts that read request bodies: the aws-chunked decoder and the checksums. */
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AwsChunkedDecoder } from '../../infra/emulators/s3/body/aws-chunked.ts';
import {
  type ChecksumAlgorithm,
  checksumOfParts,
  createChecksum,
} from '../../infra/emulators/s3/body/checksums.ts';
import { combineCrcs, createCrc } from '../../infra/emulators/s3/body/crc.ts';

/** `data` cut at the given places, which need not be sorted or inside. */
function cutAt(data: Uint8Array, places: readonly number[]): Uint8Array[] {
  const cuts = [0, ...places.map((place) => place % (data.length + 1)), data.length];
  cuts.sort((a, b) => a - b);
  return cuts.slice(1).map((end, i) => data.subarray(cuts[i], end));
}

async function decode(pieces: readonly Uint8Array[]) {
  const decoder = new AwsChunkedDecoder();
  let data = Buffer.alloc(0);
  await pipeline(Readable.from(pieces), decoder, async (decoded) => {
    data = await buffer(decoded);
  });
  return { data, trailers: Object.fromEntries(decoder.trailers) };
}

describe('aws-chunked', () => {
  const bytes = fc.uint8Array({ maxLength: 300 });
  const places = fc.array(fc.nat(2000), { maxLength: 40 });

  it('is decoded whatever its chunks and however it arrives', async () => {
    const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 8 });
    const signed = fc.boolean();
    const trailers = fc.dictionary(
      fc.stringMatching(/^x-amz-[a-z]{1,10}$/),
      fc.stringMatching(/^[A-Za-z0-9+/]{1,20}={0,2}$/),
      { maxKeys: 3 },
    );
    await fc.assert(
      fc.asyncProperty(chunks, signed, trailers, places, async (parts, sign, tail, cuts) => {
        const extension = sign ? `;chunk-signature=${'a'.repeat(64)}` : '';
        const framed = Buffer.concat([
          ...parts.flatMap((part) => [
            Buffer.from(`${part.length.toString(16)}${extension}\r\n`),
            part,
            Buffer.from('\r\n'),
          ]),
          Buffer.from(`0${extension}\r\n`),
          ...Object.entries(tail).map(([name, value]) => Buffer.from(`${name}:${value}\r\n`)),
          Buffer.from('\r\n'),
        ]);
        const decoded = await decode(cutAt(framed, cuts));
        expect(decoded.data.equals(Buffer.concat(parts))).toBe(true);
        expect(decoded.trailers).toEqual(tail);
      }),
    );
  });

  it('never passes anything but IncompleteBody or InvalidRequest for other bytes', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, places, async (data, cuts) => {
        // Arbitrary bytes are hardly ever a complete body: that takes `0`, CR LF, CR LF.
        const error: unknown = await decode(cutAt(data, cuts)).catch((reason) => reason);
        expect(error).toMatchObject({
          code: expect.stringMatching(/^(IncompleteBody|InvalidRequest|MalformedTrailerError)$/),
        });
      }),
    );
  });

  it.each([
    ['ends early', '5\r\nhel', 'IncompleteBody'],
    ['has no last chunk', '5\r\nhello\r\n', 'IncompleteBody'],
    ['has no end after the last chunk', '0\r\n', 'IncompleteBody'],
    ['has a chunk longer than its size', '3\r\nhello\r\n0\r\n\r\n', 'InvalidRequest'],
    ['has a size that is no number', 'xyz\r\n', 'InvalidRequest'],
    ['has a size below zero', '-1\r\n', 'InvalidRequest'],
    ['goes on after its end', '0\r\n\r\nmore', 'InvalidRequest'],
    ['has an endless line', 'a'.repeat(10_000), 'InvalidRequest'],
    ['has a trailer without a name', '0\r\nvalue\r\n\r\n', 'MalformedTrailerError'],
  ])('that %s is refused', async (_what, framed, code) => {
    await expect(decode([Buffer.from(framed)])).rejects.toMatchObject({ code });
  });
});

/** Reflected polynomials of the CRC catalogue, by the definition: bit by bit. */
const POLYNOMIALS = {
  CRC32: [0xedb88320n, 32n],
  CRC32C: [0x82f63b78n, 32n],
  CRC64NVME: [0x9a6c9329ac4bc9b5n, 64n],
} as const;

function crcByDefinition(algorithm: keyof typeof POLYNOMIALS, data: Uint8Array): Buffer {
  const [polynomial, width] = POLYNOMIALS[algorithm];
  const ones = (1n << width) - 1n;
  let crc = ones;
  for (const byte of data) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ polynomial : crc >> 1n;
  }
  return Buffer.from((crc ^ ones).toString(16).padStart(Number(width / 4n), '0'), 'hex');
}

describe('checksums', () => {
  // "check" in https://reveng.sourceforge.io/crc-catalogue/all.htm; the SHAs by sha1sum, ...
  it.each<[ChecksumAlgorithm, string]>([
    ['CRC32', 'cbf43926'],
    ['CRC32C', 'e3069283'],
    ['CRC64NVME', 'ae8b14860a799888'],
    ['SHA1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
    ['SHA256', '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'],
  ])('%s of "123456789"', (algorithm, expected) => {
    const checksum = createChecksum(algorithm);
    checksum.update(Buffer.from('123456789'));
    expect(checksum.digest().toString('hex')).toBe(expected);
  });

  // RFC 3720, appendix B.4.
  it.each<[string, Buffer, string]>([
    ['32 zeros', Buffer.alloc(32), '8a9136aa'],
    ['32 ones', Buffer.alloc(32, 0xff), '62a8ab43'],
    ['0 to 31', Buffer.from(Array.from({ length: 32 }, (_, i) => i)), '46dd794e'],
  ])('CRC32C of %s', (_what, data, expected) => {
    const crc = createCrc.CRC32C();
    crc.update(data);
    expect(crc.digest().toString('hex')).toBe(expected);
  });

  const algorithms = ['CRC32', 'CRC32C', 'CRC64NVME'] as const;
  const data = fc.uint8Array({ maxLength: 500 });
  const places = fc.array(fc.nat(500), { maxLength: 6 });

  it.each(algorithms)('%s is that of the definition, whatever the pieces', (algorithm) => {
    fc.assert(
      fc.property(data, places, (whole, cuts) => {
        const crc = createCrc[algorithm]();
        for (const piece of cutAt(whole, cuts)) crc.update(piece);
        expect(crc.digest()).toEqual(crcByDefinition(algorithm, whole));
      }),
    );
  });

  it.each(algorithms)('%s of a whole follows from those of its pieces', (algorithm) => {
    fc.assert(
      fc.property(data, places, (whole, cuts) => {
        const pieces = cutAt(whole, cuts).map((piece) => ({
          crc: crcByDefinition(algorithm, piece),
          size: piece.length,
        }));
        expect(combineCrcs(algorithm, pieces)).toEqual(crcByDefinition(algorithm, whole));
      }),
    );
  });

  it('of parts compose to that of their digests, or join to that of their bytes', () => {
    const parts = [randomBytes(1000), randomBytes(10), randomBytes(10_000)];
    const digest = (bytes: Buffer) => crcByDefinition('CRC32', bytes);
    const described = parts.map((p) => ({ value: digest(p).toString('base64'), size: p.length }));
    expect(checksumOfParts('CRC32', 'COMPOSITE', described)).toBe(
      `${digest(Buffer.concat(parts.map(digest))).toString('base64')}-3`,
    );
    expect(checksumOfParts('CRC32', 'FULL_OBJECT', described)).toBe(
      digest(Buffer.concat(parts)).toString('base64'),
    );
  });
});
