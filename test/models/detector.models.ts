/**
 * The detector against its original, which takes images of 320x240 alone and decodes boxes itself: the
 * same scores, and from our raw offsets, by the published decoding, the same boxes.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { FACEPLUGIN } from '../../models/build/sources/packages.ts';
import { normalise, photograph, planes } from './support/faces.ts';
import { openModel, relativeDifference, run, TOLERANCE } from './support/runtime.ts';
import { originals } from './support/sources.ts';

const WIDTH = 320;
const HEIGHT = 240;

const files = await originals(FACEPLUGIN);
const session = await openModel('detector.onnx');
let image: Float32Array = new Float32Array();

beforeAll(async () => {
  image = planes(normalise(await photograph(WIDTH, HEIGHT), 127, 128));
});

/** Anchor sizes in pixels by stride, as Ultra-Light-Fast-Generic-Face-Detector-1MB publishes them. */
const ANCHORS = new Map([
  [8, [10, 16, 24]],
  [16, [32, 48]],
  [32, [64, 96]],
  [64, [128, 192, 256]],
]);

interface Anchor {
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * In units of the image, row by row. Where the stride does not divide the image, the original spreads
 * the centres evenly; it cuts anchors at the image's size.
 */
function anchors(width: number, height: number): Anchor[] {
  return [...ANCHORS].flatMap(([stride, sizes]) => {
    const columns = Math.ceil(width / stride);
    const rows = Math.ceil(height / stride);
    return Array.from({ length: columns * rows }, (_, cell) => ({
      x: ((cell % columns) + 0.5) / columns,
      y: (Math.floor(cell / columns) + 0.5) / rows,
    })).flatMap((centre) =>
      sizes.map((size) => ({
        ...centre,
        width: Math.min(1, size / width),
        height: Math.min(1, size / height),
      })),
    );
  });
}

/** Left, top, right, bottom of each anchor after its offset; SSD's variances 0.1 and 0.2. */
function decode(offsets: Float32Array): Float32Array {
  const boxes = anchors(WIDTH, HEIGHT).flatMap((anchor, index) => {
    const [dx = 0, dy = 0, dw = 0, dh = 0] = offsets.subarray(4 * index, 4 * index + 4);
    const x = anchor.x + 0.1 * dx * anchor.width;
    const y = anchor.y + 0.1 * dy * anchor.height;
    const halfWidth = (anchor.width * Math.exp(0.2 * dw)) / 2;
    const halfHeight = (anchor.height * Math.exp(0.2 * dh)) / 2;
    return [x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight];
  });
  return Float32Array.from(boxes);
}

describe.skipIf(!files)('detector.onnx and its original', () => {
  it('agree on scores and decoded boxes', async ({ annotate }) => {
    const original = await openModel(files!.read('model/fr_detect.onnx'));
    const expected = await run(original, image, [1, 3, HEIGHT, WIDTH]);
    const actual = await run(session, image, [1, 3, HEIGHT, WIDTH]);
    const boxes = decode(actual.get('offsets') ?? new Float32Array());
    const differences = [
      relativeDifference(actual.get('scores'), expected.get('scores') ?? []),
      relativeDifference(boxes, expected.get('boxes') ?? []),
    ];
    for (const difference of differences) expect(difference).toBeLessThan(TOLERANCE);
    await annotate(`relative differences ${differences.map((d) => d.toExponential(1))}`);
  });
});

describe('detector.onnx', () => {
  it.each([
    [320, 192],
    [640, 384],
    [64, 448],
  ])('answers one row an anchor for an image of %i x %i', async (width, height) => {
    const rgb = normalise(await photograph(width, height), 127, 128);
    const outputs = await run(session, planes(rgb), [1, 3, height, width]);
    const rows = anchors(width, height).length;
    expect(outputs.get('scores')).toHaveLength(2 * rows);
    expect(outputs.get('offsets')).toHaveLength(4 * rows);
  });

  it('finds the faces of a photograph and nothing in grey', async () => {
    const best = async (values: Float32Array): Promise<number> => {
      const scores = (await run(session, values, [1, 3, HEIGHT, WIDTH])).get('scores') ?? [];
      return Math.max(...[...scores].filter((_, index) => index % 2 === 1));
    };
    expect(await best(image)).toBeGreaterThan(0.95);
    expect(await best(new Float32Array(image.length))).toBeLessThan(0.5);
  });
});
