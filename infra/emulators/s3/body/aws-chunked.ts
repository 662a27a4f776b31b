/**
 * Decoder of the `aws-chunked` content encoding, in which SDKs send a body whose checksum or
 * signature follows the bytes:
 *
 *     <size in hex>[;chunk-signature=...]\r\n <bytes> \r\n   repeated
 *     0[;chunk-signature=...]\r\n  <name>:<value>\r\n ...  \r\n
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
import { Transform, type TransformCallback } from 'node:stream';
import { S3Error } from '../errors.ts';

/** Longer than any chunk header or trailer in use; a bound on what is kept in memory. */
const MAX_LINE_BYTES = 8 * 1024;

const LINE_FEED = 0x0a;

type State = 'size' | 'data' | 'data end' | 'trailers' | 'done';

/**
 * Framed bytes in, plain bytes out, whatever the boundaries of the writes. Fails with S3Error
 * IncompleteBody if the stream ends early and InvalidRequest if the framing is wrong.
 */
export class AwsChunkedDecoder extends Transform {
  /** By lower-case name; complete when the stream has ended. */
  readonly trailers = new Map<string, string>();
  #state: State = 'size';
  #line: Buffer = Buffer.alloc(0);
  #left = 0;

  override _transform(data: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      let rest = data;
      while (rest.length > 0) rest = this.#state === 'data' ? this.#pass(rest) : this.#take(rest);
      done();
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  }

  override _flush(done: TransformCallback): void {
    done(this.#state === 'done' ? null : new S3Error('IncompleteBody'));
  }

  /** Hands on the bytes of the current chunk; returns what follows them. */
  #pass(data: Buffer): Buffer {
    const bytes = data.subarray(0, this.#left);
    this.push(bytes);
    this.#left -= bytes.length;
    if (this.#left === 0) this.#state = 'data end';
    return data.subarray(bytes.length);
  }

  /** Collects a line, which may arrive in pieces; returns what follows it. */
  #take(data: Buffer): Buffer {
    if (this.#state === 'done') throw malformed('bytes after the last chunk');
    const end = data.indexOf(LINE_FEED);
    const piece = end < 0 ? data : data.subarray(0, end);
    if (this.#line.length + piece.length > MAX_LINE_BYTES) throw malformed('a line is too long');
    this.#line = Buffer.concat([this.#line, piece]);
    if (end < 0) return data.subarray(data.length);
    const line = this.#line.toString('latin1').replace(/\r$/, '');
    this.#line = Buffer.alloc(0);
    this.#state = this.#read(line);
    return data.subarray(end + 1);
  }

  #read(line: string): State {
    switch (this.#state) {
      case 'data end':
        if (line !== '') throw malformed('a chunk is longer than its size');
        return 'size';
      case 'trailers': {
        if (line === '') return 'done';
        const colon = line.indexOf(':');
        if (colon < 1) throw new S3Error('MalformedTrailerError');
        this.trailers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
        return 'trailers';
      }
      default: {
        const size = /^([0-9a-f]{1,12})(?:;|$)/i.exec(line)?.[1];
        if (!size) throw malformed('a chunk has no size');
        this.#left = Number.parseInt(size, 16);
        return this.#left === 0 ? 'trailers' : 'data';
      }
    }
  }
}

function malformed(what: string): S3Error {
  return new S3Error('InvalidRequest', { message: `The aws-chunked body is malformed: ${what}.` });
}
