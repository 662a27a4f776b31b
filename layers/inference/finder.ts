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
import type { Box } from './face.ts';
import { gainFor } from './light.ts';
import type { Pixels } from './pixels.ts';
import type { QuarterTurns } from './raster.ts';
import { CERTAIN, type Reading, readFace, rollOfMesh, trustIn } from './reading.ts';
import type { Roll } from './roll.ts';
import type { Sessions } from './sessions.ts';
import { sameFace, suppress } from './suppression.ts';

export interface FoundFace extends Reading {
  readonly detection: Detection;
  /** By which its light is raised before it is looked at. */
  readonly gain: number;
}

/**
 * On a crop that shows enough, the landmark model knows a face from a shadow better than the detector
 * does, but it also denies full profiles, of which the detector is sure. Below this presence and score,
 * with at least this many pixels to judge by, it is no face: over 54 hand-checked pictures this takes
 * no face and a third of the false ones.
 */
const VETO = { presence: 0.1, score: 0.98, shortSide: 24 } as const;

/** A reading is taken without a second look from here on. */
const TRUSTED = 0.6;

/** Faces that do not stand, or were seen in a view of their own, must be surer. */
const TURNED_THRESHOLD = 0.9;
const TURNED_TRUST = 0.5;

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
    for (const detection of detections.filter(isFace).sort(largerFirst)) {
      const known = this.faces.findIndex((face) => sameFace(face.detection.box, detection.box));
      const found = this.faces[known];
      if (found) {
        this.faces[known] = { ...found, detection: better(found, detection) };
        continue;
      }
      if (this.#leaveOut(detection)) continue;
      const face = await this.#read(detection);
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

  /** A face that was read again may turn out to be one that was found before. */
  #add(face: FoundFace): void {
    const known = this.faces.findIndex(({ detection: { box } }) =>
      sameFace(box, face.detection.box),
    );
    const found = this.faces[known];
    if (!found) this.faces.push(face);
    else if (trustIn(face) > trustIn(found)) this.faces[known] = face;
  }

  async #read(detection: Detection): Promise<FoundFace> {
    const gain = gainFor(this.#pixels, inPixels(detection.box, this.#pixels));
    const first = await this.#readAs(detection, gain);
    if (trustIn(first) >= TRUSTED) return first;
    return this.#readAgain(first);
  }

  async #readAs(detection: Detection, gain: number, mostTurns?: number): Promise<FoundFace> {
    const [pixels, sessions] = [this.#pixels, this.#sessions];
    const box = inPixels(detection.box, pixels);
    const reading = await readFace(pixels, box, detection.angle, gain, sessions, mostTurns);
    return { detection, gain, ...reading };
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
      const reading = await this.#readAs(again, gain);
      if (trustIn(reading) > trustIn(best)) best = reading;
      if (trustIn(best) >= TRUSTED) break;
    }
    // What nobody can read, as far as it is a face, is a profile or tiny, and probably stands.
    if (trustIn(best) < TURNED_TRUST) return this.#readAs(detection, gain, 0);
    return standsUpright(best) ? { ...best, detection } : best;
  }
}

/** Smaller hints, by their longer side in pixels, are not worth following: no vector of theirs is trusted. */
const HINT_SIDE = 24;

/** Sides from which a face in doubt is looked at. */
const SIDES = 8;

/** What was seen of a face by two looks: the box of the one that saw it upright, the higher score of two such. */
function better(face: FoundFace, again: Detection): Detection {
  const { detection } = face;
  if (trustIn(face) < TURNED_TRUST) return detection;
  if (!seenUpright(face, detection)) return seenUpright(face, again) ? again : detection;
  if (!seenUpright(face, again)) return detection;
  // The first look from a side is a glance; what a closer one sees fits better.
  const box = detection.plain ? detection.box : again.box;
  return { ...detection, box, score: Math.max(detection.score, again.score) };
}

function seenUpright({ mesh }: Reading, { angle }: Detection): boolean {
  return Math.cos(rollOfMesh(mesh) - angle) >= Math.SQRT1_2;
}

function standsUpright({ mesh }: Reading): boolean {
  return uprightTurns({ mesh }) === 0;
}

/** The quarter turns, clockwise, that bring a face nearest to upright. */
function uprightTurns({ mesh }: Pick<Reading, 'mesh'>): QuarterTurns {
  return ((4 - (Math.round(rollOfMesh(mesh) / (Math.PI / 2)) & 3)) & 3) as QuarterTurns;
}

/** Whether a face was seen for certain, and not upright. */
function looksTurned({ angle, certainty }: Roll): boolean {
  return certainty >= CERTAIN && Math.cos(angle) < 0.5;
}

function accepted(face: FoundFace, pixels: Pixels): boolean {
  const { detection, mesh, firstSight } = face;
  if (trustIn(face) >= TURNED_TRUST) {
    return detection.score >= TURNED_THRESHOLD || (detection.plain && standsUpright(face));
  }
  // Profiles and tiny faces, which the mesh does not know: the detector alone must be sure, and nothing
  // may speak against their standing upright.
  if (!detection.plain || !standsUpright(face)) return false;
  const { width, height } = inPixels(detection.box, pixels);
  if (Math.min(width, height) < VETO.shortSide) return true;
  if (looksTurned(firstSight)) return false;
  return mesh.presence >= VETO.presence || detection.score >= VETO.score;
}

/** By area; of equal boxes, the upper and then the left one. */
function largerFirst({ box: a }: Detection, { box: b }: Detection): number {
  return b.width * b.height - a.width * a.height || a.top - b.top || a.left - b.left;
}

function inPixels(box: Box, { width, height }: Pixels): Box {
  return {
    left: box.left * width,
    top: box.top * height,
    width: box.width * width,
    height: box.height * height,
  };
}
