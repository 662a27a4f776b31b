/**
 * H.264 and H.265 as files carry them, and as decoders take them.
 *
 * In MP4 an access unit is a row of NAL units, each behind its length, and the parameter sets stand apart, in
 * the sample description (ISO/IEC 14496-15, `avcC` in 5.3.3 and `hvcC` in 8.3.3). A stream of bytes (Annex B of
 * ITU-T H.264 and H.265) has a start code before each NAL unit, parameter sets first.
 */
import { VideoError } from './errors.ts';

export type VideoCodec = 'h264' | 'hevc';

/** What a sample description says. */
export interface Description {
  readonly codec: VideoCodec;
  /** Bytes of the length before a NAL unit: 1 to 4. */
  readonly lengthSize: number;
  /** Start codes and parameter sets. */
  readonly parameterSets: Uint8Array;
}

const START_CODE = Uint8Array.of(0, 0, 0, 1);

/** @throws VideoError for one that ends too early */
export function readDescription(codec: VideoCodec, bytes: Uint8Array): Description {
  const reader = new Reader(bytes);
  const sets: Uint8Array[] = [];
  const take = (count: number) => {
    for (let i = 0; i < count; i++) sets.push(START_CODE, reader.take(reader.number(2)));
  };
  if (codec === 'h264') {
    reader.take(4);
    const lengthSize = (reader.number(1) & 3) + 1;
    take(reader.number(1) & 31);
    take(reader.number(1));
    return { codec, lengthSize, parameterSets: Buffer.concat(sets) };
  }
  reader.take(21);
  const lengthSize = (reader.number(1) & 3) + 1;
  const arrays = reader.number(1);
  for (let i = 0; i < arrays; i++) {
    reader.take(1);
    take(reader.number(2));
  }
  return { codec, lengthSize, parameterSets: Buffer.concat(sets) };
}

/** The access unit with start codes in place of lengths. What does not fit its lengths is left out. */
export function toAnnexB(unit: Uint8Array, lengthSize: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const nal of nalUnits(unit, lengthSize)) parts.push(START_CODE, nal);
  return Buffer.concat(parts);
}

/**
 * Whether no other picture of an H.264 stream is decoded from this one: its `nal_ref_idc` is 0 (7.4.1). It may
 * be left out without a trace.
 */
export function isDisposable(unit: Uint8Array, lengthSize: number): boolean {
  for (const [head = 0] of nalUnits(unit, lengthSize)) {
    const type = head & 31;
    if (type >= 1 && type <= 5) return ((head >> 5) & 3) === 0;
  }
  return false;
}

function* nalUnits(unit: Uint8Array, lengthSize: number): Generator<Uint8Array> {
  for (let at = 0; at + lengthSize <= unit.length; ) {
    let length = 0;
    for (let i = 0; i < lengthSize; i++) length = length * 256 + unit[at + i]!;
    at += lengthSize;
    if (length > 0) yield unit.subarray(at, at + length);
    at += length;
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length)
      throw new VideoError('The description of the video is cut short.');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  number(length: number): number {
    return this.take(length).reduce((sum, byte) => sum * 256 + byte, 0);
  }
}
