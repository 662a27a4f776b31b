/** The models in the thread of the server itself, for so many pieces of work at once. */
import type { InferenceOptions } from '../../layers/inference/index.ts';
import {
  ClientGoneError,
  Inference,
  type Piece,
  Places,
  type PlacesOptions,
  type Work,
} from '../../layers/inference/index.ts';

export class BoundedInference extends Inference {
  readonly #work: Work;
  readonly #places: Places;
  readonly #entered = new WeakMap<Piece, Promise<() => void>>();

  constructor(options: InferenceOptions & PlacesOptions, work: Work) {
    super(options);
    this.#work = work;
    this.#places = new Places(options);
  }

  /** @throws also ClientGoneError, InferenceBusyError, as all that follows does */
  override async read(...photograph: Parameters<Inference['read']>): ReturnType<Inference['read']> {
    const { piece } = this.#work;
    let entered = this.#entered.get(piece);
    if (entered === undefined) {
      const entering = this.#places.enter(piece);
      entered = entering;
      this.#entered.set(piece, entering);
      piece.atEnd(() => void entering.then((leave) => leave()).catch(() => undefined));
    }
    await entered;
    this.#goOn();
    return super.read(...photograph);
  }

  override async findFaces(
    ...picture: Parameters<Inference['findFaces']>
  ): ReturnType<Inference['findFaces']> {
    this.#goOn();
    return super.findFaces(...picture);
  }

  override async embed(...faces: Parameters<Inference['embed']>): ReturnType<Inference['embed']> {
    this.#goOn();
    return super.embed(...faces);
  }

  override async describe(
    ...faces: Parameters<Inference['describe']>
  ): ReturnType<Inference['describe']> {
    this.#goOn();
    return super.describe(...faces);
  }

  #goOn(): void {
    if (this.#work.piece.signal.aborted) throw new ClientGoneError('The client has gone.');
  }
}
