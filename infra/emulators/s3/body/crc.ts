/**
 * The cyclic redundancy checks of S3, and how to join those of two adjacent pieces.
 *
 * All three are reflected CRCs with all-ones initial value and final inversion; see the catalogue
 * https://reveng.sourceforge.io/crc-catalogue/all.htm (CRC-32/ISO-HDLC, CRC-32/ISCSI, CRC-64/NVME).
 * Eight bytes a step by the slicing-by-8 method of Kounavis and Berry (2008).
 */
import * as zlib from 'node:zlib';

/** Reflected polynomials. */
const CRC32_POLYNOMIAL = 0xedb88320n;
const CRC32C_POLYNOMIAL = 0x82f63b78n;
const CRC64NVME_POLYNOMIAL = 0x9a6c9329ac4bc9b5n;

const LOW_32 = 0xffff_ffffn;

/** An incremental CRC; `digest` is big-endian and may be asked for at any time. */
export interface Crc {
  update(data: Uint8Array): void;
  digest(): Buffer;
}

/** Tables of the CRC of every byte followed by 0 to 7 zero bytes, as high and low words. */
function slicingTables(polynomial: bigint): { high: Int32Array; low: Int32Array } {
  const high = new Int32Array(8 * 256);
  const low = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = BigInt(byte);
    for (let slice = 0; slice < 8; slice++) {
      for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ polynomial : crc >> 1n;
      high[slice * 256 + byte] = Number(crc >> 32n);
      low[slice * 256 + byte] = Number(crc & LOW_32);
    }
  }
  return { high, low };
}

/** `step(crc, data)` takes and returns the CRC as clients know it, so 0 is that of nothing. */
type Step32 = (data: Uint8Array, previous: number) => number;

function tableStep32(polynomial: bigint): Step32 {
  const t = slicingTables(polynomial).low;
  return (d, previous) => {
    let crc = ~previous;
    let i = 0;
    for (const end = d.length - 7; i < end; i += 8) {
      crc ^= d[i]! | (d[i + 1]! << 8) | (d[i + 2]! << 16) | (d[i + 3]! << 24);
      crc =
        t[0x700 | (crc & 0xff)]! ^
        t[0x600 | ((crc >>> 8) & 0xff)]! ^
        t[0x500 | ((crc >>> 16) & 0xff)]! ^
        t[0x400 | (crc >>> 24)]! ^
        t[0x300 | d[i + 4]!]! ^
        t[0x200 | d[i + 5]!]! ^
        t[0x100 | d[i + 6]!]! ^
        t[d[i + 7]!]!;
    }
    for (; i < d.length; i++) crc = t[(crc ^ d[i]!) & 0xff]! ^ (crc >>> 8);
    return ~crc;
  };
}

class Crc32Stream implements Crc {
  readonly #step: Step32;
  #crc = 0;

  constructor(step: Step32) {
    this.#step = step;
  }

  update(data: Uint8Array): void {
    this.#crc = this.#step(data, this.#crc);
  }

  digest(): Buffer {
    const digest = Buffer.alloc(4);
    digest.writeUInt32BE(this.#crc >>> 0);
    return digest;
  }
}

const tables64 = slicingTables(CRC64NVME_POLYNOMIAL);

/** Two 32-bit words, because 64-bit integers in JavaScript are a hundred times slower. */
class Crc64NvmeStream implements Crc {
  #high = -1;
  #low = -1;

  update(d: Uint8Array): void {
    const { high: th, low: tl } = tables64;
    let high = this.#high;
    let low = this.#low;
    let i = 0;
    for (const end = d.length - 7; i < end; i += 8) {
      low ^= d[i]! | (d[i + 1]! << 8) | (d[i + 2]! << 16) | (d[i + 3]! << 24);
      high ^= d[i + 4]! | (d[i + 5]! << 8) | (d[i + 6]! << 16) | (d[i + 7]! << 24);
      const i7 = 0x700 | (low & 0xff);
      const i6 = 0x600 | ((low >>> 8) & 0xff);
      const i5 = 0x500 | ((low >>> 16) & 0xff);
      const i4 = 0x400 | (low >>> 24);
      const i3 = 0x300 | (high & 0xff);
      const i2 = 0x200 | ((high >>> 8) & 0xff);
      const i1 = 0x100 | ((high >>> 16) & 0xff);
      const i0 = high >>> 24;
      high = th[i7]! ^ th[i6]! ^ th[i5]! ^ th[i4]! ^ th[i3]! ^ th[i2]! ^ th[i1]! ^ th[i0]!;
      low = tl[i7]! ^ tl[i6]! ^ tl[i5]! ^ tl[i4]! ^ tl[i3]! ^ tl[i2]! ^ tl[i1]! ^ tl[i0]!;
    }
    for (; i < d.length; i++) {
      const index = (low ^ d[i]!) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ tl[index]!;
      high = (high >>> 8) ^ th[index]!;
    }
    this.#high = high;
    this.#low = low;
  }

  digest(): Buffer {
    const digest = Buffer.alloc(8);
    digest.writeUInt32BE(~this.#high >>> 0, 0);
    digest.writeUInt32BE(~this.#low >>> 0, 4);
    return digest;
  }
}

/** zlib's is faster, where this Node.js has it (20.15 and later). */
const crc32Step: Step32 =
  typeof zlib.crc32 === 'function' ? zlib.crc32 : tableStep32(CRC32_POLYNOMIAL);
const crc32cStep = tableStep32(CRC32C_POLYNOMIAL);

export const createCrc = {
  CRC32: (): Crc => new Crc32Stream(crc32Step),
  CRC32C: (): Crc => new Crc32Stream(crc32cStep),
  CRC64NVME: (): Crc => new Crc64NvmeStream(),
} as const;

export type CrcAlgorithm = keyof typeof createCrc;

const RINGS: Record<CrcAlgorithm, { polynomial: bigint; width: bigint }> = {
  CRC32: { polynomial: CRC32_POLYNOMIAL, width: 32n },
  CRC32C: { polynomial: CRC32C_POLYNOMIAL, width: 32n },
  CRC64NVME: { polynomial: CRC64NVME_POLYNOMIAL, width: 64n },
};

/**
 * The CRC of a whole from those of its pieces, without the bytes: crc(AB) = crc(A) x^(8|B|) + crc(B)
 * modulo the polynomial (Mark Adler's crc32_combine in zlib). `size` is in bytes.
 */
export function combineCrcs(
  algorithm: CrcAlgorithm,
  pieces: readonly { readonly crc: Buffer; readonly size: number }[],
): Buffer {
  const { polynomial, width } = RINGS[algorithm];
  // Reflected: the highest bit is the coefficient of x^0.
  const one = 1n << (width - 1n);
  const multiply = (a: bigint, b: bigint): bigint => {
    let product = 0n;
    for (let bit = one, shifted = b; bit > 0n; bit >>= 1n) {
      if (a & bit) product ^= shifted;
      shifted = shifted & 1n ? (shifted >> 1n) ^ polynomial : shifted >> 1n;
    }
    return product;
  };
  const powers = new Map<number, bigint>();
  const shiftBy = (bytes: number): bigint => {
    let power = powers.get(bytes);
    if (power !== undefined) return power;
    power = one;
    let square = one >> 8n; // x^8: one byte
    for (let rest = BigInt(bytes); rest > 0n; rest >>= 1n) {
      if (rest & 1n) power = multiply(power, square);
      square = multiply(square, square);
    }
    powers.set(bytes, power);
    return power;
  };
  let crc = 0n;
  for (const piece of pieces) {
    crc = multiply(crc, shiftBy(piece.size)) ^ BigInt(`0x${piece.crc.toString('hex')}`);
  }
  return Buffer.from(crc.toString(16).padStart(Number(width / 4n), '0'), 'hex');
}
