/**
 * Judges faces: runs the networks that the requested attributes need, and no others, and puts what the
 * heads make of them into answers.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Pixels } from '../pixels.ts';
import type { Sessions } from '../sessions.ts';
import { answer } from './answers.ts';
import type { Attribute, Attributes } from './attribute.ts';
import { type Backbone, FaceBlocks, type JudgedFace } from './blocks.ts';
import { type HeadName, scoresOf, sigmoid, softmax } from './head.ts';
import { viewOf, visibilityOf } from './visibility.ts';
import { type Heads, parseHeads } from './weights.ts';

/** The heads that an answer is made of. AGE_RANGE and GENDER are the backbone's own. */
const HEADS: Readonly<Record<Attribute, readonly HeadName[]>> = {
  AGE_RANGE: [],
  GENDER: [],
  EMOTIONS: ['emotion'],
  SMILE: ['smile'],
  EYEGLASSES: ['eyeglasses', 'sunglasses'],
  SUNGLASSES: ['sunglasses'],
  BEARD: ['beard'],
  MUSTACHE: ['mustache'],
  EYES_OPEN: ['eyesOpen', 'sunglasses'],
  MOUTH_OPEN: ['mouthOpen'],
  FACE_OCCLUDED: ['occluded', 'sunglasses'],
};

const FILE = 'attributes.json';

export class Judge {
  readonly #file: string;
  readonly #sessions: Sessions;
  #heads: Promise<Heads> | undefined;

  /** @param models the folder that holds the networks and the weights of the heads. */
  constructor(models: string, sessions: Sessions) {
    this.#file = path.join(models, FILE);
    this.#sessions = sessions;
  }

  /**
   * @returns for each face, in order, exactly what is requested.
   * @throws WeightsError when the file of weights is damaged, and what reading it throws.
   */
  async describe(
    pixels: Pixels,
    faces: readonly JudgedFace[],
    requested: ReadonlySet<Attribute>,
  ): Promise<Attributes[]> {
    const names = new Set([...requested].flatMap((attribute) => HEADS[attribute]));
    const asksBackbone = requested.has('AGE_RANGE') || requested.has('GENDER');
    const described: Attributes[] = [];
    for (const face of faces) {
      const blocks = new FaceBlocks(pixels, face, this.#sessions);
      const scores = await this.#scores(names, blocks);
      const backbone = asksBackbone ? await blocks.backbone() : undefined;
      described.push(
        answer(requested, {
          visibility: visibilityOf(viewOf(face, pixels)),
          probability: (head) => sigmoid(known(scores.get(head))[0]!),
          emotions: () => softmax(known(scores.get('emotion'))),
          age: () => known<Backbone>(backbone).age,
          male: () => known<Backbone>(backbone).male,
        }),
      );
    }
    return described;
  }

  async #scores(
    names: ReadonlySet<HeadName>,
    blocks: FaceBlocks,
  ): Promise<ReadonlyMap<HeadName, number[]>> {
    const scores = new Map<HeadName, number[]>();
    if (names.size === 0) return scores;
    const heads = await this.#load();
    for (const name of names) {
      const inputs: ArrayLike<number>[] = [];
      for (const block of heads[name].blocks) inputs.push(await blocks.block(block));
      scores.set(name, scoresOf(heads[name], inputs));
    }
    return scores;
  }

  /** Once; a load that failed is tried again by the next call. */
  #load(): Promise<Heads> {
    this.#heads ??= readFile(this.#file, 'utf8')
      .then(parseHeads)
      .catch((error: unknown) => {
        this.#heads = undefined;
        throw error;
      });
    return this.#heads;
  }
}

/** What an answer asks for has been computed: HEADS lists it. */
function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('An answer asks for what was not computed');
  return value;
}
