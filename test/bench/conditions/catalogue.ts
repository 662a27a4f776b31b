/**
 * All conditions in which a photograph is looked at. Each makes, of a photograph whose face is known, the
 * bytes of a changed copy, the same ones each time, and says where in it the face is.
 *
 * Copies are saved without loss, except where a camera or the condition itself would lose something.
 */
import { createHash } from 'node:crypto';
import sharp, { type Sharp } from 'sharp';
import { invert, templateToPicture } from '../../../layers/inference/alignment.ts';
import type { DetectedFace } from '../../../layers/inference/index.ts';
import type { Pixels } from '../../../layers/inference/pixels.ts';
import { Random } from '../../support/random.ts';
import { type Cover, drawCover } from './covers.ts';
import { backlit, noisy } from './exposure.ts';
import { fractionText } from './markdown.ts';
import { IN_PLACE, mirrored, type Placement, rolled, scaled } from './placement.ts';

/** A photograph, as it is, and the face in it. */
export interface Photograph {
  /** Seeds what is random. */
  readonly name: string;
  readonly pixels: Pixels;
  readonly face: DetectedFace;
}

export interface Copy {
  /** A JPEG or PNG. */
  readonly bytes: Uint8Array;
  readonly placement: Placement;
}

export interface Condition {
  /** Conditions of one group are measured together: `--only` names groups. */
  readonly group: string;
  readonly name: string;
  readonly make: (photograph: Photograph) => Promise<Copy>;
}

/** The quality at which cameras save. */
const CAMERA_QUALITY = 90;

/** The API accepts no smaller side; a smaller copy gets a margin. */
const MIN_SIDE = 80;

/** Small faces are shown in a picture of this side, at which the detector neither enlarges nor shrinks first. */
const SIZE_CANVAS = 320;

/** Of margins: neither dark nor bright. */
const GREY = { r: 127, g: 127, b: 127 } as const;

const FAST = { compressionLevel: 1 } as const;

/** What everything is compared with; measured whatever else is. */
export const AS_IT_IS: Condition = {
  group: 'clean',
  name: 'as it is',
  make: async ({ pixels }) => ({ bytes: await png(image(pixels)), placement: IN_PLACE }),
};

const TURNS = Array.from({ length: 23 }, (_, i) => (i + 1) * 15);

export const CONDITIONS: readonly Condition[] = [
  AS_IT_IS,
  ...TURNS.map((degrees) => condition('roll', `roll ${degrees}`, (photo) => roll(photo, degrees))),
  condition('mirror', 'mirrored', async ({ pixels }) => ({
    bytes: await png(image(pixels).flop()),
    placement: mirrored(pixels),
  })),
  ...([0.25, 0.5, 2] as const).map((scale) =>
    condition('scale', `scale ${fractionText(scale)}`, ({ pixels }) =>
      resize(pixels, scale, MIN_SIDE),
    ),
  ),
  ...[0.5, 0.3, 0.2, 0.1, 0.05].map((factor) =>
    inPlace('brightness', `brightness x ${decimal(factor)}`, ({ pixels }) =>
      jpeg(image(pixels).linear(factor, 0), CAMERA_QUALITY),
    ),
  ),
  inPlace('brightness', 'person x .1, not the background', ({ pixels, face }) => {
    const toTemplate = invert(templateToPicture(pixels, face.mesh));
    return jpeg(image(backlit(pixels, toTemplate, 0.1)), CAMERA_QUALITY);
  }),
  ...[10, 25].map((sigma) =>
    inPlace('noise', `noise sigma ${sigma}`, ({ name, pixels }) =>
      png(image(noisy(pixels, sigma, new Random(seedOf(`${name} ${sigma}`))))),
    ),
  ),
  ...[1, 2, 4].map((sigma) =>
    inPlace('blur', `blur sigma ${sigma}`, ({ pixels }) => png(image(pixels).blur(sigma))),
  ),
  ...[80, 40, 20].map((quality) =>
    inPlace('jpeg', `JPEG quality ${quality}`, ({ pixels }) => jpeg(image(pixels), quality)),
  ),
  ...(['mask', 'bar', 'lenses'] as const).map((cover) =>
    inPlace(cover, cover, (photo) => covered(photo, cover)),
  ),
  ...[40, 24, 20, 16, 12].map((side) =>
    condition('size', `face of ${side} px`, ({ pixels, face }) => {
      const { width, height } = face.box;
      const scale = side / Math.min(width * pixels.width, height * pixels.height);
      return resize(pixels, scale, SIZE_CANVAS);
    }),
  ),
];

function condition(group: string, name: string, make: Condition['make']): Condition {
  return { group, name, make };
}

function inPlace(
  group: string,
  name: string,
  make: (photograph: Photograph) => Promise<Uint8Array>,
): Condition {
  return {
    group,
    name,
    make: async (photograph) => ({ bytes: await make(photograph), placement: IN_PLACE }),
  };
}

async function roll({ pixels }: Photograph, degrees: number): Promise<Copy> {
  const { data, info } = await image(pixels)
    .rotate(degrees, { background: GREY })
    .png(FAST)
    .toBuffer({ resolveWithObject: true });
  return { bytes: data, placement: rolled(pixels, info, degrees) };
}

/** @param least side in pixels of the copy's canvas, in whose middle it stands. */
export async function resize(pixels: Pixels, scale: number, least = MIN_SIDE): Promise<Copy> {
  const [width, height] = [pixels.width, pixels.height].map((side) =>
    Math.max(1, Math.round(side * scale)),
  ) as [number, number];
  const [left, top] = [width, height].map((side) => Math.max(0, Math.ceil((least - side) / 2))) as [
    number,
    number,
  ];
  const bytes = await png(
    image(pixels)
      .resize({ width, height, fit: 'fill' })
      .extend({ left, right: left, top, bottom: top, background: GREY }),
  );
  return { bytes, placement: scaled(scale, { x: left, y: top }) };
}

function covered({ pixels, face }: Photograph, cover: Cover): Promise<Uint8Array> {
  const svg = drawCover(cover, templateToPicture(pixels, face.mesh), pixels);
  return png(image(pixels).composite([{ input: Buffer.from(svg) }]));
}

function image({ data, width, height }: Pixels): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 } });
}

function png(copy: Sharp): Promise<Uint8Array> {
  return copy.png(FAST).toBuffer();
}

function jpeg(copy: Sharp, quality: number): Promise<Uint8Array> {
  return copy.jpeg({ quality }).toBuffer();
}

function seedOf(name: string): number {
  return createHash('sha256').update(name).digest().readInt32LE();
}

function decimal(factor: number): string {
  return `${factor}`.replace(/^0/, '');
}
