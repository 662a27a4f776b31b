/**
 * Reads the one subgraph of a TensorFlow Lite file into plain objects.
 *
 * Schema (slots are the order of declaration):
 * https://github.com/tensorflow/tensorflow/blob/v2.16.1/tensorflow/lite/schema/schema.fbs
 */
import { FlatTable } from './flatbuffer.ts';

/** The builtin operators that MobileFaceNet uses, by code. */
const OPERATORS: Readonly<Record<number, string>> = {
  0: 'ADD',
  3: 'CONV_2D',
  4: 'DEPTHWISE_CONV_2D',
  18: 'MUL',
  19: 'RELU',
  22: 'RESHAPE',
  41: 'SUB',
  101: 'ABS',
};

export interface TfliteTensor {
  shape: number[];
  /** The values of a float32 constant; absent for what operators compute. */
  values?: Float32Array;
}

export interface TfliteOperator {
  name: string;
  /** Indices of tensors. */
  inputs: number[];
  output: number;
  /** The operator's own options table, if it has one. */
  options: FlatTable | undefined;
}

export interface TfliteModel {
  tensors: TfliteTensor[];
  operators: TfliteOperator[];
  input: number;
  output: number;
}

const FLOAT32 = 0;

/** Throws when the file uses an operator that is not listed above. */
export function readTflite(file: Uint8Array): TfliteModel {
  const root = FlatTable.root(file);
  const [graph] = root.tables(2);
  if (!graph) throw new Error('the TensorFlow Lite file holds no subgraph');
  const buffers = root.tables(4).map((buffer) => buffer.byteVector(0));
  // Files written before code 127 was passed hold the code in slot 0, later ones in slot 3.
  const codes = root.tables(1).map((code) => Math.max(code.int8(0), code.int32(3)));
  const tensors = graph.tables(0).map((tensor): TfliteTensor => {
    const shape = tensor.int32s(0);
    const data = buffers[tensor.int32(2)];
    if (!data?.length || tensor.int8(1) !== FLOAT32) return { shape };
    return { shape, values: new Float32Array(data.buffer) };
  });
  const operators = graph.tables(3).map((operator): TfliteOperator => {
    const code = codes[operator.int32(0)] ?? -1;
    const name = OPERATORS[code];
    if (!name) throw new Error(`TensorFlow Lite operator ${code} is not supported`);
    const options = operator.table(4);
    return { name, inputs: operator.int32s(1), output: only(operator.int32s(2)), options };
  });
  return { tensors, operators, input: only(graph.int32s(1)), output: only(graph.int32s(2)) };
}

function only(values: number[]): number {
  const [value] = values;
  if (value === undefined || values.length !== 1) {
    throw new Error(`expected one tensor, found ${values.length}`);
  }
  return value;
}
