/**
 * Where the faces are: one picture looked at in several sizes (a pyramid), the boxes of all sizes merged.
 *
 * Coarse levels see large faces well and cost little. Fine levels find small faces but break large ones
 * into pieces, so each level above the coarsest counts only boxes that the level below is too coarse
 * for; and the finest, which costs twice the others together, runs only where it can pay.
 */
import type { Box } from './face.ts';
import type { Pixels } from './pixels.ts';
import { type Candidate, decodePriors, INPUT_MULTIPLE } from './priors.ts';
import { type QuarterTurns, resize, turn, turnBack } from './raster.ts';
import type { Sessions } from './sessions.ts';
import { suppress } from './suppression.ts';

export interface Detection extends Candidate {
  /** In ratios of the upright picture. */
  readonly box: Box;
  /** How often the picture had to be turned for the face to stand upright. */
  readonly turns: QuarterTurns;
}

/** A long side in pixels to look at the picture in, and the widest box, in its pixels, that counts. */
interface Level {
  readonly side: number;
  readonly maxWidth: number;
}

/** The widths are where precision over 54 hand-checked pictures (393 faces) stops rising. */
const COARSE: readonly Level[] = [
  { side: 320, maxWidth: Number.POSITIVE_INFINITY },
  { side: 640, maxWidth: 80 },
];
const FINE: Level = { side: 1280, maxWidth: 48 };

/** A level that enlarges the picture by more would only enlarge its blur. */
const MAX_ENLARGEMENT = 1 / 0.6;

/** Best F1 on the same pictures lies between 0.85 and 0.9; below, precision falls. */
const THRESHOLD = 0.85;

/** Weaker candidates say nothing, not even that a closer look may pay. */
const CANDIDATE_THRESHOLD = 0.5;

/** The fine level pays when the coarse ones saw a candidate at most this wide, in pixels of that level. */
const SMALL_WIDTH = 32;

/** The detector was trained on (value - 127) / 128, so padding with 0 is padding with grey. */
const MEAN = 127;
const SCALE = 128;

/** Looks for faces in one picture, of which each size is made once, when it is first looked at. */
export class Detector {
  readonly #pixels: Pixels;
  readonly #sessions: Sessions;
  readonly #longest: number;
  readonly #sizes = new Map<number, Promise<Pixels>>();

  constructor(pixels: Pixels, sessions: Sessions) {
    this.#pixels = pixels;
    this.#sessions = sessions;
    this.#longest = Math.max(pixels.width, pixels.height);
  }

  /** @returns what the coarse levels see in the turned picture, faint candidates too, best first. */
  async glance(turns: QuarterTurns): Promise<Detection[]> {
    return suppress(await this.#look(COARSE, turns));
  }

  /**
   * Adds what the fine level sees, if it can pay, to what a glance at the picture turned so showed.
   *
   * @returns the faces at or above the threshold, best score first.
   */
  async finish(glanced: readonly Detection[], turns: QuarterTurns): Promise<Detection[]> {
    const fine = finePays(glanced, this.#pixels) ? await this.#look([FINE], turns) : [];
    return suppress(glanced.concat(fine)).filter(isFace);
  }

  /** @returns the candidates that count on these levels of the turned picture. */
  async #look(levels: readonly Level[], turns: QuarterTurns): Promise<Detection[]> {
    const found: Detection[] = [];
    for (const level of levels) {
      if (level !== COARSE[0] && level.side > this.#longest * MAX_ENLARGEMENT) continue;
      const pixels = turn(await this.#size(level.side), turns);
      for (const { box, score } of await detectAtSize(pixels, this.#sessions)) {
        if (box.width > level.maxWidth) continue;
        found.push({ box: turnBack(ratio(box, pixels), turns), score, turns });
      }
    }
    return found;
  }

  #size(side: number): Promise<Pixels> {
    const size = this.#sizes.get(side) ?? resize(this.#pixels, side / this.#longest);
    this.#sizes.set(side, size);
    return size;
  }
}

/** Whether a candidate is sure enough to be called a face. */
export function isFace({ score }: Candidate): boolean {
  return score >= THRESHOLD;
}

function finePays(candidates: readonly Detection[], { width, height }: Pixels): boolean {
  if (!candidates.some(isFace)) return true;
  const small = (SMALL_WIDTH / FINE.side) * Math.max(width, height);
  return candidates.some(({ box }) => Math.min(box.width * width, box.height * height) <= small);
}

/** @returns candidates in pixels of the input. */
async function detectAtSize(pixels: Pixels, sessions: Sessions): Promise<Candidate[]> {
  const width = Math.ceil(pixels.width / INPUT_MULTIPLE) * INPUT_MULTIPLE;
  const height = Math.ceil(pixels.height / INPUT_MULTIPLE) * INPUT_MULTIPLE;
  const outputs = await sessions.run('detector.onnx', 'image', {
    data: planes(pixels, width, height),
    shape: [1, 3, height, width],
  });
  return decodePriors(outputs('scores'), outputs('offsets'), width, height, CANDIDATE_THRESHOLD);
}

/** Normalised colour planes, the picture at the top left of width x height. */
function planes({ data, ...size }: Pixels, width: number, height: number): Float32Array {
  const area = width * height;
  const output = new Float32Array(3 * area);
  let from = 0;
  for (let row = 0; row < size.height; row++) {
    let to = row * width;
    for (let column = 0; column < size.width; column++) {
      output[to] = (data[from++]! - MEAN) / SCALE;
      output[to + area] = (data[from++]! - MEAN) / SCALE;
      output[to + 2 * area] = (data[from++]! - MEAN) / SCALE;
      to++;
    }
  }
  return output;
}

function ratio(box: Box, { width, height }: Pixels): Box {
  return {
    left: box.left / width,
    top: box.top / height,
    width: box.width / width,
    height: box.height / height,
  };
}
