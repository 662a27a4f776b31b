/**
 * Pictures out of a stream of YUV4MPEG2, which says of each how large it is: what a decoder made of a video
 * counts, not what its container claims. Pictures that nobody wants are passed over and not copied.
 */
import { DecoderError, VideoError } from './errors.ts';

/** A picture with 8 bits a sample and a quarter of the chroma (4:2:0): all of Y, then U, then V. */
export interface YuvPicture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

const LARGEST_SIDE = 8192;
const LONGEST_LINE = 512;
const NEWLINE = 10;

export class Y4mReader {
  readonly #wanted: ReadonlySet<number>;
  readonly #take: (index: number, picture: YuvPicture) => void;
  #line: number[] = [];
  #size: { readonly width: number; readonly height: number; readonly bytes: number } | undefined;
  /** Of the picture that is being read: bytes that are missing, and the copy, if it is wanted. */
  #missing = 0;
  #copy: Uint8Array | undefined;
  #count = 0;

  /**
   * @param wanted numbers of the pictures to take, counted from 0
   * @param take called in their order
   */
  constructor(wanted: readonly number[], take: (index: number, picture: YuvPicture) => void) {
    this.#wanted = new Set(wanted);
    this.#take = take;
  }

  /** How many whole pictures there were. */
  get count(): number {
    return this.#count;
  }

  /** @throws DecoderError for what is no such stream, VideoError for pictures that are too large */
  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#missing > 0) {
        const part = bytes.subarray(at, at + this.#missing);
        this.#copy?.set(part, this.#copy.length - this.#missing);
        this.#missing -= part.length;
        at += part.length;
        if (this.#missing === 0) this.#end();
        continue;
      }
      const byte = bytes[at++]!;
      if (byte === NEWLINE) this.#readLine();
      else if (this.#line.push(byte) > LONGEST_LINE) throw new DecoderError('No pictures came.');
    }
  }

  #readLine(): void {
    const line = String.fromCharCode(...this.#line);
    this.#line = [];
    if (line.startsWith('YUV4MPEG2 ')) {
      this.#size = sizeOf(line);
    } else if (line.startsWith('FRAME') && this.#size !== undefined) {
      this.#missing = this.#size.bytes;
      if (this.#wanted.has(this.#count)) this.#copy = new Uint8Array(this.#size.bytes);
    } else {
      throw new DecoderError('What the decoder wrote is not a row of pictures.');
    }
  }

  #end(): void {
    const index = this.#count++;
    const data = this.#copy;
    if (data === undefined || this.#size === undefined) return;
    this.#copy = undefined;
    const { width, height } = this.#size;
    this.#take(index, { width, height, data });
  }
}

function sizeOf(header: string) {
  const [width, height] = [/ W(\d+)/, / H(\d+)/].map((part) => Number(part.exec(header)?.[1]));
  const layout = / C(\w+)/.exec(header)?.[1] ?? '420';
  if (!width || !height || !/^420(jpeg|mpeg2|paldv)?$/.test(layout)) {
    throw new DecoderError(`The decoder wrote pictures of another kind: ${header}`);
  }
  if (width > LARGEST_SIDE || height > LARGEST_SIDE) {
    throw new VideoError(
      `The picture is ${width} x ${height} pixels; neither side may exceed ${LARGEST_SIDE}.`,
    );
  }
  const chroma = Math.ceil(width / 2) * Math.ceil(height / 2);
  return { width, height, bytes: width * height + 2 * chroma };
}
