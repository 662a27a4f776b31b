/**
 * Reads a TensorFlow.js graph model: `model.json` with the graph, one binary file with the weights.
 *
 * Formats: https://github.com/tensorflow/tfjs/blob/tfjs-v4.22.0/tfjs-converter/docs/ and the
 * JSON form of tensorflow/core/framework/graph.proto.
 */
import { fromHalf } from '../onnx/half.ts';

export type Constant =
  | { dtype: 'float32'; shape: number[]; values: Float32Array }
  | { dtype: 'int32'; shape: number[]; values: Int32Array };

export interface TfNode {
  name: string;
  op: string;
  /** Names of nodes, each standing for its first output. */
  inputs: string[];
  attributes: Attributes;
}

export interface TfGraph {
  nodes: Map<string, TfNode>;
  constants: Map<string, Constant>;
}

/** A node's attributes in JSON: one member by kind; integers as text, strings in base64. */
interface JsonAttribute {
  i?: string;
  b?: boolean;
  s?: string;
  type?: string;
  list?: { i?: string[]; s?: string[] };
}

interface JsonModel {
  modelTopology: {
    node: {
      name: string;
      op: string;
      input?: string[];
      attr?: Record<string, JsonAttribute>;
    }[];
  };
  weightsManifest: { weights: JsonWeight[] }[];
}

interface JsonWeight {
  name: string;
  shape: number[];
  dtype: string;
  quantization?: { dtype: string };
}

export class Attributes {
  private readonly values: Record<string, JsonAttribute>;

  constructor(values: Record<string, JsonAttribute>) {
    this.values = values;
  }

  flag(name: string): boolean {
    return this.values[name]?.b ?? false;
  }

  integer(name: string): number {
    return Number(this.values[name]?.i ?? 0);
  }

  integers(name: string): number[] {
    return this.values[name]?.list?.i?.map(Number) ?? [];
  }

  text(name: string): string {
    return fromBase64(this.values[name]?.s ?? '');
  }

  texts(name: string): string[] {
    return this.values[name]?.list?.s?.map(fromBase64) ?? [];
  }

  /** A type's name, such as DT_FLOAT. */
  type(name: string): string {
    return this.values[name]?.type ?? '';
  }
}

export function readTfjs(json: Uint8Array, weights: Uint8Array): TfGraph {
  const model: JsonModel = JSON.parse(new TextDecoder().decode(json));
  const nodes = model.modelTopology.node.map(
    (node): TfNode => ({
      name: node.name,
      op: node.op,
      inputs: (node.input ?? []).map((input) => input.replace(/:0$/, '')),
      attributes: new Attributes(node.attr ?? {}),
    }),
  );
  return {
    nodes: new Map(nodes.map((node) => [node.name, node])),
    constants: readWeights(
      model.weightsManifest.flatMap((group) => group.weights),
      weights,
    ),
  };
}

/** The weights lie one after the other in the order of the manifest. */
function readWeights(manifest: JsonWeight[], bytes: Uint8Array): Map<string, Constant> {
  const constants = new Map<string, Constant>();
  let at = 0;
  for (const { name, shape, dtype, quantization } of manifest) {
    const length = shape.reduce((a, b) => a * b, 1);
    const size = quantization ? 2 : 4;
    const data = Uint8Array.from(bytes.subarray(at, at + length * size)).buffer;
    at += length * size;
    const kind = quantization ? `${dtype} as ${quantization.dtype}` : dtype;
    switch (kind) {
      case 'float32':
        constants.set(name, { dtype: 'float32', shape, values: new Float32Array(data) });
        break;
      case 'float32 as float16': {
        const values = Float32Array.from(new Uint16Array(data), fromHalf);
        constants.set(name, { dtype: 'float32', shape, values });
        break;
      }
      case 'int32':
        constants.set(name, { dtype: 'int32', shape, values: new Int32Array(data) });
        break;
      default:
        throw new Error(`weight ${name} is stored as ${kind}, which is not supported`);
    }
  }
  return constants;
}

function fromBase64(text: string): string {
  return Buffer.from(text, 'base64').toString();
}
