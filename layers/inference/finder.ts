/**
 * One picture's faces. The detector proposes; everything after it is decided for each face alone: its
 * light, its roll, its mesh, and whether all of that agrees.
 *
 * The picture is looked at as it is. It is looked at again, in part or in other views, where there is reason
 * to: faces that are turned make their turn worth a look, dark parts their light, and where nothing was
 * found, every view is tried.
 */
import { cut, fromTile, type Tile, tilesOf } from './decoding/tiles.ts';
import { AS_IT_IS, type Detection, Detector, hintsOf, isFace, type View } from './detector.ts';
import { gainFor } from './light.ts';
import type { Pixels } from './pixels.ts';
import type { QuarterTurns } from './raster.ts';
import { readFaces, trustIn } from './reading.ts';
import type { Sessions } from './sessions.ts';
import { sameFace, suppress } from './suppression.ts';
import {
  accepted,
  better,
  type FoundFace,
  fitsBetter,
  inPixels,
  largerFirst,
  readAlike,
  standsUpright,
  TURNED_TRUST,
  uprightTurns,
} from './verdict.ts';

/** A reading is taken without a second look from here on. */
const TRUSTED = 0.6;

/**
 * In this view faces that lie stand or hang. At the coarsest level it costs little enough to be had for every
 * picture, and it sees those who lie among people who stand.
 */
const ON_ITS_SIDE: View = { turns: 1, gain: 1 };

/** A face that hangs is seen in the upright view as well as one that stands; one that lies often is not. */
const LYING: readonly QuarterTurns[] = [1, 3];

/** @returns at most `limit` faces, largest box first. */
export async function findFaces(
  pixels: Pixels,
  limit: number,
  sessions: Sessions,
): Promise<FoundFace[]> {
  const search = new Search(pixels, limit, sessions);
  await search.everywhere();
  return search.faces.sort((a, b) => largerFirst(a.detection, b.detection)).slice(0, limit);
}

class Search {
  readonly faces: FoundFace[] = [];
  readonly #pixels: Pixels;
  readonly #limit: number;
  readonly #sessions: Sessions;
  readonly #detector: Detector;
  readonly #seen = new Set<string>();
  readonly #leftOut: Detection[] = [];

  constructor(pixels: Pixels, limit: number, sessions: Sessions) {
    this.#pixels = pixels;
    this.#limit = limit;
    this.#sessions = sessions;
    this.#detector = new Detector(pixels, sessions);
  }

  async everywhere(): Promise<void> {
    const tiles = tilesOf(this.#pixels.width, this.#pixels.height);
    if (tiles.length > 1) await this.#lookAlong(tiles);
    if (this.faces.length > 0) return;
    const detector = this.#detector;
    await this.#follow(hintsOf(await this.#look(AS_IT_IS)));
    await this.#take(await detector.glance(ON_ITS_SIDE));
    const gain = await detector.shadowGain();
    if (gain !== undefined) await this.#take(await detector.glance({ turns: 0, gain }));
    if (this.faces.length === 0) await this.#lookHarder(gain);
    for (const turns of this.#turnsSeen()) await this.#look({ turns, gain: 1 });
  }

  /** A strip is looked at piece by piece: seen as a whole, its faces would be too small. */
  async #lookAlong(tiles: readonly Tile[]): Promise<void> {
    const seen: Detection[] = [];
    for (const tile of tiles) {
      const detector = new Detector(cut(this.#pixels, tile), this.#sessions);
      for (const detection of await detector.look(AS_IT_IS)) {
        const box = fromTile(detection.box, tile, this.#pixels);
        if (box) seen.push({ ...detection, box });
      }
    }
    await this.#take(suppress(seen));
  }

  /** Every view, until one shows a face. */
  async #lookHarder(gain = 1): Promise<void> {
    const turned: readonly QuarterTurns[] = [1, 3, 2];
    const gains = gain === 1 ? [1] : [1, gain];
    for (const gain of gains) {
      for (const turns of gain === 1 ? turned : ([0, ...turned] as const)) {
        await this.#look({ turns, gain });
        if (this.faces.length > 0) return;
      }
      for (const turns of [0, ...turned] as const) {
        await this.#take(await this.#detector.stepBack({ turns, gain }));
        if (this.faces.length > 0) return;
      }
    }
  }

  async #look(view: View): Promise<readonly Detection[]> {
    const key = `${view.turns} ${view.gain}`;
    if (this.#seen.has(key)) return [];
    this.#seen.add(key);
    const seen = await this.#detector.look(view);
    await this.#take(seen);
    return seen;
  }

  /** Looks closely at what may be a face that lies, or one in the dark. */
  async #follow(hints: readonly Detection[]): Promise<void> {
    for (const { box } of hints) {
      const place = inPixels(box, this.#pixels);
      if (Math.max(place.width, place.height) < HINT_SIDE) continue;
      if (this.faces.some((face) => sameFace(face.detection.box, box))) continue;
      const gain = gainFor(this.#pixels, place);
      for (const turns of gain === 1 ? LYING : ([0, ...LYING] as const)) {
        const angle = (turns * Math.PI) / 2;
        await this.#take(await this.#detector.lookAround(box, angle, gain));
      }
    }
  }

  /** The turns, other than none, in which a face that was found stands upright. */
  #turnsSeen(): ReadonlySet<QuarterTurns> {
    return new Set(this.faces.map(uprightTurns).filter((turns) => turns !== 0));
  }

  /** Reads what is no face found before; of a face found before, takes the better of both looks. */
  async #take(detections: readonly Detection[]): Promise<void> {
    const read = new Map<Detection, FoundFace>();
    const faces = detections.filter(isFace).sort(largerFirst);
    for (const [i, detection] of faces.entries()) {
      const known = this.faces.findIndex((face) => sameFace(face.detection.box, detection.box));
      const found = this.faces[known];
      if (found) {
        this.faces[known] = { ...found, detection: better(found, detection) };
        continue;
      }
      if (this.#leaveOut(detection)) continue;
      if (!read.has(detection)) await this.#readAhead(faces.slice(i), read);
      const face = await this.#sure(read.get(detection)!);
      if (accepted(face, this.#pixels)) this.#add(face);
    }
  }

  /**
   * Whether there are as many larger faces as are wanted. What was left out once stays so: another view may
   * see the same face in a larger box.
   */
  #leaveOut(detection: Detection): boolean {
    if (this.#leftOut.some(({ box }) => sameFace(box, detection.box))) return true;
    const larger = this.faces.filter((face) => largerFirst(face.detection, detection) <= 0);
    if (larger.length < this.#limit) return false;
    this.#leftOut.push(detection);
    return true;
  }

  /** A face that was read may turn out to be one that was found before: by its box, or by its features. */
  #add(face: FoundFace): void {
    const boxed = this.faces.findIndex(({ detection: { box } }) =>
      sameFace(box, face.detection.box),
    );
    const known = boxed >= 0 ? boxed : this.faces.findIndex((found) => readAlike(found, face));
    const found = this.faces[known];
    if (!found) this.faces.push(face);
    else if (boxed >= 0 ? trustIn(face) > trustIn(found) : fitsBetter(face, found)) {
      this.faces[known] = face;
    }
  }

  /**
   * Reads the first of some detections, and with it those that will probably be read next: together they take
   * less time.
   */
  async #readAhead(
    [first, ...next]: readonly Detection[],
    read: Map<Detection, FoundFace>,
  ): Promise<void> {
    const room = Math.min(READ_AT_ONCE, this.#limit - this.faces.length) - 1;
    const news = next.filter(({ box }) => {
      return !this.faces.some((face) => sameFace(face.detection.box, box));
    });
    const lit = [first!, ...news.slice(0, Math.max(0, room))].map((detection) => {
      return { detection, gain: gainFor(this.#pixels, inPixels(detection.box, this.#pixels)) };
    });
    for (const face of await this.#readAs(lit)) read.set(face.detection, face);
  }

  async #readAs(
    faces: readonly Pick<FoundFace, 'detection' | 'gain'>[],
    mostTurns?: number,
  ): Promise<FoundFace[]> {
    const approaches = faces.map(({ detection: { box, angle }, gain }) => {
      return { box: inPixels(box, this.#pixels), angle, gain };
    });
    const readings = await readFaces(this.#pixels, approaches, this.#sessions, mostTurns);
    return readings.map((reading, i) => {
      const { detection, gain } = faces[i]!;
      return { detection, gain, ...reading };
    });
  }

  async #sure(first: FoundFace): Promise<FoundFace> {
    return trustIn(first) >= TRUSTED ? first : this.#readAgain(first);
  }

  /**
   * In doubt, the surroundings are looked at from all sides, since the box of a face that does not stand is
   * off, and the reading that both networks believe in most is taken.
   */
  async #readAgain(first: FoundFace): Promise<FoundFace> {
    const { detection, gain } = first;
    const seen: Detection[] = [];
    for (let side = 0; side < SIDES; side++) {
      const angle = (side * 2 * Math.PI) / SIDES;
      const around = await this.#detector.lookAround(detection.box, angle, gain);
      const again = around.find(({ box }) => sameFace(box, detection.box));
      if (again && isFace(again)) seen.push(again);
    }
    let best = first;
    for (const again of seen.sort((a, b) => b.score - a.score)) {
      const [reading = best] = await this.#readAs([{ detection: again, gain }]);
      if (trustIn(reading) > trustIn(best)) best = reading;
      if (trustIn(best) >= TRUSTED) break;
    }
    // What nobody can read, as far as it is a face, is a profile or tiny, and probably stands.
    if (trustIn(best) < TURNED_TRUST) {
      if (!first.wasTurned) return first;
      const [asItIs = first] = await this.#readAs([first], 0);
      return asItIs;
    }
    return standsUpright(best) ? { ...best, detection } : best;
  }
}

/** Smaller hints, by their longer side in pixels, are not worth following: no vector of theirs is trusted. */
const HINT_SIDE = 24;

/** The mesh takes so many crops in a run. */
const READ_AT_ONCE = 8;

/** Sides from which a face in doubt is looked at. */
const SIDES = 8;
