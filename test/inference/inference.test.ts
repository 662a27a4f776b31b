/** The whole pipeline on photographs, against what is in them and what is done to them. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Box,
  DEFAULT_FACE_MODEL,
  type DetectedFace,
  faceModel,
  Inference,
  type Picture,
} from '../../layers/inference/index.ts';
import { FACE_GRID, SAMPLE_FACES, SAMPLES } from './samples.ts';

const models = path.join(import.meta.dirname, '../../models');
const inference = new Inference({ models, threads: 1 });
afterAll(() => inference.close());

interface Seen {
  readonly picture: Picture;
  readonly faces: DetectedFace[];
}

async function see(image: Sharp | Uint8Array, limit = 100): Promise<Seen> {
  const bytes =
    image instanceof Uint8Array ? image : await image.png({ compressionLevel: 1 }).toBuffer();
  const picture = await inference.read(bytes);
  return { picture, faces: await inference.findFaces(picture, { limit }) };
}

/** Three women of whom each has turned the head another way. */
let original: Seen;
const half = () => sharp(SAMPLES[2]).resize({ width: 960 });
beforeAll(async () => {
  original = await see(half());
});

describe('findFaces', () => {
  test('finds everybody and nobody else', async () => {
    for (const [i, file] of SAMPLES.entries()) {
      const { faces } = await see(await readFile(file));
      expect(faces, path.basename(file)).toHaveLength(SAMPLE_FACES[i]!);
    }
  });

  test('sees no face where there is none', async () => {
    const wall = sharp(SAMPLES[0]).extract({ left: 0, top: 0, width: 380, height: 1280 });
    expect((await see(wall)).faces).toEqual([]);
    const noise = sharp({
      create: {
        width: 400,
        height: 300,
        channels: 3,
        background: 'grey',
        noise: { type: 'gaussian', mean: 128, sigma: 60 },
      },
    });
    expect((await see(noise)).faces).toEqual([]);
  });

  test('describes each: eyes above mouth, left before right, all inside the box', () => {
    expect(original.faces).toHaveLength(3);
    for (const { box, landmarks, confidence, mesh } of original.faces) {
      const { eyeLeft, eyeRight, mouthLeft, mouthRight, nose } = landmarks;
      expect(eyeLeft.x).toBeLessThan(eyeRight.x);
      expect(mouthLeft.x).toBeLessThan(mouthRight.x);
      expect(Math.max(eyeLeft.y, eyeRight.y)).toBeLessThan(nose.y);
      expect(nose.y).toBeLessThan(Math.min(mouthLeft.y, mouthRight.y));
      for (const { x, y } of [eyeLeft, eyeRight, nose, mouthLeft, mouthRight]) {
        expect(x).toBeGreaterThan(box.left);
        expect(x).toBeLessThan(box.left + box.width);
        expect(y).toBeGreaterThan(box.top);
        expect(y).toBeLessThan(box.top + box.height);
      }
      expect(confidence).toBeGreaterThan(99);
      expect(confidence).toBeLessThanOrEqual(100);
      expect(mesh).toHaveLength(478 * 3);
    }
  });

  test('gives the largest first, and only as many as asked for', async () => {
    const areas = original.faces.map(({ box }) => box.width * box.height);
    expect(areas).toEqual(areas.toSorted((a, b) => b - a));
    expect(await inference.findFaces(original.picture, { limit: 1 })).toEqual(
      original.faces.slice(0, 1),
    );
  });

  test('a mirrored picture has mirrored boxes, and poses with yaw and roll negated', async () => {
    const { faces } = await see(half().flop());
    expect(faces).toHaveLength(original.faces.length);
    for (const face of original.faces) {
      const mirrored = sameFace(faces, { ...face.box, left: 1 - face.box.left - face.box.width });
      expect(Math.abs(mirrored.pose.yaw + face.pose.yaw)).toBeLessThan(6);
      expect(Math.abs(mirrored.pose.roll + face.pose.roll)).toBeLessThan(6);
      expect(Math.abs(mirrored.pose.pitch - face.pose.pitch)).toBeLessThan(6);
    }
    // Not a test of zeros: one of the three looks well aside.
    expect(Math.max(...original.faces.map(({ pose }) => Math.abs(pose.yaw)))).toBeGreaterThan(12);
  });

  test('roll is positive clockwise', async () => {
    const face = original.faces[0]!;
    const { left, top, width, height } = inPixels(face.box, original.picture);
    const size = 2 * Math.max(width, height);
    const crop = half().extract({
      left: Math.round(left + width / 2 - size / 2),
      top: Math.max(0, Math.round(top + height / 2 - size / 2)),
      width: Math.round(size),
      height: Math.round(size),
    });
    const bytes = await crop.png().toBuffer();
    for (const degrees of [-20, 20]) {
      const { faces } = await see(sharp(await sharp(bytes).rotate(degrees).toBuffer()));
      expect(faces[0]!.pose.roll - face.pose.roll).toBeGreaterThan(degrees - 4);
      expect(faces[0]!.pose.roll - face.pose.roll).toBeLessThan(degrees + 4);
    }
  });

  test.each([90, 180, 270])(
    'a copy turned by %i degrees shows the same people',
    async (degrees) => {
      const turned = await see(half().rotate(degrees));
      expect(turned.faces).toHaveLength(original.faces.length);
      const embeddings = await inference.embed(turned.picture, turned.faces);
      const originals = await inference.embed(original.picture, original.faces);
      for (const [i, face] of original.faces.entries()) {
        const found = sameFace(turned.faces, turnBox(face.box, degrees));
        const rolled = ((((found.pose.roll - face.pose.roll - degrees) % 360) + 540) % 360) - 180;
        expect(Math.abs(rolled)).toBeLessThan(6);
        expect(
          dot(embeddings[turned.faces.indexOf(found)]!.vector, originals[i]!.vector),
        ).toBeGreaterThan(0.9);
      }
    },
  );
});

describe('quality', () => {
  const sharpness = ({ faces }: Seen) => faces[0]!.quality.sharpness;
  const brightness = ({ faces }: Seen) => faces[0]!.quality.brightness;

  test('is 0..100, and a good photograph is where it should be', async () => {
    for (const { quality } of original.faces) {
      expect(quality.brightness).toBeGreaterThan(60);
      expect(quality.brightness).toBeLessThan(95);
      expect(quality.sharpness).toBeGreaterThan(75);
      expect(quality.sharpness).toBeLessThanOrEqual(100);
    }
  });

  test('falls with every step of blur, down to below 40', async () => {
    const values = [sharpness(original)];
    for (const sigma of [0.7, 1.5, 2.5, 3.5, 5])
      values.push(sharpness(await see(half().blur(sigma), 1)));
    expectFalling(values);
    expect(values.at(-1)).toBeLessThan(40);
  });

  test('falls with every step of darkening, which costs little sharpness', async () => {
    const seen = [original];
    for (const factor of [0.75, 0.5, 0.35, 0.25]) seen.push(await see(half().linear(factor, 0), 1));
    expectFalling(seen.map(brightness));
    expect(Math.abs(sharpness(seen[2]!) - sharpness(seen[0]!))).toBeLessThan(10);
  });
});

describe('embed', () => {
  test('gives vectors of length 1, the same alone, in any order and on any number of threads', async () => {
    const { picture, faces } = original;
    const together = await inference.embed(picture, faces);
    for (const { vector, norm, symmetry } of together) {
      expect(norm).toBeGreaterThan(20);
      expect(symmetry).toBeGreaterThan(0.8);
      expect(symmetry).toBeLessThanOrEqual(1 + 1e-6);
      expect(vector).toHaveLength(faceModel(DEFAULT_FACE_MODEL).dimension);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    }
    expect(await inference.embed(picture, faces.toReversed())).toEqual(together.toReversed());
    const threaded = new Inference({ models, threads: 2 });
    for (const [i, face] of (await threaded.findFaces(picture)).entries()) {
      expect(face).toEqual(faces[i]);
      expect(await threaded.embed(picture, [face])).toEqual([together[i]]);
    }
    await threaded.close();
    expect(await inference.embed(picture, [])).toEqual([]);
  });

  test('one man eighteen times is one, and none of eighteen women is he', async () => {
    const { similarity } = faceModel(DEFAULT_FACE_MODEL);
    // The first row of the grid is one man, the fifth is women only.
    const row = (top: number) =>
      see(sharp(FACE_GRID).extract({ left: 0, top, width: 1920, height: 112 }));
    const [men, women] = [await row(283), await row(733)];
    expect(men.faces.length).toBeGreaterThanOrEqual(17);
    expect(women.faces.length).toBeGreaterThanOrEqual(15);
    const [man, ...same] = await inference.embed(men.picture, men.faces);
    // One stranger in 10,000 reaches 60, one in 1,000 reaches 40.
    for (const { vector } of same) expect(similarity(dot(vector, man!.vector))).toBeGreaterThan(60);
    for (const { vector } of await inference.embed(women.picture, women.faces)) {
      expect(similarity(dot(vector, man!.vector))).toBeLessThan(40);
    }
  });

  test('refuses a face model that is not installed', async () => {
    const { picture, faces } = original;
    await expect(inference.embed(picture, faces, '9.9')).rejects.toThrow(RangeError);
  });
});

/** The face that overlaps a box best, by intersection over union of at least 0.7. */
function sameFace(faces: readonly DetectedFace[], box: Box): DetectedFace {
  const found = faces.find((face) => overlap(face.box, box) > 0.7);
  expect(found, JSON.stringify({ box, found: faces.map((face) => face.box) })).toBeDefined();
  return found!;
}

function overlap(a: Box, b: Box): number {
  const width = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left);
  const height = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top);
  const shared = Math.max(0, width) * Math.max(0, height);
  return shared / (a.width * a.height + b.width * b.height - shared);
}

/** Where a box is after the picture was turned clockwise. */
function turnBox({ left, top, width, height }: Box, degrees: number): Box {
  const [right, bottom] = [1 - left - width, 1 - top - height];
  if (degrees === 90) return { left: bottom, top: left, width: height, height: width };
  if (degrees === 180) return { left: right, top: bottom, width, height };
  return { left: top, top: right, width: height, height: width };
}

function inPixels({ left, top, width, height }: Box, size: { width: number; height: number }): Box {
  return {
    left: left * size.width,
    top: top * size.height,
    width: width * size.width,
    height: height * size.height,
  };
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

function expectFalling(values: readonly number[]): void {
  values.slice(1).forEach((value, i) => {
    expect(value, values.join(' ')).toBeLessThan(values[i]!);
  });
}
