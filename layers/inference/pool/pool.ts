/**
 * Inference in threads. The pixels of a picture stay in the thread that has read it; a piece of work has one
 * thread for itself from its first picture until all its pictures are released, or it is over. So there are
 * never more pictures in memory as pixels than threads, and one piece of work more may hold the bytes of its own.
 *
 * A thread is started when all others are taken, and again after it has died.
 */

import type { ErrorClass } from '../error-classes.ts';
import type {
  Attribute,
  Attributes,
  DetectedFace,
  EmbeddedFace,
  InferencePort,
  JudgedFace,
  PictureHandle,
  Pixels,
} from '../port.ts';
import type { Answers, Calls, Kind, Named } from './calls.ts';
import { Places } from './places.ts';
import { type StartedThread, Thread } from './thread.ts';
import { ClientGoneError, type Piece, type Work } from './work.ts';

export interface InferencePoolOptions {
  /** The most threads. */
  readonly threads: number;
  /** Starts one, which answers by way of `serveInference`. */
  readonly start: () => StartedThread;
  readonly work: Work;
  /** The most pieces of work that wait, of those that are not patient. */
  readonly waiting: number;
  /** Classes to know errors of the threads by, beside those of inference. */
  readonly errors?: readonly ErrorClass[];
}

/** Pieces of work that have loaded their picture, or may load it, before there is a thread for it. */
const AHEAD = 1;

/**
 * Decoders at once. They run on the four threads that libuv has for the whole process, of which one is left
 * to the file system.
 */
const DECODERS = 3;

/** What a piece of work has of the pool. */
interface Visit {
  readonly piece: Piece;
  /** Resolves to how to leave. */
  readonly place: Promise<() => void>;
  lease: Promise<Lease> | undefined;
  /** Those that are not released. */
  readonly pictures: Set<number>;
}

interface Lease {
  readonly thread: Thread;
  readonly leave: () => void;
}

class PooledPicture implements PictureHandle {
  /** Of each face that was found in it, the place by which its thread knows it. */
  readonly found = new Map<object, number>();

  constructor(
    readonly width: number,
    readonly height: number,
    readonly number: number,
    readonly visit: Visit,
  ) {}
}

export class InferencePool implements InferencePort {
  readonly #options: InferencePoolOptions;
  readonly #places: Places;
  readonly #leases: Places;
  readonly #decoders = new Places({ places: DECODERS });
  readonly #visits = new Map<Piece, Visit>();
  /** The one that was used last is used first, so that the others need not be started. */
  readonly #idle: Thread[] = [];
  readonly #threads = new Set<Thread>();
  #pictures = 0;

  constructor(options: InferencePoolOptions) {
    const { threads, waiting } = options;
    this.#options = options;
    this.#places = new Places({ places: threads + AHEAD, waiting });
    this.#leases = new Places({ places: threads });
  }

  /** How many pieces of work wait. */
  get waiting(): number {
    return this.#places.waiting;
  }

  /** Whether somebody has a thread, or waits for one. */
  get isBusy(): boolean {
    return this.#visits.size > 0;
  }

  /** How many threads run. */
  get threads(): number {
    return this.#threads.size;
  }

  /**
   * Resolves when the piece of work that asks may load a picture.
   * @throws ClientGoneError, InferenceBusyError
   */
  async reserve(): Promise<void> {
    await this.#visit().place;
  }

  /** @throws also ClientGoneError, InferenceBusyError, ThreadLostError, as all that follows does */
  read(bytes: Uint8Array): Promise<PictureHandle> {
    return this.#begin(async (visit, number) => {
      const stopDecoding = await this.#decoders.enter({ ...visit.piece, isPatient: true });
      // A clone would take the whole memory that the bytes are a part of.
      const own = new Uint8Array(bytes);
      return this.#ask(
        visit,
        'read',
        number,
        { bytes: own },
        { given: [own.buffer], settled: stopDecoding },
      );
    });
  }

  hold({ data, width, height }: Pixels): Promise<PictureHandle> {
    return this.#begin((visit, number) => {
      const own = new Uint8Array(data);
      const pixels = { data: own, width, height };
      return this.#ask(visit, 'hold', number, { pixels }, { given: [own.buffer] });
    });
  }

  async findFaces(
    picture: PictureHandle,
    { limit }: { readonly limit?: number } = {},
  ): Promise<DetectedFace[]> {
    const { visit, number, found } = own(picture);
    const { faces, from } = await this.#ask(visit, 'findFaces', number, { limit });
    for (const [i, face] of faces.entries()) found.set(face, from + i);
    return faces;
  }

  embed(
    picture: PictureHandle,
    faces: readonly DetectedFace[],
    version?: string,
  ): Promise<EmbeddedFace[]> {
    const { visit, number, found } = own(picture);
    return this.#ask(visit, 'embed', number, { faces: named(faces, found), version });
  }

  describe(
    picture: PictureHandle,
    faces: readonly JudgedFace[],
    requested: ReadonlySet<Attribute>,
  ): Promise<Attributes[]> {
    const { visit, number, found } = own(picture);
    return this.#ask(visit, 'describe', number, { faces: named(faces, found), requested });
  }

  release(picture: PictureHandle): void {
    const { visit, number } = own(picture);
    this.#release(visit, number);
  }

  /** Ends the threads, and with an error what they are doing. */
  async close(): Promise<void> {
    await Promise.all([...this.#threads].map((thread) => thread.close()));
  }

  #visit(): Visit {
    const { piece } = this.#options.work;
    const known = this.#visits.get(piece);
    if (known !== undefined) return known;
    const place = this.#places.enter(piece);
    const visit: Visit = { piece, place, lease: undefined, pictures: new Set() };
    this.#visits.set(piece, visit);
    piece.atEnd(() => this.#end(visit));
    return visit;
  }

  /** Gives a picture to a thread, when there is one. */
  async #begin(
    give: (visit: Visit, picture: number) => Promise<PictureHandle>,
  ): Promise<PictureHandle> {
    const visit = this.#visit();
    await visit.place;
    const number = this.#pictures++;
    visit.pictures.add(number);
    visit.lease ??= this.#enter(visit.piece);
    try {
      await visit.lease;
      const { width, height } = await give(visit, number);
      return new PooledPicture(width, height, number, visit);
    } catch (error) {
      this.#release(visit, number);
      throw error;
    }
  }

  async #enter(piece: Piece): Promise<Lease> {
    const leave = await this.#leases.enter({ ...piece, isPatient: true });
    let thread = this.#idle.pop();
    while (thread?.isLost) thread = this.#idle.pop();
    return { thread: thread ?? this.#start(), leave };
  }

  #start(): Thread {
    const { start, errors = [] } = this.#options;
    const worker = start();
    const thread = new Thread(worker, errors);
    this.#threads.add(thread);
    worker.on('exit', () => this.#threads.delete(thread));
    return thread;
  }

  /** The answer, unless the client goes before. */
  async #ask<K extends Kind>(
    visit: Visit,
    kind: K,
    picture: number,
    call: Calls[K],
    {
      given = [],
      settled = () => undefined,
    }: {
      readonly given?: readonly ArrayBuffer[];
      /** Called when the thread has answered, or is not asked. */
      readonly settled?: () => void;
    } = {},
  ): Promise<Answers[K]> {
    const { lease, piece, pictures } = visit;
    if (lease === undefined || !pictures.has(picture)) {
      throw new TypeError('The picture has been released.');
    }
    const { thread } = await lease;
    const { signal } = piece;
    if (signal.aborted) {
      settled();
      throw gone();
    }
    return new Promise((resolve, reject) => {
      const leave = () => reject(gone());
      signal.addEventListener('abort', leave, { once: true });
      thread
        .ask(kind, picture, call, given)
        .finally(() => {
          signal.removeEventListener('abort', leave);
          settled();
        })
        .then(resolve, reject);
    });
  }

  #release(visit: Visit, picture: number): void {
    if (!visit.pictures.delete(picture)) return;
    void visit.lease?.then(({ thread }) => thread.free([picture]), ignore);
    if (visit.pictures.size === 0) this.#end(visit);
  }

  /** Gives back what a piece of work has; if it reads another picture, it begins anew. */
  #end(visit: Visit): void {
    if (this.#visits.get(visit.piece) !== visit) return;
    this.#visits.delete(visit.piece);
    void this.#giveBack(visit);
  }

  async #giveBack({ place, lease, pictures }: Visit): Promise<void> {
    const leavePlace = await place.catch(ignore);
    const held = await lease?.catch(ignore);
    if (held) {
      const { thread, leave } = held;
      // Another would have to wait for what is being done for nobody.
      await thread.quiet();
      thread.free([...pictures]);
      pictures.clear();
      if (!thread.isLost) this.#idle.push(thread);
      leave();
    }
    leavePlace?.();
  }
}

function named<F extends object>(
  faces: readonly F[],
  found: ReadonlyMap<object, number>,
): Named<F>[] {
  return faces.map((face) => found.get(face) ?? face);
}

function own(picture: PictureHandle): PooledPicture {
  if (picture instanceof PooledPicture) return picture;
  throw new TypeError('The picture was read by somebody else.');
}

function gone(): ClientGoneError {
  return new ClientGoneError('The client has gone.');
}

function ignore(): undefined {
  return undefined;
}
