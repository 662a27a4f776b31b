/**
 * The built-in embedder inside files that want to be fed otherwise, as the files of others do: what each gives must
 * have the same cosines as the original.
 */
import { readFile } from 'node:fs/promises';
import {
  DataType,
  decodeModel,
  encodeModel,
  type Model,
  type Node,
  type Tensor,
} from '../../models/build/onnx/model.ts';
import { Random } from './random.ts';

export interface Wrapping {
  /** Takes values of 0..255. Else (value - 127.5) / 128. */
  readonly raw?: boolean;
  readonly bgr?: boolean;
  readonly nhwc?: boolean;
  /** Takes so many faces, no more and no less. */
  readonly batch?: number;
  readonly halfOutput?: boolean;
  readonly halfInput?: boolean;
  readonly input?: string;
  readonly output?: string;
  /** Gives so many numbers, by an isometry. */
  readonly dimension?: number;
  /** Bytes to add, in weights that do nothing. */
  readonly padding?: number;
  /** An operator that no runtime has. */
  readonly operator?: string;
  /** What the output is multiplied with. */
  readonly times?: number;
}

const NETWORK = new URL('../../models/mobilefacenet.onnx', import.meta.url);
const PADDING_WIDTH = 1024;
const [MEAN, SCALE, SIDE, DIMENSION] = [127.5, 128, 112, 192];

export async function wrapped(wrapping: Wrapping): Promise<Uint8Array> {
  const original = decodeModel(await readFile(NETWORK));
  const { input = 'data', output = 'vector', batch, dimension = DIMENSION } = wrapping;
  const constants = new Map<string, Tensor>(original.constants);
  const before: Node[] = [];
  const after: Node[] = [];
  const floats = (name: string, values: Float32Array, dims: number[]) => {
    constants.set(name, { dims, type: DataType.float32, data: bytesOf(values) });
    return name;
  };
  const chain = (nodes: Node[], prefix: string, start: string) => {
    let current = start;
    return {
      add(operator: string, more: string[] = [], attributes: Node['attributes'] = {}) {
        const next = `${prefix}${nodes.length}`;
        nodes.push({ operator, inputs: [current, ...more], outputs: [next], attributes });
        current = next;
      },
      end(name: string) {
        nodes.push({ operator: 'Identity', inputs: [current], outputs: [name], attributes: {} });
      },
    };
  };

  const entering = chain(before, 'before_', input);
  if (wrapping.halfInput) entering.add('Cast', [], { to: DataType.float32 });
  if (wrapping.nhwc) entering.add('Transpose', [], { perm: [0, 3, 1, 2] });
  if (wrapping.bgr) {
    const order = BigInt64Array.from([2n, 1n, 0n]);
    constants.set('order', { dims: [3], type: DataType.int64, data: bytesOf(order) });
    entering.add('Gather', ['order'], { axis: 1 });
  }
  if (wrapping.raw) {
    entering.add('Sub', [floats('mean', Float32Array.of(MEAN), [1])]);
    entering.add('Div', [floats('scale', Float32Array.of(SCALE), [1])]);
  }
  if (wrapping.operator) entering.add(wrapping.operator);
  entering.end(original.inputs[0]!.name);

  const leaving = chain(after, 'after_', original.outputs[0]!.name);
  if (dimension !== DIMENSION) {
    leaving.add('MatMul', [floats('isometry', isometry(dimension), [DIMENSION, dimension])]);
  }
  if (wrapping.times !== undefined) {
    leaving.add('Mul', [floats('times', Float32Array.of(wrapping.times), [1])]);
  }
  if (wrapping.padding) {
    // Weights that the runtime must keep, since what it reads of them depends on the picture; then nothing of them.
    const rows = Math.ceil(wrapping.padding / 4 / PADDING_WIDTH);
    floats('padding', filled(rows * PADDING_WIDTH), [rows, PADDING_WIDTH]);
    floats('nothing', Float32Array.of(0), [1]);
    const node = (operator: string, inputs: string[], name: string, attributes = {}) =>
      after.push({ operator, inputs, outputs: [name], attributes });
    node('ReduceMax', [input], 'brightest', { keepdims: 0 });
    node('Mul', ['brightest', 'nothing'], 'always_zero');
    node('Cast', ['always_zero'], 'row', { to: DataType.int64 });
    node('Gather', ['padding', 'row'], 'padding_row', { axis: 0 });
    node('ReduceMean', ['padding_row'], 'padding_mean', { keepdims: 0 });
    node('Mul', ['padding_mean', 'nothing'], 'added');
    leaving.add('Add', ['added']);
  }
  if (wrapping.halfOutput) leaving.add('Cast', [], { to: DataType.float16 });
  leaving.end(output);

  const count = batch ?? 'N';
  const model: Model = {
    name: 'wrapped',
    nodes: [...before, ...original.nodes, ...after],
    constants,
    inputs: [
      {
        name: input,
        dims: wrapping.nhwc ? [count, SIDE, SIDE, 3] : [count, 3, SIDE, SIDE],
        type: wrapping.halfInput ? DataType.float16 : DataType.float32,
      },
    ],
    outputs: [
      {
        name: output,
        dims: [count, dimension],
        type: wrapping.halfOutput ? DataType.float16 : DataType.float32,
      },
    ],
  };
  return encodeModel(model);
}

/** Numbers that do not compress. */
function filled(length: number): Float32Array {
  const random = new Random(2);
  return Float32Array.from({ length }, () => random.next());
}

/** Rows of length one at right angles to each other, by Gram and Schmidt: it keeps lengths and angles. */
function isometry(dimension: number): Float32Array {
  const random = new Random(1);
  const rows: number[][] = [];
  for (let i = 0; i < DIMENSION; i++) {
    const row = Array.from({ length: dimension }, () => random.next() - 0.5);
    for (const other of rows) {
      const along = row.reduce((sum, value, k) => sum + value * other[k]!, 0);
      for (let k = 0; k < dimension; k++) row[k]! -= along * other[k]!;
    }
    const length = Math.hypot(...row);
    rows.push(row.map((value) => value / length));
  }
  return Float32Array.from(rows.flat());
}

function bytesOf(values: Float32Array | BigInt64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
