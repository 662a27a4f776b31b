/**
 * What the heads look at, in blocks: each block is a list of numbers that describes one face. A block is
 * computed when it is first asked for, and once.
 */
import { alignFace, type Frame } from '../alignment.ts';
import type { DetectedFace } from '../face.ts';
import type { Pixels } from '../pixels.ts';
import type { Sessions } from '../sessions.ts';
import { SHAPE_LENGTH, shapeOf } from './shape.ts';

/** Channels of the backbone's feature map, and its positions along a side. */
const CHANNELS = 512;
const MAP_SIDE = 14;

/** Rows of the feature map, from and up to. */
const BANDS = {
  foreheadBand: [0, 4],
  eyeBand: [4, 7],
  noseBand: [7, 9],
  mouthBand: [9, 12],
  chinBand: [12, 14],
} as const;

/** The blocks, and how many numbers each has. */
export const BLOCK_LENGTHS = {
  /** Of the mesh, without its pose: {@link shapeOf}. Runs no model. */
  shape: SHAPE_LENGTH,
  /** Of the whole face, from the last layer of the backbone. */
  features: 1024,
  /** Of one band across the face, from a layer before. */
  foreheadBand: CHANNELS,
  eyeBand: CHANNELS,
  noseBand: CHANNELS,
  mouthBand: CHANNELS,
  chinBand: CHANNELS,
  /** What the network for expressions says: logits of seven. */
  expression: 7,
} as const;

export type BlockName = keyof typeof BLOCK_LENGTHS;

/** The backbone's own answers. */
export interface Backbone {
  /** Probability of each age in years from 0. */
  readonly age: Float32Array;
  /** Probability that the face looks male. */
  readonly male: number;
  readonly features: Float32Array;
  /** MAP_SIDE rows of MAP_SIDE positions of CHANNELS values. */
  readonly map: Float32Array;
}

const BACKBONE = { file: 'faceres.onnx', side: 224 } as const;
const EXPRESSION = { file: 'emotion.onnx', side: 64 } as const;

/** Forehead to chin, ear to ear: a little more than the embedder sees. */
const BACKBONE_FRAME: Frame = { left: -6, top: 2, side: 124 };
const EXPRESSION_FRAME: Frame = { left: 0, top: 0, side: 112 };

/** What must be known of a face to judge it. */
export type JudgedFace = Pick<DetectedFace, 'mesh' | 'pose' | 'quality' | 'gain'>;

export class FaceBlocks {
  readonly #pixels: Pixels;
  readonly #face: JudgedFace;
  readonly #sessions: Sessions;
  #shape: Float64Array | undefined;
  #backbone: Promise<Backbone> | undefined;
  #expression: Promise<Float32Array> | undefined;

  constructor(pixels: Pixels, face: JudgedFace, sessions: Sessions) {
    this.#pixels = pixels;
    this.#face = face;
    this.#sessions = sessions;
  }

  async block(name: BlockName): Promise<ArrayLike<number>> {
    switch (name) {
      case 'shape':
        this.#shape ??= shapeOf(this.#face, this.#pixels);
        return this.#shape;
      case 'features':
        return (await this.backbone()).features;
      case 'expression':
        this.#expression ??= this.#runExpression();
        return this.#expression;
      default:
        return meanOfRows((await this.backbone()).map, BANDS[name]);
    }
  }

  backbone(): Promise<Backbone> {
    this.#backbone ??= this.#runBackbone();
    return this.#backbone;
  }

  async #runBackbone(): Promise<Backbone> {
    const { file, side } = BACKBONE;
    const data = alignFace(this.#pixels, this.#face, BACKBONE_FRAME, side);
    const outputs = await this.#sessions.run(file, 'face', { data, shape: [1, side, side, 3] });
    return {
      age: outputs('age'),
      male: outputs('gender')[0]!,
      features: outputs('features'),
      map: outputs('map'),
    };
  }

  async #runExpression(): Promise<Float32Array> {
    const { file, side } = EXPRESSION;
    const aligned = alignFace(this.#pixels, this.#face, EXPRESSION_FRAME, side);
    const data = greyFrom(aligned);
    const outputs = await this.#sessions.run(file, 'face', { data, shape: [1, side, side, 1] });
    return outputs('logits');
  }
}

/** @returns the mean of each channel over the positions of some rows. */
function meanOfRows(map: Float32Array, [from, to]: readonly [number, number]): Float32Array {
  const positions = (to - from) * MAP_SIDE;
  return Float32Array.from({ length: CHANNELS }, (_, channel) => {
    let sum = 0;
    for (let at = from * MAP_SIDE; at < to * MAP_SIDE; at++) sum += map[at * CHANNELS + channel]!;
    return sum / positions;
  });
}

/** Luma (ITU-R BT.601) of RGB 0..255, scaled to -1..1 as the network was trained. */
function greyFrom(rgb: Float32Array): Float32Array {
  const grey = new Float32Array(rgb.length / 3);
  for (let i = 0; i < grey.length; i++) {
    const luma = 0.299 * rgb[i * 3]! + 0.587 * rgb[i * 3 + 1]! + 0.114 * rgb[i * 3 + 2]!;
    grey[i] = luma / 127.5 - 1;
  }
  return grey;
}
