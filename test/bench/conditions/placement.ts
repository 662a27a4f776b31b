/** Where a changed copy of a photograph shows what the photograph shows, and at which roll. Pure. */
import type { Point } from '../../../layers/inference/index.ts';
import type { Similarity } from '../../../layers/inference/pixels.ts';

/** Takes pixels of the photograph to pixels of its copy: mirrored first (x to -x), then along the similarity. */
export interface Placement extends Similarity {
  readonly mirrored: boolean;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A face in a picture: its centre and the longer side of its box in pixels, its roll in degrees. */
export interface Expected {
  readonly centre: Point;
  readonly side: number;
  readonly roll: number;
}

export const IN_PLACE: Placement = { a: 1, b: 0, x: 0, y: 0, mirrored: false };

/** A copy of the photograph's width, mirrored. */
export function mirrored({ width }: Size): Placement {
  return { ...IN_PLACE, x: width, mirrored: true };
}

/** A copy turned clockwise about its centre, in a canvas that holds all of it. */
export function rolled(from: Size, to: Size, degrees: number): Placement {
  const [a, b] = [Math.cos(radians(degrees)), Math.sin(radians(degrees))];
  const [u, v] = [from.width / 2, from.height / 2];
  return {
    a,
    b,
    x: to.width / 2 - a * u + b * v,
    y: to.height / 2 - b * u - a * v,
    mirrored: false,
  };
}

/** A scaled copy with its top left corner at `x`, `y`. */
export function scaled(scale: number, { x, y }: Point): Placement {
  return { a: scale, b: 0, x, y, mirrored: false };
}

/** What of a face is to be expected in the copy. */
export function placed({ centre, side, roll }: Expected, placement: Placement): Expected {
  const { a, b, mirrored: flipped } = placement;
  const u = flipped ? -centre.x : centre.x;
  return {
    centre: {
      x: a * u - b * centre.y + placement.x,
      y: b * u + a * centre.y + placement.y,
    },
    side: side * Math.hypot(a, b),
    roll: (flipped ? -roll : roll) + degreesOf(Math.atan2(b, a)),
  };
}

/** The angle between two directions, 0..180 degrees. */
export function apart(a: number, b: number): number {
  const turn = (((a - b) % 360) + 360) % 360;
  return Math.min(turn, 360 - turn);
}

/** A box may be so many times as large or small as the one that was expected. */
const SIZE_RATIO = 2;

/**
 * @returns which of the faces seen is the expected one: the nearest whose centre lies within half the
 * side and whose size is about right. Undefined when none is.
 */
export function nearest<Face extends Pick<Expected, 'centre' | 'side'>>(
  faces: readonly Face[],
  expected: Pick<Expected, 'centre' | 'side'>,
): Face | undefined {
  const distance = ({ centre }: Face) =>
    Math.hypot(centre.x - expected.centre.x, centre.y - expected.centre.y);
  return faces
    .filter((face) => distance(face) <= expected.side / 2)
    .filter(({ side }) => Math.abs(Math.log(side / expected.side)) <= Math.log(SIZE_RATIO))
    .toSorted((a, b) => distance(a) - distance(b))[0];
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}

function degreesOf(angle: number): number {
  return (angle * 180) / Math.PI;
}
