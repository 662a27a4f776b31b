/**
 * Builds an ONNX graph node by node. Values are named by what made them and a running number, so the
 * same calls give the same file.
 */
import { exactHalves } from './half.ts';
import {
  type Attribute,
  DataType,
  encodeModel,
  type Node,
  type Port,
  type Tensor,
} from './model.ts';

/** Shorter tensors stay float32: the Cast would cost more than the bytes saved. */
const MIN_HALF_LENGTH = 1024;

export class GraphBuilder {
  private readonly name: string;
  private readonly nodes: Node[] = [];
  private readonly constants = new Map<string, Tensor>();
  private readonly inputs: Port[] = [];
  private readonly outputs: Port[] = [];
  private count = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** Declares a float32 input of the graph and returns its value. */
  input(name: string, dims: (number | string)[]): string {
    this.inputs.push({ name, dims });
    return name;
  }

  /** Declares a float32 output of the graph: `value` under the name `name`. */
  output(name: string, dims: (number | string)[], value: string): void {
    this.outputs.push({ name, dims });
    for (const node of this.nodes) {
      node.inputs = node.inputs.map((input) => (input === value ? name : input));
      node.outputs = node.outputs.map((output) => (output === value ? name : output));
    }
  }

  /** Adds a node with one output and returns it. An input of '' is an optional one left out. */
  node(operator: string, inputs: string[], attributes: Record<string, Attribute> = {}): string {
    const output = this.unique(operator.toLowerCase());
    this.nodes.push({ operator, inputs, outputs: [output], attributes });
    return output;
  }

  /**
   * A float32 constant. A large one whose every value is a half-precision number, as in source files
   * that store halves, is stored as halves and cast, which the runtime does once, when it loads the
   * model; nothing is rounded.
   */
  float32(values: Float32Array, dims: number[]): string {
    const halves = values.length < MIN_HALF_LENGTH ? undefined : exactHalves(values);
    if (!halves) return this.constant(dims, DataType.float32, bytesOf(values));
    const stored = this.constant(dims, DataType.float16, halves);
    return this.node('Cast', [stored], { to: DataType.float32 });
  }

  int32(values: Int32Array, dims: number[]): string {
    return this.constant(dims, DataType.int32, bytesOf(values));
  }

  /** A one-dimensional int64 constant, ONNX's form of shapes, axes and indices. */
  int64(values: number[]): string {
    const data = bytesOf(BigInt64Array.from(values, BigInt));
    return this.constant([values.length], DataType.int64, data);
  }

  finish(): Uint8Array {
    const { name, nodes, constants, inputs, outputs } = this;
    return encodeModel({ name, nodes, constants, inputs, outputs });
  }

  private constant(dims: number[], type: DataType, data: Uint8Array): string {
    const name = this.unique('constant');
    this.constants.set(name, { dims, type, data });
    return name;
  }

  private unique(prefix: string): string {
    return `${prefix}_${this.count++}`;
  }
}

function bytesOf(values: Float32Array | Int32Array | BigInt64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
