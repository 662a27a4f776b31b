/**
 * Covers drawn over the face of a photograph: masks over nose and mouth, bars over the eyes, dark lenses. Of
 * many shapes, sizes and colours, so that a head learns what is hidden and not what hides it.
 */
import type { Point } from '../../../layers/inference/index.ts';
import { LANDMARK_VERTICES } from '../../../layers/inference/landmarks.ts';
import type { Pixels } from '../../../layers/inference/pixels.ts';
import { pixelRandomOf, type Random } from '../random.ts';

export const COVERS = ['mask', 'bar', 'lenses'] as const;
export type Cover = (typeof COVERS)[number];

/**
 * The plane of a face: u along the line of the eyes, v down to the mouth, both in distances between the
 * eyes, 0,0 between them.
 */
interface FacePlane {
  readonly origin: Point;
  readonly distance: number;
  readonly right: Point;
  /** v of the mouth. */
  readonly mouth: number;
}

type Shape = (u: number, v: number) => boolean;

/** @param vertices of the mesh in pixels of the picture. */
export function covered(
  pixels: Pixels,
  vertices: Float32Array,
  cover: Cover,
  random: Random,
  name: string,
): Pixels {
  const plane = planeOf(vertices);
  const shape = SHAPES[cover](plane, random);
  const colour = cover === 'mask' ? anyColour(random) : darkColour(random);
  const grain = random.chance(0.5) ? random.between(0, 10) : 0;
  const next = pixelRandomOf(name);
  const data = Uint8Array.from(pixels.data);
  for (let y = 0; y < pixels.height; y++) {
    for (let x = 0; x < pixels.width; x++) {
      const [dx, dy] = [x + 0.5 - plane.origin.x, y + 0.5 - plane.origin.y];
      const u = (dx * plane.right.x + dy * plane.right.y) / plane.distance;
      const v = (dy * plane.right.x - dx * plane.right.y) / plane.distance;
      if (!shape(u, v)) continue;
      const at = (y * pixels.width + x) * 3;
      for (let channel = 0; channel < 3; channel++) {
        const value = colour[channel]! + grain * (2 * next() - 1);
        data[at + channel] = Math.max(0, Math.min(255, Math.round(value)));
      }
    }
  }
  return { ...pixels, data };
}

const SHAPES: Readonly<Record<Cover, (plane: FacePlane, random: Random) => Shape>> = {
  mask({ mouth }, random) {
    const top = random.between(0.25, 0.6) * mouth;
    const bottom = mouth + random.between(0.5, 1.4);
    const half = random.between(0.7, 1.2);
    // A sheet right across, a rectangle, or narrower towards the chin.
    const kind = random.between(0, 1);
    if (kind < 0.2) return (_u, v) => v > top && v < bottom;
    if (kind < 0.5) return (u, v) => v > top && v < bottom && Math.abs(u) < half;
    return (u, v) => {
      const down = (v - top) / (bottom - top);
      return down > 0 && down < 1 && Math.abs(u) < half * Math.sqrt(1 - down ** 3);
    };
  },
  bar(_plane, random) {
    const [height, half] = [random.between(0.13, 0.38), random.between(0.75, 2.5)];
    const shift = random.between(-0.05, 0.05);
    return (u, v) => Math.abs(v - shift) < height && Math.abs(u) < half;
  },
  lenses(_plane, random) {
    const [width, height] = [random.between(0.22, 0.44), random.between(0.16, 0.38)];
    const [shift, power] = [random.between(0, 0.08), random.chance(0.5) ? 2 : 8];
    const frame = random.chance(0.6);
    return (u, v) =>
      [-0.5, 0.5].some(
        (eye) => Math.abs((u - eye) / width) ** power + Math.abs((v - shift) / height) ** power < 1,
      ) ||
      (frame && Math.abs(v) < 0.04 && Math.abs(u) < 0.9);
  },
};

function planeOf(vertices: Float32Array): FacePlane {
  const left = meanOf(vertices, LANDMARK_VERTICES.eyeLeft);
  const right = meanOf(vertices, LANDMARK_VERTICES.eyeRight);
  const mouth = meanOf(vertices, [...LANDMARK_VERTICES.mouthLeft, ...LANDMARK_VERTICES.mouthRight]);
  const distance = Math.hypot(right.x - left.x, right.y - left.y);
  const along = { x: (right.x - left.x) / distance, y: (right.y - left.y) / distance };
  const origin = { x: (left.x + right.x) / 2, y: (left.y + right.y) / 2 };
  const down = (mouth.y - origin.y) * along.x - (mouth.x - origin.x) * along.y;
  return { origin, distance, right: along, mouth: down / distance };
}

function meanOf(vertices: Float32Array, indices: readonly number[]): Point {
  let [x, y] = [0, 0];
  for (const index of indices) {
    x += vertices[index * 3]! / indices.length;
    y += vertices[index * 3 + 1]! / indices.length;
  }
  return { x, y };
}

function anyColour(random: Random): number[] {
  const kind = random.between(0, 1);
  if (kind < 0.25) return darkColour(random);
  if (kind < 0.55) return grey(random.between(150, 250));
  if (kind < 0.7) {
    // Surgical blue.
    return [random.between(150, 190), random.between(190, 230), random.between(220, 250)];
  }
  return Array.from({ length: 3 }, () => random.between(0, 255));
}

function darkColour(random: Random): number[] {
  return grey(random.between(2, 62));
}

function grey(value: number): number[] {
  return [value, value, value];
}
