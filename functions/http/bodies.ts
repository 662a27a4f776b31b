/**
 * The bodies of requests, in bounded memory.
 *
 * A body is put together in one piece of memory, however small the pieces that it comes in. What is beyond a
 * small body waits, unread, until there is room for all of it; it has its room until its request has been
 * answered. When it is there it waits again, until it is its turn to be taken apart, which takes several times
 * its size. Small requests never wait, and where too many wait others are turned away.
 */
import type { IncomingMessage } from 'node:http';
import { Places } from '../../layers/inference/index.ts';

export interface BodyLimits {
  /** The most bytes that a request may have. */
  readonly largest: number;
  /** Up to here a body needs no room. */
  readonly small: number;
  /** The bytes of all larger bodies together. */
  readonly room: number;
  /** Milliseconds in which a body that has its room must come in. */
  readonly timeout: number;
  /** Larger bodies that are taken apart and answered at the same time. */
  readonly inHand: number;
  /** The most larger bodies that wait, and the most bytes that those without room may announce together. */
  readonly waiting: { readonly bodies: number; readonly bytes: number };
}

/** Told how many milliseconds were waited. */
type Waits = (milliseconds: number) => void;

/** Why there is no body. */
export type NoBody = 'too large' | 'too slow' | 'too many' | 'gone';

export class Body {
  readonly size: number;
  /** Milliseconds for which it has waited for room and for its turn. */
  readonly waited: number;
  readonly #giveBack: () => void;
  #bytes: Buffer | undefined;

  constructor(bytes: Buffer, waited: number, giveBack: () => void) {
    this.size = bytes.length;
    this.waited = waited;
    this.#bytes = bytes;
    this.#giveBack = giveBack;
  }

  /** The bytes, once: nobody else holds them from then on. */
  take(): Buffer {
    const bytes = this.#bytes;
    if (bytes === undefined) throw new TypeError('The body has been taken.');
    this.#bytes = undefined;
    return bytes;
  }

  /** Gives its room back. Calling it again is harmless. */
  release(): void {
    this.#giveBack();
  }
}

export class Bodies {
  readonly #limits: BodyLimits;
  readonly #waiting: { readonly size: number; readonly enter: () => void }[] = [];
  readonly #inHand: Places;
  /** Larger bodies that are not answered. */
  #came = 0;
  #waitingBytes = 0;
  #free: number;

  constructor(limits: BodyLimits) {
    this.#limits = limits;
    this.#free = limits.room;
    this.#inHand = new Places({ places: limits.inHand });
  }

  async read(request: IncomingMessage): Promise<Body | NoBody> {
    const { largest, small } = this.#limits;
    const announced = request.headers['content-length'];
    const length = announced === undefined ? undefined : Number(announced);
    if (length !== undefined && length > largest) return 'too large';
    // What comes in chunks may become as large as the largest.
    const size = length ?? (request.headers['transfer-encoding'] === undefined ? 0 : largest);
    if (size <= small) {
      const bytes = await this.#collect(request, length);
      return Buffer.isBuffer(bytes) ? new Body(bytes, 0, () => undefined) : bytes;
    }
    if (!this.#mayWait(size)) return 'too many';
    this.#came++;
    const endings: (() => void)[] = [() => void this.#came--];
    const giveBack = () => {
      for (const end of endings.splice(0)) end();
    };
    const no = (reason: NoBody) => {
      giveBack();
      return reason;
    };
    let waited = 0;
    const waits = (milliseconds: number) => {
      waited += milliseconds;
    };
    const leaveRoom = await this.#enter(size, request, waits);
    if (leaveRoom === undefined) return no('gone');
    endings.push(leaveRoom);
    const bytes = await this.#collect(request, length);
    if (!Buffer.isBuffer(bytes)) return no(bytes);
    const letGo = await this.#takeInHand(request, waits).catch(() => undefined);
    if (letGo === undefined) return no('gone');
    endings.push(letGo);
    return new Body(bytes, waited, giveBack);
  }

  #mayWait(size: number): boolean {
    const {
      inHand,
      waiting: { bodies, bytes },
    } = this.#limits;
    if (this.#came >= inHand + bodies) return false;
    const enters = this.#waiting.length === 0 && size <= this.#free;
    return enters || this.#waitingBytes + size <= bytes;
  }

  /** @throws ClientGoneError */
  #takeInHand(request: IncomingMessage, waited: Waits): Promise<() => void> {
    const gone = new AbortController();
    const { socket } = request;
    const leave = () => gone.abort();
    if (socket.destroyed) leave();
    socket.once('close', leave);
    return this.#inHand
      .enter({ signal: gone.signal, isPatient: true, waited })
      .finally(() => socket.off('close', leave));
  }

  /** @returns how to leave again, or undefined if the client has gone meanwhile */
  #enter(size: number, request: IncomingMessage, waited: Waits): Promise<(() => void) | undefined> {
    const since = performance.now();
    return new Promise((resolve) => {
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(place), 1);
        this.#waitingBytes -= size;
        resolve(undefined);
      };
      const place = {
        size,
        enter: () => {
          request.off('close', leave);
          this.#free -= size;
          this.#waitingBytes -= size;
          waited(performance.now() - since);
          resolve(() => {
            this.#free += size;
            this.#admit();
          });
        },
      };
      request.once('close', leave);
      this.#waiting.push(place);
      this.#waitingBytes += size;
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
    const { largest, timeout } = this.#limits;
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
      const timer = setTimeout(() => end('too slow'), timeout);
      request.on('data', take);
      request.once('end', () => end(bytes.subarray(0, size)));
      request.once('error', () => end('gone'));
      request.once('close', () => end(request.complete ? bytes.subarray(0, size) : 'gone'));
    });
  }
}
