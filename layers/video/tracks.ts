/**
 * Who is who among the faces of a video: faces become tracks from picture to picture, tracks become persons.
 *
 * - A face goes on with a track where boxes overlap (intersection over union above 0.3, at most a second apart)
 *   and vectors do not speak against it; or where vectors alone say that it is the same person. Pairs are made
 *   the best first.
 * - Tracks are put together where their mean vectors say that they are one person and both are each other's best,
 *   until none is left: across cuts, for who comes back, and across what a track has lost. Two tracks that were
 *   seen on one picture are never one person.
 *
 * All of it follows from the faces in their order, so it does not matter in which parts they were found.
 */

export interface TrackedBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface TrackedFace {
  readonly box: TrackedBox;
  /** Of unit length. */
  readonly vector: Float32Array;
  /** How much its vector can be trusted: 0 for not at all; else the higher the better, in any unit. */
  readonly trust: number;
  /** What another face model makes of it, of unit length. It says nothing of who is who. */
  readonly other?: Float32Array | undefined;
}

/** Cosines that say something of two vectors; they depend on the face model. */
export interface Likeness {
  /** From here on two vectors are taken to be of one person. */
  readonly same: number;
  /** Below it boxes that overlap are taken to be of two. */
  readonly other: number;
}

export interface Person {
  /** The mean direction of the person's best faces. */
  readonly vector: Float32Array;
  /** The same of what another face model makes of these, where it was asked. */
  readonly other?: Float32Array | undefined;
  /** Whether it can be trusted: one of the faces could. */
  readonly isTrusted: boolean;
}

const OVERLAP = 0.3;
const LONGEST_GAP_MS = 1000;
/** So many of the best faces stand for a person. */
const BEST = 5;

type Kept = Pick<TrackedFace, 'vector' | 'trust' | 'other'>;

interface Track {
  readonly number: number;
  box: TrackedBox;
  readonly first: number;
  last: number;
  /** Sum of the vectors that can be trusted, or of all as long as none can. */
  sum: Float32Array;
  trusted: boolean;
  best: Kept[];
}

export class Tracker {
  readonly #likeness: Likeness;
  readonly #tracks: Track[] = [];
  /** Those that a face may go on with. */
  #open: Track[] = [];

  constructor(likeness: Likeness) {
    this.#likeness = likeness;
  }

  /**
   * @param timestamp milliseconds, ascending from picture to picture
   * @returns of each face, in order, the number of its track
   */
  add(timestamp: number, faces: readonly TrackedFace[]): number[] {
    this.#open = this.#open.filter(({ last }) => timestamp - last <= LONGEST_GAP_MS);
    const pairs: { readonly score: number; readonly face: number; readonly track: Track }[] = [];
    for (const [i, face] of faces.entries()) {
      for (const track of this.#open) {
        const score = this.#score(face, track);
        if (score !== undefined) pairs.push({ score, face: i, track });
      }
    }
    pairs.sort((a, b) => b.score - a.score);
    const numbers = new Map<number, number>();
    const taken = new Set<Track>();
    for (const { face, track } of pairs) {
      if (numbers.has(face) || taken.has(track)) continue;
      taken.add(track);
      numbers.set(face, track.number);
      extend(track, timestamp, faces[face]!);
    }
    return faces.map((face, i) => numbers.get(i) ?? this.#begin(timestamp, face));
  }

  /**
   * Call when all faces have been added.
   * @returns of each track the number of its person, counted from 0 in the order in which they appear first,
   *   and the persons
   */
  persons(): { readonly ofTrack: number[]; readonly persons: Person[] } {
    const groups = merged(this.#tracks, this.#likeness.same);
    groups.sort((a, b) => a.tracks[0]!.number - b.tracks[0]!.number);
    const ofTrack: number[] = [];
    for (const [person, { tracks }] of groups.entries()) {
      for (const { number } of tracks) ofTrack[number] = person;
    }
    return { ofTrack, persons: groups.map(({ tracks }) => personOf(tracks)) };
  }

  #score({ box, vector, trust }: TrackedFace, track: Track): number | undefined {
    const overlap = intersectionOverUnion(box, track.box);
    const cosine = dot(vector, unit(track.sum));
    const tells = trust > 0 && track.trusted;
    if (overlap > OVERLAP)
      return !tells || cosine > this.#likeness.other ? overlap + cosine : undefined;
    return tells && cosine > this.#likeness.same ? cosine : undefined;
  }

  #begin(timestamp: number, { box, vector, trust, other }: TrackedFace): number {
    const track: Track = {
      number: this.#tracks.length,
      box,
      first: timestamp,
      last: timestamp,
      sum: vector.slice(),
      trusted: trust > 0,
      best: [{ vector, trust, other }],
    };
    this.#tracks.push(track);
    this.#open.push(track);
    return track.number;
  }
}

function extend(track: Track, timestamp: number, face: TrackedFace): void {
  const { box, vector, trust, other } = face;
  track.box = box;
  track.last = timestamp;
  const isFirstTrusted = trust > 0 && !track.trusted;
  if (isFirstTrusted) track.sum = new Float32Array(vector.length);
  if (trust > 0 || !track.trusted) addTo(track.sum, vector);
  track.trusted ||= trust > 0;
  track.best = best([...track.best, { vector, trust, other }]);
}

/** Tracks of one person, as they are put together. */
interface Group {
  readonly tracks: Track[];
  readonly sum: Float32Array;
  readonly isTrusted: boolean;
}

/** Two groups at a time, each the other's best, until no two are alike any more. */
function merged(tracks: readonly Track[], same: number): Group[] {
  let groups: Group[] = tracks.map((track) => ({
    tracks: [track],
    sum: track.sum,
    isTrusted: track.trusted,
  }));
  for (;;) {
    const means = groups.map(({ sum }) => unit(sum));
    const partner = groups.map((group, i) => {
      if (!group.isTrusted) return -1;
      let [most, found] = [same, -1];
      for (const [j, other] of groups.entries()) {
        if (i === j || !other.isTrusted) continue;
        const cosine = dot(means[i]!, means[j]!);
        if (cosine > most && !seenTogether(group, other)) [most, found] = [cosine, j];
      }
      return found;
    });
    const next: Group[] = [];
    let isChanged = false;
    for (const [i, group] of groups.entries()) {
      const j = partner[i]!;
      const isMutual = j >= 0 && partner[j] === i;
      if (!isMutual) next.push(group);
      else if (i < j) {
        next.push(together(group, groups[j]!));
        isChanged = true;
      }
    }
    groups = next;
    if (!isChanged) return groups;
  }
}

function together(a: Group, b: Group): Group {
  const sum = a.sum.slice();
  addTo(sum, b.sum);
  const tracks = [...a.tracks, ...b.tracks].sort((one, other) => one.number - other.number);
  return { tracks, sum, isTrusted: true };
}

/** Tracks that last at the same time have a picture in common, or might have. */
function seenTogether(a: Group, b: Group): boolean {
  return a.tracks.some((one) =>
    b.tracks.some((other) => one.first <= other.last && other.first <= one.last),
  );
}

function personOf(tracks: readonly Track[]): Person {
  const kept = best(tracks.flatMap((track) => track.best));
  const trusted = kept.filter(({ trust }) => trust > 0);
  const faces = trusted.length > 0 ? trusted : kept;
  const others = faces.flatMap(({ other }) => other ?? []);
  return {
    vector: meanDirection(faces.map(({ vector }) => vector)),
    ...(others.length > 0 && { other: meanDirection(others) }),
    isTrusted: trusted.length > 0,
  };
}

function meanDirection(vectors: readonly Float32Array[]): Float32Array {
  const sum = new Float32Array(vectors[0]!.length);
  for (const vector of vectors) addTo(sum, vector);
  return unit(sum);
}

function best(kept: readonly Kept[]): Kept[] {
  return [...kept].sort((a, b) => b.trust - a.trust).slice(0, BEST);
}

function intersectionOverUnion(a: TrackedBox, b: TrackedBox): number {
  const right = Math.min(a.left + a.width, b.left + b.width);
  const bottom = Math.min(a.top + a.height, b.top + b.height);
  const width = right - Math.max(a.left, b.left);
  const height = bottom - Math.max(a.top, b.top);
  if (width <= 0 || height <= 0) return 0;
  const common = width * height;
  return common / (a.width * a.height + b.width * b.height - common);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function addTo(sum: Float32Array, vector: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += vector[i]!;
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(dot(vector, vector));
  return length === 0 ? vector : vector.map((value) => value / length);
}
