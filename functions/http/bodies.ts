/**
 * The bodies of requests, in bounded memory.
 *
 * A body is put together in one piece of memory, however small the pieces that it comes in. What is beyond a
 * small body waits, unread, until there is room for all of it; it has its room until its request has been
 * answered. Small requests never wait.
 */
import type { IncomingMessage } from 'node:http';

export interface BodyLimits {
  /** The most bytes that a request may have. */
  readonly largest: number;
  /** Up to here a body needs no room. */
  readonly small: number;
  /** The bytes of all larger bodies together. */
  readonly room: number;
  /** Milliseconds in which a body that has its room must come in. */
  readonly patience: number;
}

/** Why there is no body. */
export type NoBody = 'too large' | 'too slow' | 'gone';

export interface Body {
  readonly bytes: Buffer;
  /** Gives its room back. Calling it again is harmless. */
  release(): void;
}

export class Bodies {
  readonly #limits: BodyLimits;
  readonly #waiting: { readonly size: number; readonly enter: () => void }[] = [];
  #free: number;

  constructor(limits: BodyLimits) {
    this.#limits = limits;
    this.#free = limits.room;
  }

  async read(request: IncomingMessage): Promise<Body | NoBody> {
    const { largest, small } = this.#limits;
    const announced = request.headers['content-length'];
    const length = announced === undefined ? undefined : Number(announced);
    if (length !== undefined && length > largest) return 'too large';
    // What comes in chunks may become as large as the largest.
    const size = length ?? (request.headers['transfer-encoding'] === undefined ? 0 : largest);
    let release: () => void = () => undefined;
    if (size > small) {
      const entered = await this.#enter(size, request);
      if (entered === undefined) return 'gone';
      release = entered;
    }
    const bytes = await this.#collect(request, length);
    if (Buffer.isBuffer(bytes)) return { bytes, release };
    release();
    return bytes;
  }

  /** @returns how to leave again, or undefined if the client has gone meanwhile */
  #enter(size: number, request: IncomingMessage): Promise<(() => void) | undefined> {
    return new Promise((resolve) => {
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(place), 1);
        resolve(undefined);
      };
      const place = {
        size,
        enter: () => {
          request.off('close', leave);
          this.#free -= size;
          let isIn = true;
          resolve(() => {
            if (isIn) this.#free += size;
            isIn = false;
            this.#admit();
          });
        },
      };
      request.once('close', leave);
      this.#waiting.push(place);
      this.#admit();
    });
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next && next.size <= this.#free; next = this.#waiting[0]) {
      this.#waiting.shift();
      next.enter();
    }
  }

  #collect(request: IncomingMessage, length: number | undefined): Promise<Buffer | NoBody> {
    const { largest, patience } = this.#limits;
    return new Promise((resolve) => {
      let bytes = Buffer.allocUnsafe(length ?? 16 * 1024);
      let size = 0;
      const end = (result: Buffer | NoBody) => {
        clearTimeout(timer);
        request.off('data', take);
        resolve(result);
      };
      const take = (chunk: Buffer) => {
        if (size + chunk.length > largest) return end('too large');
        if (size + chunk.length > bytes.length) {
          const larger = Buffer.allocUnsafe(Math.max(2 * bytes.length, size + chunk.length));
          bytes.copy(larger, 0, 0, size);
          bytes = larger;
        }
        chunk.copy(bytes, size);
        size += chunk.length;
      };
      const timer = setTimeout(() => end('too slow'), patience);
      request.on('data', take);
      request.once('end', () => end(bytes.subarray(0, size)));
      request.once('error', () => end('gone'));
      request.once('close', () => end(request.complete ? bytes.subarray(0, size) : 'gone'));
    });
  }
}
