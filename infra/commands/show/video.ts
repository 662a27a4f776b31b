/** Who is seen in a video, and the pictures of it with their boxes. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import {
  BUILT_IN_FACE_MODELS,
  type Inference,
  qualityReasons,
} from '../../../layers/inference/index.ts';
import {
  type Container,
  type Decoder,
  type RgbPicture,
  sampledPictures,
  type TrackedFace,
  Tracker,
} from '../../../layers/video/index.ts';
import { hasFont } from './draw.ts';

/** Pictures a second, as the service looks at them. */
export const RATE = 5;
/** As in `functions/video/merge.ts`, where it is said why. */
const SAME = 50;
const OTHER = 15;
const QUALITY = 85;
const COLOURS = [
  '#e6194b',
  '#3cb44b',
  '#ffe119',
  '#4363d8',
  '#f58231',
  '#46f0f0',
  '#f032e6',
  '#bcf60c',
];

export interface OpenVideo {
  readonly container: Container;
  readonly decoder: Decoder;
  readonly signal: AbortSignal;
}

export interface Seen {
  readonly pictures: readonly {
    readonly timestamp: number;
    readonly faces: readonly { readonly box: TrackedFace['box']; readonly track: number }[];
  }[];
  /** Of each track its person. */
  readonly ofTrack: readonly number[];
}

/** @param onPicture told of each picture, by its time in milliseconds */
export async function lookAtVideo(
  video: OpenVideo,
  inference: Inference,
  onPicture: (timestamp: number) => void,
): Promise<Seen> {
  const model = BUILT_IN_FACE_MODELS.get(BUILT_IN_FACE_MODELS.default);
  const tracker = new Tracker({ same: model.cosineAt(SAME), other: model.cosineAt(OTHER) });
  const pictures: Seen['pictures'][number][] = [];
  for await (const { timestamp, picture } of picturesOf(video)) {
    onPicture(timestamp);
    const whole = { width: picture.width, height: picture.height, pixels: picture };
    const found = await inference.findFaces(whole);
    const embedded = await inference.embed(whole, found);
    const faces = found.map((face, i): TrackedFace => {
      const { vector, legibility } = embedded[i]!;
      const isTrusted = qualityReasons(face, whole, 'AUTO', legibility).length === 0;
      return { box: face.box, vector, trust: isTrusted ? legibility.norm : 0 };
    });
    const tracks = tracker.add(timestamp, faces);
    pictures.push({
      timestamp,
      faces: faces.map(({ box }, i) => ({ box, track: tracks[i]! })),
    });
  }
  return { pictures, ofTrack: tracker.persons().ofTrack };
}

/** Writes an .mp4, or into a folder a picture for each that was looked at. */
export async function writeVideo(
  video: OpenVideo,
  { pictures, ofTrack }: Seen,
  out: string,
  encode: (pictures: readonly Uint8Array[], rate: number) => Promise<Uint8Array>,
  onPicture: (timestamp: number) => void,
): Promise<void> {
  const isVideo = /\.(mp4|m4v)$/i.test(out);
  if (!isVideo) await mkdir(out, { recursive: true });
  const withText = await hasFont();
  const drawn: Uint8Array[] = [];
  let i = 0;
  for await (const { timestamp, picture } of picturesOf(video)) {
    onPicture(timestamp);
    const faces = pictures[i++]?.faces ?? [];
    const marks = faces.map(({ box, track }) => mark(box, ofTrack[track] ?? 0, picture, withText));
    const bytes = await draw(picture, marks.join(''));
    if (isVideo) drawn.push(bytes);
    else await writeFile(path.join(out, `${String(timestamp).padStart(8, '0')}.jpg`), bytes);
  }
  if (isVideo) await writeFile(out, await encode(drawn, RATE));
}

function picturesOf({ container, decoder, signal }: OpenVideo) {
  const all = { first: 0, end: Number.MAX_SAFE_INTEGER, rate: RATE };
  return sampledPictures(container, decoder, all, signal);
}

function draw({ width, height, data }: RgbPicture, marks: string): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${marks}</svg>`;
  return sharp(data, { raw: { width, height, channels: 3 } })
    .composite([{ input: Buffer.from(svg), left: 0, top: 0 }])
    .jpeg({ quality: QUALITY })
    .toBuffer();
}

function mark(
  box: TrackedFace['box'],
  person: number,
  { width, height }: RgbPicture,
  withText: boolean,
): string {
  const colour = COLOURS[person % COLOURS.length]!;
  const [x, y] = [box.left * width, box.top * height];
  const size = Math.max(12, height / 30);
  const stroke = Math.max(2, height / 240);
  const place = `x="${x.toFixed(1)}" y="${y.toFixed(1)}"`;
  const sides = `width="${(box.width * width).toFixed(1)}" height="${(box.height * height).toFixed(1)}"`;
  const number = withText
    ? `<text x="${x.toFixed(1)}" y="${Math.max(size, y - stroke).toFixed(1)}" font-family="sans-serif" font-weight="bold" font-size="${size.toFixed(1)}" fill="${colour}" stroke="#000" stroke-width="${(stroke * 1.5).toFixed(1)}" paint-order="stroke">${person}</text>`
    : '';
  return `<rect ${place} ${sides} fill="none" stroke="${colour}" stroke-width="${stroke.toFixed(1)}"/>${number}`;
}
