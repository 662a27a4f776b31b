/**
 * Where the faces are: one picture looked at in several sizes (a pyramid), the boxes of all sizes merged.
 *
 * Coarse levels see large faces well and cost little. Fine levels find small faces but break large ones
 * into pieces, so each level above the coarsest counts only boxes that the level below is too coarse
 * for; and the finest, which costs twice the others together, runs only where it can pay.
 */
import type { Box } from './face.ts';
import { planes } from './kernel/kernel.ts';
import { raised, shadowGain } from './light.ts';
import { type Pixels, sampleSquare } from './pixels.ts';
import { type Candidate, decodePriors, INPUT_MULTIPLE } from './priors.ts';
import { type QuarterTurns, resize, turn, turnBack } from './raster.ts';
import type { Sessions } from './sessions.ts';
import { suppress } from './suppression.ts';

export interface Detection extends Candidate {
  /** In ratios of the picture as it is. */
  readonly box: Box;
  /** Radians, clockwise: the roll of a face that stood upright in the view in which this was seen. */
  readonly angle: number;
  /** Whether it was seen in the picture as it is, neither turned nor raised. */
  readonly plain: boolean;
}

/** A way to look at the whole picture. */
export interface View {
  /** How often it is turned clockwise. */
  readonly turns: QuarterTurns;
  /** By how much its levels are raised. */
  readonly gain: number;
}

export const AS_IT_IS: View = { turns: 0, gain: 1 };

/** A long side in pixels to look at the picture in, and the widest box, in its pixels, that counts. */
export interface Level {
  readonly side: number;
  readonly maxWidth: number;
  /** Grey around the picture, in pixels. */
  readonly margin: number;
}

/** The widths are where precision over 54 hand-checked pictures (393 faces) stops rising. */
const COARSEST: Level = { side: 320, maxWidth: Number.POSITIVE_INFINITY, margin: 0 };
const COARSE: readonly Level[] = [COARSEST, { side: 640, maxWidth: 80, margin: 0 }];
const FINE: Level = { side: 1280, maxWidth: 48, margin: 0 };

/**
 * From afar: faces that overfill the frame get an outline, and noise is averaged away. The margin makes
 * a canvas of 256 pixels.
 */
const FAR: Level = { side: 160, maxWidth: Number.POSITIVE_INFINITY, margin: 48 };

/** Side in pixels at which the surroundings of a box are looked at, and their side over the box's. */
const PATCH = 128;
const SURROUNDINGS = 3;

/** A level that enlarges the picture by more would only enlarge its blur. */
const MAX_ENLARGEMENT = 1 / 0.6;

/** Best F1 on the same pictures lies between 0.85 and 0.9; below, precision falls. */
const THRESHOLD = 0.85;

/** Weaker candidates do not even say that a closer look may pay. */
const CANDIDATE_THRESHOLD = 0.5;

/** Still weaker ones may be faces that lie: of those, nine in ten leave such a trace in the upright view. */
const HINT_THRESHOLD = 0.2;

/** Hints that are followed in one picture. */
const MAX_HINTS = 6;

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

  /** @returns what is seen at the coarse levels and, where that can pay, at the fine one; best first. */
  async look(view: View): Promise<Detection[]> {
    const foresee = (seen: readonly Detection[]) => {
      if (seesSmall(seen, this.#pixels)) this.#prepare([FINE]);
    };
    const coarse = suppress(await this.#see(COARSE, view, foresee));
    const fine = finePays(coarse, this.#pixels) ? await this.#see([FINE], view) : [];
    return suppress(coarse.concat(fine));
  }

  /** @returns what is seen at the coarsest level, best first. */
  async glance(view: View): Promise<Detection[]> {
    return suppress(await this.#see([COARSEST], view));
  }

  /** @returns what is seen from afar, best first. */
  async stepBack(view: View): Promise<Detection[]> {
    return suppress(await this.#see([FAR], view));
  }

  /**
   * Looks at the surroundings of a box, sampled for themselves and turned.
   *
   * @param angle in radians, clockwise: the roll of the faces that would stand upright.
   * @returns what is seen, best first.
   */
  async lookAround(box: Box, angle: number, gain: number): Promise<Detection[]> {
    const { width, height } = this.#pixels;
    const side = SURROUNDINGS * Math.max(box.width * width, box.height * height);
    const scale = side / PATCH;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const [a, b] = [scale * cos, scale * sin];
    const toSource = {
      a,
      b,
      x: (box.left + box.width / 2) * width - ((a - b) * PATCH) / 2,
      y: (box.top + box.height / 2) * height - ((b + a) * PATCH) / 2,
    };
    const patch = sampleSquare(this.#pixels, toSource, PATCH, { gain });
    const pixels = { data: new Uint8Array(patch), width: PATCH, height: PATCH };
    const seen = await detectAtSize(pixels, 0, this.#sessions);
    return suppress(seen).map(({ box, score }) => {
      const [u, v] = [box.left + box.width / 2, box.top + box.height / 2];
      // The upright box around the ellipse that fills the turned one.
      const across = scale * Math.hypot(box.width * cos, box.height * sin);
      const down = scale * Math.hypot(box.width * sin, box.height * cos);
      return {
        box: {
          left: (a * u - b * v + toSource.x - across / 2) / width,
          top: (b * u + a * v + toSource.y - down / 2) / height,
          width: across / width,
          height: down / height,
        },
        score,
        angle,
        plain: false,
      };
    });
  }

  /** @returns the gain at which the dark parts of the picture are seen, undefined where there are none. */
  async shadowGain(): Promise<number | undefined> {
    return shadowGain(await this.#size(COARSEST.side));
  }

  /** @param foresee is told what was seen before each level but the first, and may prepare others. */
  async #see(
    levels: readonly Level[],
    view: View,
    foresee: (seen: readonly Detection[]) => void = () => {},
  ): Promise<Detection[]> {
    const found: Detection[] = [];
    for (const [i, level] of this.#prepare(levels).entries()) {
      if (i > 0) foresee(found);
      const size = await this.#size(level.side);
      const lit = view.gain === 1 ? size : raised(size, view.gain);
      const pixels = turn(lit, view.turns);
      for (const { box, score } of await detectAtSize(pixels, level.margin, this.#sessions)) {
        if (box.width > level.maxWidth) continue;
        found.push({
          box: turnBack(ratio(box, pixels), view.turns),
          score,
          angle: (-view.turns * Math.PI) / 2,
          plain: view.turns === 0 && view.gain === 1,
        });
      }
    }
    return found;
  }

  /**
   * Begins to make the sizes in which the detector will look: the next one while it looks at the one before.
   *
   * @returns the levels that do not enlarge the picture too far.
   */
  #prepare(levels: readonly Level[]): readonly Level[] {
    const finest = Math.max(COARSEST.side, this.#longest * MAX_ENLARGEMENT);
    const paying = levels.filter(({ side }) => side <= finest);
    for (const { side } of paying) this.#size(side).catch(() => {});
    return paying;
  }

  #size(side: number): Promise<Pixels> {
    const size = this.#sizes.get(side) ?? resize(this.#pixels, side / this.#longest);
    this.#sizes.set(side, size);
    return size;
  }
}

/** The candidates that are no faces as they were seen and may be some when they are looked at closely. */
export function hintsOf(seen: readonly Detection[]): Detection[] {
  return seen.filter((candidate) => !isFace(candidate)).slice(0, MAX_HINTS);
}

/** Whether a candidate is sure enough to be called a face. */
export function isFace({ score }: Candidate): boolean {
  return score >= THRESHOLD;
}

function finePays(seen: readonly Detection[], pixels: Pixels): boolean {
  return !seen.some(isFace) || seesSmall(seen, pixels);
}

function seesSmall(seen: readonly Detection[], { width, height }: Pixels): boolean {
  const small = (SMALL_WIDTH / FINE.side) * Math.max(width, height);
  const candidates = seen.filter(({ score }) => score >= CANDIDATE_THRESHOLD);
  return candidates.some(({ box }) => Math.min(box.width * width, box.height * height) <= small);
}

/** @returns candidates in pixels of the input. */
async function detectAtSize(
  pixels: Pixels,
  margin: number,
  sessions: Sessions,
): Promise<Candidate[]> {
  const [width, height] = [pixels.width, pixels.height].map(
    (side) => Math.ceil((side + 2 * margin) / INPUT_MULTIPLE) * INPUT_MULTIPLE,
  ) as [number, number];
  const shape = [1, 3, height, width];
  const outputs = await sessions.feed('detector.onnx', 'image', shape, (data) => {
    planes(pixels, { width, height, margin, mean: MEAN, factor: 1 / SCALE }, data);
  });
  const candidates = decodePriors(
    outputs('scores'),
    outputs('offsets'),
    width,
    height,
    HINT_THRESHOLD,
  );
  return candidates.map(({ box, score }) => ({
    box: { ...box, left: box.left - margin, top: box.top - margin },
    score,
  }));
}

function ratio(box: Box, { width, height }: Pixels): Box {
  return {
    left: box.left / width,
    top: box.top / height,
    width: box.width / width,
    height: box.height / height,
  };
}
