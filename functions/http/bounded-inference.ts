/** The models, for one machine that does other things besides: so many photographs at once (work.ts). */
import type { InferenceOptions } from '../../layers/inference/index.ts';
import { Inference } from '../../layers/inference/index.ts';
import type { Work } from './work.ts';

export class BoundedInference extends Inference {
  readonly #work: Work;

  constructor(options: InferenceOptions, work: Work) {
    super(options);
    this.#work = work;
  }

  override async read(...photograph: Parameters<Inference['read']>): ReturnType<Inference['read']> {
    await this.#work.place();
    return super.read(...photograph);
  }

  override async findFaces(
    ...picture: Parameters<Inference['findFaces']>
  ): ReturnType<Inference['findFaces']> {
    this.#work.goOn();
    return super.findFaces(...picture);
  }

  override async embed(...faces: Parameters<Inference['embed']>): ReturnType<Inference['embed']> {
    this.#work.goOn();
    return super.embed(...faces);
  }

  override async describe(
    ...faces: Parameters<Inference['describe']>
  ): ReturnType<Inference['describe']> {
    this.#work.goOn();
    return super.describe(...faces);
  }
}
