/** Networks in the other spelling, against the runtime on them as they are. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { storeOptimised } from '../../../layers/inference/index.ts';
import { inBlocks } from '../../../layers/inference/onnx/blocked.ts';
import { GraphBuilder } from '../../../models/build/onnx/graph-builder.ts';
import { Random } from '../../support/random.ts';

const MODELS = new URL('../../../models/', import.meta.url);

/** A convolution that changes nothing, PRelu with these slopes, and a convolution that changes nothing. */
function network(slopes: readonly number[], channels = slopes.length): Uint8Array {
  const graph = new GraphBuilder('test');
  const same = (x: string) => {
    const ones = graph.float32(new Float32Array(channels).fill(1), [channels, 1, 1, 1]);
    return graph.node('Conv', [x, ones], { group: channels, kernel_shape: [1, 1] });
  };
  const image = graph.input('image', [1, channels, 3, 5]);
  const slope = graph.float32(Float32Array.from(slopes), [slopes.length, 1, 1]);
  graph.output('bent', [1, channels, 3, 5], same(graph.node('PRelu', [same(image), slope])));
  return graph.finish();
}

async function run(
  model: Uint8Array,
  shape: readonly number[],
): Promise<Map<string, Float32Array>> {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1 });
  const random = new Random(3);
  const length = shape.reduce((product, side) => product * side, 1);
  const data = Float32Array.from({ length }, () => random.next() * 4 - 2);
  const outputs = await session.run({ [session.inputNames[0]!]: new Tensor(data, shape) });
  const entries = session.outputNames.map((name) => [name, outputs[name]!.data] as const);
  await session.release();
  return new Map(entries as [string, Float32Array][]);
}

function expectSame(model: Uint8Array, shape: readonly number[]): Promise<void> {
  return expectAlike(model, inBlocks(model), shape);
}

async function expectAlike(
  one: Uint8Array,
  another: Uint8Array,
  shape: readonly number[],
): Promise<void> {
  const [before, after] = [await run(one, shape), await run(another, shape)];
  for (const [name, values] of before) {
    const other = after.get(name)!;
    const size = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const off = values.reduce((most, value, i) => Math.max(most, Math.abs(value - other[i]!)), 0);
    expect(off / size, name).toBeLessThan(1e-5);
  }
}

const says = (model: Uint8Array, text: string) => Buffer.from(model).includes(text);

describe('a network with PRelu', () => {
  it.each<[string, (channel: number) => number]>([
    ['under 1', (channel) => channel / 40 - 0.2],
    ['that are 0 and 1', (channel) => channel % 2],
    ['over 1 too, and under -1', (channel) => channel / 4 - 2],
  ])('says the same without it, with slopes %s', async (_, slope) => {
    const model = network(Array.from({ length: 32 }, (_, channel) => slope(channel)));
    expect(says(model, 'PRelu')).toBe(true);
    expect(says(inBlocks(model), 'PRelu')).toBe(false);
    await expectSame(model, [1, 32, 3, 5]);
  });

  it('says the same in its stored halves', async () => {
    // Constants of 1,024 numbers and more are stored as halves where these hold them.
    const model = network(Array.from({ length: 1024 }, (_, channel) => (channel - 512) / 1024));
    expect(says(model, 'Cast')).toBe(true);
    expect(says(inBlocks(model), 'PRelu')).toBe(false);
    await expectSame(model, [1, 1024, 3, 5]);
  });

  it('puts into blocks what comes in rows, and nothing that is in blocks already', async () => {
    const graph = new GraphBuilder('test');
    const channels = 16;
    const shape = [1, channels, 4, 6];
    const slope = graph.float32(new Float32Array(channels).fill(0.25), [channels, 1, 1]);
    const bent = (x: string) => graph.node('PRelu', [x, slope]);
    const kernel = graph.float32(new Float32Array(channels).fill(-0.5), [channels, 1, 1, 1]);
    const convolved = (x: string) => {
      return graph.node('Conv', [x, kernel], { group: channels, kernel_shape: [1, 1] });
    };
    const image = graph.input('image', shape);
    const first = bent(image);
    const second = bent(graph.node('Add', [first, convolved(first)]));
    const pooled = graph.node('MaxPool', [second], { kernel_shape: [2, 2], strides: [2, 2] });
    const third = bent(graph.node('Add', [convolved(pooled), pooled]));
    const fourth = bent(graph.node('Mul', [third, third]));
    graph.output('bent', [1, channels, 2, 3], fourth);
    const model = graph.finish();
    const names = Buffer.from(inBlocks(model))
      .toString('latin1')
      .match(/inBlocks\d+\.blocks\.Conv/g);
    expect(names).toEqual(['inBlocks0.blocks.Conv', 'inBlocks3.blocks.Conv']);
    await expectSame(model, shape);
  });

  it('stays as it is where its channels fill no block, or share a slope', () => {
    for (const model of [network(Array(24).fill(0.5)), network([0.5], 32)]) {
      expect(inBlocks(model)).toBe(model);
    }
  });
});

describe('the networks that Recollect brings', () => {
  it.each([
    ['mobilefacenet.onnx', [2, 3, 112, 112]],
    ['mesh.onnx', [2, 192, 192, 3]],
  ] as const)('%s says the same', async (file, shape) => {
    const model = await readFile(new URL(file, MODELS));
    expect(says(inBlocks(model), 'PRelu')).toBe(false);
    await expectSame(model, shape);
  });

  it('say the same as the runtime stores them', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'optimised-'));
    try {
      const [source, target] = [new URL('mesh.onnx', MODELS), path.join(folder, 'mesh.onnx')];
      await storeOptimised(fileURLToPath(source), target);
      const [before, after] = [await readFile(source), await readFile(target)];
      expect(says(after, 'PRelu')).toBe(false);
      await expectAlike(before, after, [2, 192, 192, 3]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('the others have no PRelu', async () => {
    for (const file of ['detector.onnx', 'faceres.onnx', 'emotion.onnx', 'roll.onnx']) {
      const model = await readFile(new URL(file, MODELS));
      expect(inBlocks(model)).toBe(model);
    }
  });
});
