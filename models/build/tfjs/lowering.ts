/**
 * Lowers a TensorFlow.js graph to ONNX, from the outputs back to the input.
 *
 * Two rules hold throughout. TensorFlow keeps images channels last, ONNX runtimes want them channels
 * first: a value remembers which way it lies, operators that work either way leave it so, and a
 * Transpose appears only where an operator needs the other. And the first dimension of every computed
 * value is the batch, also in graphs exported for a batch of one, so the result takes any batch.
 */
import { GraphBuilder } from '../onnx/graph-builder.ts';
import type { Constant, TfGraph, TfNode } from './graph.ts';

/** A value computed by the ONNX graph. */
export interface Computed {
  name: string;
  rank: number;
  /** Whether a rank-4 value lies [batch, channels, height, width] instead of as in the source. */
  channelsFirst: boolean;
}

export type Operand = Computed | Constant;

export type Lower = (lowering: Lowering, node: TfNode) => Computed;

export function isConstant(operand: Operand): operand is Constant {
  return 'values' in operand;
}

export function isComputed(operand: Operand): operand is Computed {
  return !isConstant(operand);
}

export class Lowering {
  readonly graph: GraphBuilder;
  private readonly source: TfGraph;
  private readonly operators: ReadonlyMap<string, Lower>;
  private readonly lowered = new Map<string, Computed>();
  private readonly transposed = new Map<string, Computed>();

  constructor(name: string, source: TfGraph, operators: ReadonlyMap<string, Lower>) {
    this.graph = new GraphBuilder(name);
    this.source = source;
    this.operators = operators;
  }

  /** Lets images of our graph, channels last, stand for the source's placeholder. */
  bind(placeholder: string, images: string): void {
    this.lowered.set(placeholder, this.asSource(images, 4));
  }

  /** Declares an output: the source node `node` under a name of our own. */
  output(name: string, node: string, dims: (number | string)[]): void {
    this.graph.output(name, dims, this.channelsLast(this.computed(node)).name);
  }

  operand(name: string): Operand {
    return this.source.constants.get(name) ?? this.computed(name);
  }

  computed(name: string): Computed {
    const known = this.lowered.get(name);
    if (known) return known;
    const node = this.node(name);
    const lower = this.operators.get(node.op);
    if (!lower) throw new Error(`TensorFlow operator ${node.op} is not supported`);
    const value = lower(this, node);
    this.lowered.set(name, value);
    return value;
  }

  constantOrNone(name: string | undefined): Constant | undefined {
    return this.source.constants.get(name ?? '');
  }

  /** The source's node of that name. */
  node(name: string | undefined): TfNode {
    const node = this.source.nodes.get(name ?? '');
    if (!node) throw new Error(`the source has no node ${name}`);
    return node;
  }

  constant(name: string | undefined): Constant {
    const constant = this.constantOrNone(name);
    if (!constant) throw new Error(`${name} is not a constant`);
    return constant;
  }

  /** An int32 constant's values, as shapes, axes and indices are. */
  integers(name: string | undefined): number[] {
    const constant = this.constant(name);
    if (constant.dtype !== 'int32') throw new Error(`${name} is not an integer constant`);
    return [...constant.values];
  }

  /** Emits a constant as it lies in the source, or with other dimensions of the same length. */
  emit(constant: Constant, dims: number[] = constant.shape): string {
    return constant.dtype === 'float32'
      ? this.graph.float32(constant.values, dims)
      : this.graph.int32(constant.values, dims);
  }

  channelsFirst(value: Computed): Computed {
    return value.channelsFirst ? value : this.transpose(value, [0, 3, 1, 2]);
  }

  channelsLast(value: Computed): Computed {
    return value.channelsFirst ? this.transpose(value, [0, 2, 3, 1]) : value;
  }

  asSource(name: string, rank: number): Computed {
    return { name, rank, channelsFirst: false };
  }

  private transpose(value: Computed, perm: number[]): Computed {
    const known = this.transposed.get(value.name);
    if (known) return known;
    const name = this.graph.node('Transpose', [value.name], { perm });
    const result = { name, rank: 4, channelsFirst: !value.channelsFirst };
    this.transposed.set(value.name, result);
    return result;
  }
}
