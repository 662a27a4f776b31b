/** Sums that end residual blocks, lowered and run, against what they say. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { Attributes, type Constant, type TfGraph } from '../../../models/build/tfjs/graph.ts';
import { Lowering } from '../../../models/build/tfjs/lowering.ts';
import { OPERATORS } from '../../../models/build/tfjs/operators.ts';
import { Random } from '../../support/random.ts';

const [SIDE, CHANNELS] = [3, 4];
const SCALAR = 0.25;
const random = new Random(7);
const numbers = (length: number) => Float32Array.from({ length }, () => random.next() - 0.5);

const base64 = (text: string) => Buffer.from(text).toString('base64');
const CONVOLUTION = new Attributes({
  padding: { s: base64('VALID') },
  strides: { list: { i: ['1', '1', '1', '1'] } },
});

const WEIGHTS = {
  narrow: numbers(2 * CHANNELS),
  wide: numbers(CHANNELS * CHANNELS),
  bias: numbers(CHANNELS),
};

/** @param nodes name, operator and inputs of each but the placeholder `image` and the constants. */
function graph(nodes: readonly (readonly [string, string, ...string[]])[]): TfGraph {
  const floats = (values: Float32Array, shape: number[]): Constant => {
    return { dtype: 'float32', shape, values };
  };
  const constants = new Map<string, Constant>([
    ['wide', floats(WEIGHTS.wide, [1, 1, CHANNELS, CHANNELS])],
    ['narrow', floats(WEIGHTS.narrow, [1, 1, 2, CHANNELS])],
    ['bias', floats(WEIGHTS.bias, [CHANNELS])],
    ['scalar', floats(Float32Array.of(SCALAR), [])],
    ['single', floats(Float32Array.of(SCALAR), [1])],
    ['pads', { dtype: 'int32', shape: [4, 2], values: Int32Array.of(0, 0, 0, 0, 0, 0, 0, 2) }],
  ]);
  const known = [...constants.keys()].map((name) => [name, 'Const'] as const);
  const all = [['image', 'Placeholder'] as const, ...known, ...nodes];
  return {
    constants,
    nodes: new Map(
      all.map(([name, op, ...inputs]) => [name, { name, op, inputs, attributes: CONVOLUTION }]),
    ),
  };
}

/** @returns what the node `sum` gives for an image, and the file. */
async function lowered(source: TfGraph, channels: number, image: Float32Array) {
  const lowering = new Lowering('test', source, OPERATORS);
  lowering.bind('image', lowering.graph.input('image', ['N', SIDE, SIDE, channels]));
  lowering.output('sum', 'sum', ['N', SIDE, SIDE, CHANNELS]);
  const file = lowering.graph.finish();
  const session = await InferenceSession.create(file, { logSeverityLevel: 3 });
  const { sum } = await session.run({
    image: new Tensor(image, [1, SIDE, SIDE, channels]),
  });
  await session.release();
  return { values: [...(sum!.data as Float32Array)], file: Buffer.from(file) };
}

/** Channel by channel, as the source is read: image, or nothing where it has no such channel, plus products plus bias. */
function expected(
  image: Float32Array,
  channels: number,
  weights: Float32Array,
  bias?: Float32Array,
) {
  return Array.from({ length: SIDE * SIDE * CHANNELS }, (_, i) => {
    const [place, channel] = [Math.floor(i / CHANNELS), i % CHANNELS];
    const pixel = image.subarray(place * channels, (place + 1) * channels);
    const product = pixel.reduce(
      (sum, value, k) => sum + value * weights[k * CHANNELS + channel]!,
      0,
    );
    return (pixel[channel] ?? 0) + product + (bias?.[channel] ?? 0);
  });
}

function expectNear(values: readonly number[], wanted: readonly number[]): void {
  expect(values).toHaveLength(wanted.length);
  wanted.forEach((value, i) => {
    expect(values[i]).toBeCloseTo(value, 5);
  });
}

describe('a sum that ends a residual block', () => {
  it.each(['before', 'behind'])(
    'has the constant in the convolution, written %s',
    async (place) => {
      const image = numbers(SIDE * SIDE * CHANNELS);
      const inputs = place === 'before' ? ['bias', 'block'] : ['block', 'bias'];
      const { values, file } = await lowered(
        graph([
          ['changed', 'Conv2D', 'image', 'wide'],
          ['block', 'AddN', 'image', 'changed'],
          ['sum', 'AddV2', ...inputs],
        ]),
        CHANNELS,
        image,
      );
      expectNear(values, expected(image, CHANNELS, WEIGHTS.wide, WEIGHTS.bias));
      expect(file.toString('latin1').match(/Add_\d/g)).toHaveLength(1);
    },
  );

  it.each([
    [
      'a constant behind',
      [
        ['block', 'AddN', 'padded', 'changed'],
        ['sum', 'AddV2', 'bias', 'block'],
      ],
    ],
    [
      'a constant within',
      [
        ['block', 'AddV2', 'changed', 'bias'],
        ['sum', 'AddV2', 'padded', 'block'],
      ],
    ],
  ] as const)('has channels of zeros from a convolution, with %s', async (_, sums) => {
    const image = numbers(SIDE * SIDE * 2);
    const { values, file } = await lowered(
      graph([
        ['padded', 'Pad', 'image', 'pads'],
        ['changed', 'Conv2D', 'image', 'narrow'],
        ...sums,
      ]),
      2,
      image,
    );
    expectNear(values, expected(image, 2, WEIGHTS.narrow, WEIGHTS.bias));
    expect(file.includes('Pad')).toBe(false);
  });

  it.each([
    [
      'two constants',
      [
        ['block', 'AddV2', 'changed', 'bias'],
        ['sum', 'AddV2', 'block', 'bias'],
      ],
    ],
    [
      'a constant that is no image',
      [
        ['block', 'AddV2', 'changed', 'scalar'],
        ['sum', 'AddV2', 'block', 'bias'],
      ],
    ],
  ] as const)('is a sum like any other with %s', async (name, sums) => {
    const image = numbers(SIDE * SIDE * CHANNELS);
    const { values } = await lowered(
      graph([['changed', 'Conv2D', 'image', 'wide'], ...sums]),
      CHANNELS,
      image,
    );
    const once = expected(image, CHANNELS, WEIGHTS.wide, WEIGHTS.bias);
    const more = (i: number) => (name === 'two constants' ? WEIGHTS.bias[i % CHANNELS]! : SCALAR);
    // What is expected has the image itself in it, which these sums have not.
    expectNear(
      values,
      once.map((value, i) => value - image[i]! + more(i)),
    );
  });

  it('is a sum like any other with a single part, or a constant for all channels', async () => {
    const image = numbers(SIDE * SIDE * CHANNELS);
    const { values } = await lowered(
      graph([
        ['changed', 'Conv2D', 'image', 'wide'],
        ['block', 'AddN', 'image', 'changed'],
        ['one', 'AddV2', 'block', 'single'],
        ['sum', 'AddN', 'one'],
      ]),
      CHANNELS,
      image,
    );
    const once = expected(image, CHANNELS, WEIGHTS.wide);
    expectNear(
      values,
      once.map((value) => value + SCALAR),
    );
  });

  it('is a sum like any other where nothing is to be joined, or more than two are added', async () => {
    const image = numbers(SIDE * SIDE * CHANNELS);
    const plain = await lowered(
      graph([
        ['changed', 'Conv2D', 'image', 'wide'],
        ['sum', 'AddV2', 'image', 'changed'],
      ]),
      CHANNELS,
      image,
    );
    expectNear(plain.values, expected(image, CHANNELS, WEIGHTS.wide));
    const thrice = await lowered(
      graph([
        ['changed', 'Conv2D', 'image', 'wide'],
        ['sum', 'AddN', 'image', 'changed', 'image'],
      ]),
      CHANNELS,
      image,
    );
    const once = expected(image, CHANNELS, WEIGHTS.wide);
    expectNear(
      thrice.values,
      once.map((value, i) => value + image[i]!),
    );
  });
});
