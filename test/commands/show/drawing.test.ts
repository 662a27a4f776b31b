/** The drawing, read back pixel by pixel, over a grey picture. */
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { captions, type FaceDetail, inBrief } from '../../../infra/commands/show/captions.ts';
import { draw, hasFont } from '../../../infra/commands/show/draw.ts';
import { overlay } from '../../../infra/commands/show/overlay.ts';
import { panel } from '../../../infra/commands/show/panel.ts';
import { COLOURS } from '../../../infra/commands/show/style.ts';

const GREY = 128;

/** In the middle of the picture: a box of 400 by 500 pixels if the picture has 1000 by 1000. */
const FACE: FaceDetail = {
  BoundingBox: { Left: 0.3, Top: 0.25, Width: 0.4, Height: 0.5 },
  Confidence: 99.7,
  Landmarks: [
    { Type: 'nose', X: 0.5, Y: 0.5 },
    { Type: 'leftPupil', X: 0.4, Y: 0.4 },
    { Type: 'rightPupil', X: 0.6, Y: 0.4 },
    { Type: 'chinBottom', X: 0.5, Y: 0.72 },
  ],
  Pose: { Roll: 0, Yaw: 30, Pitch: 30 },
  Quality: { Brightness: 70, Sharpness: 90 },
};

async function drawn(face: FaceDetail, width = 1000, height = 1000) {
  const picture = {
    width,
    height,
    pixels: { width, height, data: new Uint8Array(width * height * 3).fill(GREY) },
  };
  const png = await draw(picture, [face], { format: 'png', text: false });
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  expect(info.channels).toBe(3);
  return {
    width: info.width,
    height: info.height,
    /** As `#rrggbb`. */
    at: (x: number, y: number) =>
      `#${data.toString('hex', (y * info.width + x) * 3, (y * info.width + x) * 3 + 3)}`,
    /** Where a colour is, or nearly is at the edge of a line, from the leftmost and uppermost to the rightmost and lowest pixel of it. */
    extent(colour: string) {
      const wanted = Buffer.from(colour.slice(1), 'hex');
      const [xs, ys]: [number[], number[]] = [[], []];
      for (let i = 0; i < info.width * info.height; i++) {
        if (wanted.some((value, c) => Math.abs(value - data[i * 3 + c]!) > 40)) continue;
        xs.push(i % info.width);
        ys.push(Math.floor(i / info.width));
      }
      const range = (values: number[]) => [Math.min(...values), Math.max(...values)];
      return { x: range(xs), y: range(ys), pixels: xs.length };
    },
  };
}

describe('what is drawn', () => {
  it('has the box where the face is, and nothing else touched', async () => {
    const picture = await drawn({ ...FACE, Landmarks: [] });
    for (const [x, y] of [
      [500, 250],
      [500, 750],
      [300, 500],
      [700, 500],
    ] as const) {
      expect(picture.at(x, y), `${x}, ${y}`).toBe(COLOURS.box);
    }
    for (const [x, y] of [
      [500, 500],
      [310, 260],
      [290, 500],
      [500, 760],
    ] as const) {
      expect(picture.at(x, y), `${x}, ${y}`).toBe('#808080');
    }
  });

  it('has each landmark at its place', async () => {
    const picture = await drawn({ ...FACE, Pose: undefined });
    for (const { X = 0, Y = 0 } of FACE.Landmarks ?? []) {
      expect(picture.at(X * 1000, Y * 1000)).toBe(COLOURS.landmark);
    }
    expect(picture.extent(COLOURS.landmark).pixels).toBeGreaterThan(40);
  });

  it('has the axes of the head where the pose says', async () => {
    // The head looks 30 degrees to image-right and up, and the axes are as long as half the box: 200 pixels.
    const picture = await drawn(FACE);
    const [ahead, up, right] = [COLOURS.ahead, COLOURS.up, COLOURS.right].map(
      picture.extent,
      picture,
    );
    const cos = Math.cos(Math.PI / 6);
    expectNear(ahead!.x[1]!, 500 + 200 * cos * 0.5);
    expectNear(ahead!.y[0]!, 500 - 200 * 0.5);
    expectNear(right!.x[1]!, 500 + 200 * cos);
    expectNear(up!.x[0]!, 500 - 200 * 0.5 * 0.5);
    expectNear(up!.y[0]!, 500 - 200 * cos);
  });

  it('turns the axes with the roll of the head, clockwise', async () => {
    const picture = await drawn({ ...FACE, Pose: { Roll: 90, Yaw: 0, Pitch: 0 } });
    expectNear(picture.extent(COLOURS.right).y[1]!, 700);
    expectNear(picture.extent(COLOURS.up).x[1]!, 700);
  });

  it('has the direction of the eyes from each pupil, unless nothing is sure of it', async () => {
    const EyeDirection = { Yaw: -30, Pitch: 0, Confidence: 50 };
    const looking = (await drawn({ ...FACE, Pose: undefined, EyeDirection })).extent(COLOURS.eyes);
    expectNear(looking.x[0]!, 400 - 160 * 0.5);
    expectNear(looking.x[1]!, 600);
    const unsure = { ...EyeDirection, Confidence: 0 };
    expect((await drawn({ ...FACE, EyeDirection: unsure })).extent(COLOURS.eyes).pixels).toBe(0);
  });

  it('is enlarged with a small picture', async () => {
    const picture = await drawn(FACE, 200, 100);
    expect([picture.width, picture.height]).toEqual([1000, 500]);
    expect(picture.at(300, 250)).toBe(COLOURS.box);
  });

  it('is written only where the machine has a font', async () => {
    const [without, withText] = [false, true].map((text) =>
      overlay([FACE], { width: 1000, height: 1000 }, text),
    );
    expect(without).not.toContain('<text');
    expect(withText).toMatch(/<text [^>]*>1<\/text>/);
    expect(typeof (await hasFont())).toBe('boolean');
  });
});

describe('the panel', () => {
  it('stands beside the photograph, which it leaves as it is', async () => {
    const data = new Uint8Array(1000 * 500 * 3).fill(GREY);
    const picture = { width: 1000, height: 500, pixels: { width: 1000, height: 500, data } };
    const drawnWith = async (text: boolean) =>
      sharp(await draw(picture, [FACE], { format: 'png', text })).metadata();
    expect(await drawnWith(false)).toMatchObject({ width: 1000, height: 500 });
    const { width } = panel([FACE], { width: 1000, height: 500 });
    expect(await drawnWith(true)).toMatchObject({ width: 1000 + width, height: 500 });
  });

  it('has every face that there is room for, says how many are left, and what colours mean', () => {
    const size = { width: 1000, height: 1000 };
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), (count) => {
        const { svg } = panel(
          Array.from({ length: count }, () => FACE),
          size,
        );
        const shown = svg.match(/face 100%/g)?.length ?? 0;
        const left = Number(/and (\d+) more/.exec(svg)?.[1] ?? 0);
        expect(shown + left).toBe(count);
        if (count > 0) expect(shown).toBeGreaterThan(0);
        const lines = [...svg.matchAll(/<text [^>]*y="([\d.]+)"/g)].map(([, y]) => Number(y));
        expect(Math.max(...lines)).toBeLessThanOrEqual(size.height);
        expect(svg).toContain('direction of the eyes');
      }),
    );
  });
});

describe('texts', () => {
  it('say what there is, the surest emotions first, and nothing of what there is not', () => {
    expect(captions(FACE)).toEqual([
      'face 100%',
      'pose roll 0 yaw 30 pitch 30',
      'brightness 70 sharpness 90',
    ]);
    const full: FaceDetail = {
      ...FACE,
      Gender: { Value: 'Female', Confidence: 98.4 },
      AgeRange: { Low: 31, High: 39 },
      Emotions: [
        { Type: 'HAPPY', Confidence: 80 },
        { Type: 'CALM', Confidence: 12 },
        { Type: 'SAD', Confidence: 1 },
      ],
      Smile: { Value: true, Confidence: 88 },
      Beard: { Value: false, Confidence: 97 },
      EyeDirection: { Yaw: -0.2, Pitch: 7.6, Confidence: 66 },
    };
    expect(captions(full)).toEqual([
      'face 100%',
      'Female 98%',
      'age 31-39',
      'HAPPY 80%',
      'CALM 12%',
      'smile 88%',
      'no beard 97%',
      'pose roll 0 yaw 30 pitch 30',
      'eyes yaw 0 pitch 8 (66%)',
      'brightness 70 sharpness 90',
    ]);
    expect(inBrief(full)).toEqual([
      'face 100%, female 98%, age 31 to 39',
      'looks happy 80%',
      'smile 88%',
      'head: roll 0, yaw 30, pitch 30',
      'eyes: yaw 0, pitch 8',
      'brightness 70, sharpness 90',
    ]);
  });
});

/** Within the width of a line and its rounded end. */
function expectNear(found: number, expected: number): void {
  expect(Math.abs(found - expected), `${found} for ${expected}`).toBeLessThanOrEqual(3);
}
