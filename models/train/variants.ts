/**
 * What is done to a photograph so that heads learn more from it: mirrored, seen badly, partly covered,
 * behind sunglasses. Used in training only; nothing is scored on a changed photograph.
 */
import sharp from 'sharp';
import type { DetectedFace, Point } from '../../layers/inference/index.ts';
import { meanVertex } from '../../layers/inference/landmarks.ts';
import type { Random } from './random.ts';

export const VARIANTS = ['asIs', 'mirrored', 'degraded', 'covered', 'shaded'] as const;
export type Variant = (typeof VARIANTS)[number];

/** A photograph, decoded by nobody yet, and the face in it. */
export interface Original {
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly face: DetectedFace;
}

const MAKERS: Readonly<
  Record<Variant, (original: Original, random: Random) => Promise<Uint8Array>>
> = {
  asIs: async ({ bytes }) => bytes,
  mirrored: ({ bytes }) => sharp(bytes).flop().png({ compressionLevel: 1 }).toBuffer(),
  degraded,
  covered,
  shaded,
};

/** @returns a JPEG or PNG. The same original and seed give the same bytes. */
export function makeVariant(
  variant: Variant,
  original: Original,
  random: Random,
): Promise<Uint8Array> {
  return MAKERS[variant](original, random);
}

/** Shrunk until the eyes are 8 to 24 pixels apart, perhaps blurred or darkened, saved as a poor JPEG. */
async function degraded(original: Original, random: Random): Promise<Uint8Array> {
  const { left, right } = eyes(original);
  const scale = Math.min(1, random.between(8, 24) / Math.hypot(right.x - left.x, right.y - left.y));
  const image = sharp(original.bytes).resize({
    width: Math.max(8, Math.round(original.width * scale)),
    height: Math.max(8, Math.round(original.height * scale)),
    fit: 'fill',
  });
  if (random.chance(0.3)) image.blur(random.between(0.5, 1.2));
  if (random.chance(0.3)) image.linear(random.between(0.4, 0.8), 0);
  // So that no picture is smaller than the smallest that is accepted.
  image.extend({ top: 40, bottom: 40, left: 40, right: 40, background: '#777' });
  return image.jpeg({ quality: Math.round(random.between(30, 80)) }).toBuffer();
}

/** Something held before the face: a dark or skin-coloured shape over the mouth, or over one side. */
async function covered(original: Original, random: Random): Promise<Uint8Array> {
  const { left, right, mouth, distance } = places(original);
  const colours = ['#1a1a1e', '#e8e4dc', '#c98f6b', '#8d5a3c', '#50607a', '#d9a883'];
  const fill = colours[Math.floor(random.between(0, colours.length))]!;
  const aside = random.chance(0.25);
  const eye = random.chance(0.5) ? left : right;
  const centre = aside
    ? { x: eye.x, y: (eye.y + mouth.y) / 2 }
    : { x: mouth.x + random.between(-0.3, 0.3) * distance, y: mouth.y };
  const width = distance * (aside ? random.between(0.9, 1.3) : random.between(1.4, 2.4));
  const height = distance * (aside ? random.between(1.6, 2.4) : random.between(0.9, 1.5));
  const angle = random.between(-25, 25);
  const radius = random.between(0.1, 0.5) * Math.min(width, height);
  return drawn(
    original,
    `<g transform="translate(${centre.x} ${centre.y}) rotate(${angle})">
      <rect x="${-width / 2}" y="${-height / 2}" width="${width}" height="${height}" rx="${radius}"
        fill="${fill}"/>
      ${fingers(width, height, random)}
    </g>`,
  );
}

/** Lines of shadow, as between fingers or along folds. */
function fingers(width: number, height: number, random: Random): string {
  const lines = [-0.25, 0, 0.25].map((at) => {
    const x = (at + random.between(-0.05, 0.05)) * width;
    return `<path d="M${x} ${-height / 2} V${height / 2}"/>`;
  });
  return `<g stroke="#000" stroke-opacity="0.25" stroke-width="${width / 40}">${lines.join('')}</g>`;
}

/** Dark glasses: two lenses, a bridge, and perhaps a shine. */
async function shaded(original: Original, random: Random): Promise<Uint8Array> {
  const { left, right, distance } = places(original);
  const tints = ['#0b0b0d', '#16120e', '#20242c', '#2a1c12'];
  const fill = tints[Math.floor(random.between(0, tints.length))]!;
  const opacity = random.between(0.86, 1);
  const [rx, ry] = [distance * random.between(0.34, 0.46), distance * random.between(0.24, 0.36)];
  const corner = random.between(0.4, 1);
  const angle = (Math.atan2(right.y - left.y, right.x - left.x) * 180) / Math.PI;
  const lens = ({ x, y }: Point) => `<g transform="translate(${x} ${y}) rotate(${angle})">
      <rect x="${-rx}" y="${-ry * 0.9}" width="${2 * rx}" height="${2 * ry}" rx="${rx * corner}"
        ry="${ry * corner}" fill="${fill}" fill-opacity="${opacity}"/>
      <ellipse cx="${-rx * 0.3}" cy="${-ry * 0.3}" rx="${rx * 0.25}" ry="${ry * 0.15}" fill="#fff"
        fill-opacity="${random.between(0, 0.25)}"/></g>`;
  const bridge = `<path d="M${left.x} ${left.y - ry * 0.4} L${right.x} ${right.y - ry * 0.4}"
    stroke="${fill}" stroke-width="${distance * 0.06}"/>`;
  return drawn(original, lens(left) + lens(right) + bridge);
}

function drawn({ bytes, width, height }: Original, shapes: string): Promise<Uint8Array> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${shapes}</svg>`;
  return sharp(bytes)
    .composite([{ input: Buffer.from(svg) }])
    .jpeg({ quality: 92 })
    .toBuffer();
}

function eyes({ face, width, height }: Original): { left: Point; right: Point } {
  const { eyeLeft, eyeRight } = face.landmarks;
  return {
    left: { x: eyeLeft.x * width, y: eyeLeft.y * height },
    right: { x: eyeRight.x * width, y: eyeRight.y * height },
  };
}

function places(original: Original) {
  const { left, right } = eyes(original);
  const { x, y } = meanVertex(original.face.mesh, [13, 14]);
  return {
    left,
    right,
    mouth: { x: x * original.width, y: y * original.height },
    distance: Math.hypot(right.x - left.x, right.y - left.y),
  };
}
