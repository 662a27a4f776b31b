/**
 * Faces as they stand, in whatever light, and nothing that is no face: the pipeline on photographs of npm
 * packages that are turned, darkened, made noisy, cut close or partly covered. Expectations come from what was
 * done to them. How often it holds, on thousands of photographs: `npm run bench:conditions`.
 */
import path from 'node:path';
import sharp, { type OverlayOptions, type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type DetectedFace,
  type EmbeddedFace,
  Inference,
  qualityReasons,
} from '../../layers/inference/index.ts';
import { sampled } from '../support/thorough.ts';
import { SAMPLES } from './samples.ts';

const models = path.join(import.meta.dirname, '../../models');
const inference = new Inference({ models, threads: 1 });
afterAll(() => inference.close());

interface Seen {
  readonly width: number;
  readonly height: number;
  readonly faces: readonly DetectedFace[];
  readonly embedded: readonly EmbeddedFace[];
  /** Why AUTO would not keep each. */
  readonly reasons: readonly (readonly string[])[];
}

async function see(image: Sharp): Promise<Seen> {
  const picture = await inference.read(await image.jpeg({ quality: 92 }).toBuffer());
  const faces = await inference.findFaces(picture);
  const embedded = await inference.embed(picture, faces);
  const reasons = faces.map((face, i) =>
    qualityReasons(face, picture, 'AUTO', embedded[i]!.legibility),
  );
  return { width: picture.width, height: picture.height, faces, embedded, reasons };
}

/** One woman of a photograph of three, with a good deal around her. */
const woman = () =>
  sharp(SAMPLES[2]).extract({ left: 380, top: 250, width: 640, height: 1000 }).resize(448, 700);
/** A picture that further changes start from. */
const settled = async (image: Sharp) => sharp(await image.png({ compressionLevel: 0 }).toBuffer());

/** The cosine at which one stranger in 100,000 is taken for somebody. */
const SAME = 0.594;

let upright: Seen;
beforeAll(async () => {
  upright = await see(woman());
});

const cosine = (a: EmbeddedFace, b: EmbeddedFace) =>
  a.vector.reduce((sum, value, i) => sum + value * b.vector[i]!, 0);
const apart = (a: number, b: number) => Math.abs(((((a - b) % 360) + 540) % 360) - 180);

function expectHer(seen: Seen, roll = 0): void {
  expect(seen.faces).toHaveLength(1);
  expect(apart(seen.faces[0]!.pose.roll, upright.faces[0]!.pose.roll + roll)).toBeLessThan(10);
  expect(cosine(seen.embedded[0]!, upright.embedded[0]!)).toBeGreaterThan(SAME);
}

test('one woman is seen, upright, and kept', () => {
  expect(upright.faces).toHaveLength(1);
  expect(apart(upright.faces[0]!.pose.roll, 0)).toBeLessThan(20);
  expect(upright.reasons).toEqual([[]]);
});

test('the largest faces are the same, however few are wanted', async () => {
  for (const file of sampled(SAMPLES, 3)) {
    const picture = await inference.read(await sharp(file).toBuffer());
    const all = await inference.findFaces(picture);
    for (const limit of [1, 2]) {
      expect(await inference.findFaces(picture, { limit })).toEqual(all.slice(0, limit));
    }
  }
});

describe('roll', () => {
  test.each(
    sampled(
      Array.from({ length: 11 }, (_, i) => (i + 1) * 30),
      3,
    ),
  )('turned by %i degrees she is read as she stands', async (degrees) => {
    const seen = await see((await settled(woman())).rotate(degrees, { background: '#777' }));
    expectHer(seen, degrees);
    expect(seen.reasons).toEqual([[]]);
  });

  test.each(sampled([45, 90, 180, 225, 270], 3))(
    'among people who stand, one turned by %i degrees is read as she is',
    async (degrees) => {
      const turned = await (await settled(woman()))
        .rotate(degrees, { background: '#777' })
        .toBuffer();
      const standing = await sharp(SAMPLES[0]).resize({ height: 700 }).toBuffer();
      const both = sharp({
        create: { width: 1950, height: 900, channels: 3, background: '#777' },
      }).composite([
        { input: standing, left: 0, top: 100 },
        {
          input: await sharp(turned).resize({ width: 800, height: 860, fit: 'inside' }).toBuffer(),
          left: 1120,
          top: 20,
        },
      ] satisfies OverlayOptions[]);
      const { faces, embedded } = await see(both);
      expect(faces).toHaveLength(4);
      const hers = embedded.map((each) => cosine(each, upright.embedded[0]!));
      const her = hers.indexOf(Math.max(...hers));
      expect(hers[her]).toBeGreaterThan(SAME);
      expect(apart(faces[her]!.pose.roll, upright.faces[0]!.pose.roll + degrees)).toBeLessThan(12);
      for (const [i, { pose }] of faces.entries()) {
        if (i !== her) expect(apart(pose.roll, 0)).toBeLessThan(60);
      }
    },
  );
});

describe('close faces', () => {
  const face = () => {
    const [{ box }] = upright.faces as [DetectedFace];
    return {
      left: Math.round(box.left * upright.width),
      top: Math.round(box.top * upright.height),
      width: Math.round(box.width * upright.width),
      height: Math.round(box.height * upright.height),
    };
  };

  test.each(sampled([200, 400, 1000, 6000, 3000], 4))(
    'a face that fills the frame is read at %i pixels',
    async (side) => {
      const close = (await settled(woman())).extract(face());
      expectHer(await see(close.resize({ width: side })));
    },
  );

  test('a face that overfills the frame is read', async () => {
    const { left, top, width, height } = face();
    const inner = {
      left: Math.round(left + 0.06 * width),
      top: Math.round(top + 0.06 * height),
      width: Math.round(0.88 * width),
      height: Math.round(0.88 * height),
    };
    expectHer(await see((await settled(woman())).extract(inner).resize({ width: 600 })));
  });
});

describe('light', () => {
  test.each(sampled([0.2, 0.1, 0.05], 2))(
    'in %d of the light she is found, and is herself',
    async (light) => {
      const seen = await see(woman().linear(light, 0));
      expectHer(seen);
      expect(seen.faces[0]!.gain).toBeGreaterThan(1);
      // Quality speaks of the picture that was sent.
      expect(seen.faces[0]!.quality.brightness).toBeLessThan(
        upright.faces[0]!.quality.brightness * Math.sqrt(light) * 1.2,
      );
    },
  );

  test('dark before a bright window she is found', async () => {
    const dark = await woman().linear(0.1, 0).toBuffer();
    const window = sharp({
      create: { width: 1300, height: 700, channels: 3, background: '#eef3f7' },
    }).composite([{ input: dark, left: 420, top: 0 }]);
    expectHer(await see(window));
  });

  test('through the noise of a bad night she is found', async () => {
    const { data, info } = await woman().resize(224).raw().toBuffer({ resolveWithObject: true });
    let state = 1;
    const uniform = () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
    const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    const noisy = data.map((value) =>
      Math.max(0, Math.min(255, Math.round(value + 25 * normal()))),
    );
    const { width, height } = info;
    expectHer(await see(sharp(noisy, { raw: { width, height, channels: 3 } })));
  });

  test('a dark wall stays a dark wall', async () => {
    const wall = sharp(SAMPLES[0]).extract({ left: 0, top: 0, width: 380, height: 1280 });
    for (const light of sampled([0.1, 0.3, 0.05], 3)) {
      expect((await see(wall.clone().linear(light, 0))).faces).toEqual([]);
    }
  });
});

describe('what cannot be trusted is not kept', () => {
  const drawn = async (
    shape: (at: { x: number; y: number; eyes: number; mouth: number }) => string,
  ) => {
    const { eyeLeft, eyeRight, mouthLeft, mouthRight } = upright.faces[0]!.landmarks;
    const [w, h] = [upright.width, upright.height];
    const eyes = Math.hypot((eyeRight.x - eyeLeft.x) * w, (eyeRight.y - eyeLeft.y) * h);
    const at = {
      x: ((eyeLeft.x + eyeRight.x) / 2) * w,
      y: ((eyeLeft.y + eyeRight.y) / 2) * h,
      eyes,
      mouth: ((mouthLeft.y + mouthRight.y) / 2 - (eyeLeft.y + eyeRight.y) / 2) * h,
    };
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}">${shape(at)}</svg>`;
    return see((await settled(woman())).composite([{ input: Buffer.from(svg) }]));
  };

  test.each([
    [
      'a mask',
      ({ x, y, eyes, mouth }) =>
        `<rect x="${x - eyes}" y="${y + mouth * 0.45}" width="${2 * eyes}" height="${mouth * 1.5}" rx="20" fill="#bcd"/>`,
    ],
    [
      'a bar',
      ({ x, y, eyes }) =>
        `<rect x="${x - 1.4 * eyes}" y="${y - 0.25 * eyes}" width="${2.8 * eyes}" height="${0.5 * eyes}" fill="#111"/>`,
    ],
    [
      'dark lenses',
      ({ x, y, eyes }) =>
        [-0.5, 0.5]
          .map(
            (side) =>
              `<ellipse cx="${x + side * eyes}" cy="${y}" rx="${0.38 * eyes}" ry="${0.3 * eyes}" fill="#181818"/>`,
          )
          .join(''),
    ],
  ] as const satisfies (readonly [
    string,
    (at: { x: number; y: number; eyes: number; mouth: number }) => string,
  ])[])(
    'a face behind %s is refused for its quality, if it is seen at all',
    async (_name, shape) => {
      const { reasons } = await drawn(shape);
      for (const against of reasons) expect(against).toContain('LOW_FACE_QUALITY');
    },
  );

  test('a face blurred away is refused', async () => {
    const { reasons } = await see(woman().blur(18));
    for (const against of reasons) expect(against).not.toEqual([]);
  });

  test('a face of less than 20 pixels is refused as too small', async () => {
    const small = await settled(woman().resize({ width: 48 }));
    const { faces, reasons } = await see(
      small.extend({ top: 60, bottom: 60, left: 60, right: 60, background: '#888' }),
    );
    for (const [i, { box }] of faces.entries()) {
      expect(box.width).toBeLessThan(0.2);
      expect(reasons[i]).toContain('SMALL_BOUNDING_BOX');
    }
  });

  test.each([
    [
      'a drawn face',
      `<rect width="600" height="800" fill="#fff"/><g fill="none" stroke="#111" stroke-width="5">
       <ellipse cx="300" cy="400" rx="170" ry="230"/><path d="M200 340 q35 -30 70 0 q-35 25 -70 0"/>
       <path d="M330 340 q35 -30 70 0 q-35 25 -70 0"/><path d="M300 380 l-20 90 h40"/>
       <path d="M230 520 q70 50 140 0"/><path d="M190 300 q40 -30 85 -8"/><path d="M325 292 q45 -22 85 8"/></g>`,
    ],
    [
      'a page of text',
      `<rect width="600" height="800" fill="#fff"/><g font-size="22" fill="#222">${Array.from(
        { length: 30 },
        (_, i) =>
          `<text x="30" y="${40 + i * 25}">Whoever reads this line number ${i} sees no face at all in it.</text>`,
      ).join('')}</g>`,
    ],
    [
      'things on a table',
      `<rect width="600" height="400" fill="#b98"/><circle cx="200" cy="200" r="130" fill="#eee"/>
       <circle cx="200" cy="200" r="85" fill="#631"/><ellipse cx="430" cy="180" rx="40" ry="60" fill="#ccc"/>
       <rect x="422" y="230" width="16" height="150" fill="#bbb"/>`,
    ],
  ])('nothing of %s is kept', async (_name, shapes) => {
    const size = shapes.includes('height="400"') ? [600, 400] : [600, 800];
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${size[0]}" height="${size[1]}">${shapes}</svg>`;
    const { reasons } = await see(sharp(Buffer.from(svg)).flatten({ background: 'white' }));
    for (const against of reasons) expect(against).not.toEqual([]);
  });
});

test('the people along a strip are all found', async () => {
  const height = 300;
  const one = await woman()
    .resize({ width: 300, height, fit: 'cover', position: 'top' })
    .toBuffer();
  const places = Array.from({ length: 20 }, (_, i) => 150 + i * 600);
  const strip = sharp({
    create: { width: 12_000, height, channels: 3, background: '#777' },
  }).composite(places.map((left) => ({ input: one, left, top: 0 })));
  const { faces } = await see(strip);
  expect(faces).toHaveLength(places.length);
});
