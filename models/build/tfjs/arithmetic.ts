/** Lowering of elementwise operators, reductions and matrix products. */
import type { Constant, TfNode } from './graph.ts';
import {
  type Computed,
  isComputed,
  isConstant,
  type Lower,
  type Lowering,
  type Operand,
} from './lowering.ts';
import { residualSum } from './residual.ts';
import { normalisedConvolution } from './spatial.ts';

export const ARITHMETIC: Record<string, Lower> = {
  Add: sum,
  AddV2: sum,
  AddN: (lowering, node) =>
    residualSum(lowering, node) ??
    node.inputs
      .map((input) => lowering.computed(input))
      .reduce((left, right) => elementwise(lowering, 'Add', [left, right])),
  Sub: binary('Sub'),
  Mul: binary('Mul'),
  Minimum: binary('Min'),
  Maximum: (lowering, node) => clippedRelu(lowering, node) ?? binary('Max')(lowering, node),
  Relu: unary('Relu'),
  Sigmoid: unary('Sigmoid'),
  Floor: unary('Floor'),
  Prelu: binary('PRelu'),
  Square(lowering, node) {
    const value = first(lowering, node);
    return elementwise(lowering, 'Mul', [value, value]);
  },
  Rsqrt(lowering, node) {
    const value = first(lowering, node);
    return elementwise(lowering, 'Reciprocal', [elementwise(lowering, 'Sqrt', [value])]);
  },
  Softmax(lowering, node) {
    const value = lowering.channelsLast(first(lowering, node));
    const name = lowering.graph.node('Softmax', [value.name], { axis: -1 });
    return lowering.asSource(name, value.rank);
  },
  Sum: reduction('ReduceSum'),
  Mean: reduction('ReduceMean'),
  Max: reduction('ReduceMax'),
  Min: reduction('ReduceMin'),
  Prod: reduction('ReduceProd'),
  _FusedMatMul: denseLayer,
  BatchMatMulV2: batchMatMul,
};

function sum(lowering: Lowering, node: TfNode): Computed {
  return (
    normalisedConvolution(lowering, node) ??
    residualSum(lowering, node) ??
    binary('Add')(lowering, node)
  );
}

function unary(operator: string): Lower {
  return (lowering, node) => elementwise(lowering, operator, [first(lowering, node)]);
}

function binary(operator: string): Lower {
  return (lowering, node) =>
    elementwise(
      lowering,
      operator,
      node.inputs.map((input) => lowering.operand(input)),
    );
}

/** Runs channels first when any operand already does; constants are turned to match. */
function elementwise(lowering: Lowering, operator: string, operands: Operand[]): Computed {
  const computed = operands.filter(isComputed);
  const rank = Math.max(...operands.map((o) => (isConstant(o) ? o.shape.length : o.rank)));
  const channelsFirst =
    computed.some((value) => value.channelsFirst) && computed.every((value) => value.rank === 4);
  const inputs = operands.map((operand) => {
    if (isConstant(operand)) {
      return lowering.emit(operand, channelsFirst ? perChannelDims(operand) : operand.shape);
    }
    const turned = channelsFirst ? lowering.channelsFirst(operand) : lowering.channelsLast(operand);
    return turned.name;
  });
  return { name: lowering.graph.node(operator, inputs), rank, channelsFirst };
}

/** Dimensions under which a scalar or a constant per channel broadcasts over channels first. */
function perChannelDims(constant: Constant): number[] {
  const { length } = constant.values;
  if (constant.shape.length === 0) return [];
  if (constant.shape.at(-1) !== length) throw new Error('a constant varies over image positions');
  return [length, 1, 1];
}

/** max(min(relu(x), c), 0), Keras' spelling of ReLU6 among others: a clip to 0..c. */
function clippedRelu(lowering: Lowering, node: TfNode): Computed | undefined {
  const minimum = lowering.node(node.inputs[0]);
  const low = lowering.constantOrNone(node.inputs[1]);
  const high = lowering.constantOrNone(minimum.inputs[1]);
  if (minimum.op !== 'Minimum' || low?.shape.length !== 0 || high?.shape.length !== 0) return;
  const relu = lowering.node(minimum.inputs[0]);
  if (relu.op !== 'Relu' || low.values[0] !== 0) return;
  const value = first(lowering, relu);
  const bounds = [lowering.emit(low), lowering.emit(high)];
  return { ...value, name: lowering.graph.node('Clip', [value.name, ...bounds]) };
}

/** A reduction over constant axes of the source's order. */
function reduction(operator: string): Lower {
  return (lowering, node) => {
    const value = lowering.channelsLast(first(lowering, node));
    const axes = lowering.integers(node.inputs[1]);
    const keeps = node.attributes.flag('keep_dims');
    const keepdims = keeps ? 1 : 0;
    // Of the reductions only ReduceSum takes its axes as an input in this opset.
    const name =
      operator === 'ReduceSum'
        ? lowering.graph.node(operator, [value.name, lowering.graph.int64(axes)], { keepdims })
        : lowering.graph.node(operator, [value.name], { axes, keepdims });
    return lowering.asSource(name, keeps ? value.rank : value.rank - axes.length);
  };
}

/** x·W + b, then perhaps a ReLU. */
function denseLayer(lowering: Lowering, node: TfNode): Computed {
  const [input = '', weights, bias] = node.inputs;
  const [addition, activation = 'none'] = node.attributes.texts('fused_ops');
  const transposed = ['transpose_a', 'transpose_b'].some((name) => node.attributes.flag(name));
  if (addition !== 'BiasAdd' || !['none', 'Relu'].includes(activation) || transposed) {
    throw new Error(`${node.name} is a dense layer of an unsupported form`);
  }
  const parameters = [weights, bias].map((name) => lowering.emit(lowering.constant(name)));
  const product = lowering.graph.node('Gemm', [lowering.computed(input).name, ...parameters]);
  const name = activation === 'Relu' ? lowering.graph.node('Relu', [product]) : product;
  return lowering.asSource(name, 2);
}

/** A product of the last two dimensions; the others broadcast, the batch always first. */
function batchMatMul(lowering: Lowering, node: TfNode): Computed {
  const operands = node.inputs.map((input) => lowering.operand(input));
  const rank = Math.max(...operands.map((o) => (isConstant(o) ? o.shape.length : o.rank)));
  const inputs = operands.map((operand, index) => {
    const adjoint = node.attributes.flag(index === 0 ? 'adj_x' : 'adj_y');
    if (isConstant(operand)) {
      if (adjoint) throw new Error('a transposed constant factor is not supported');
      return lowering.emit(operand);
    }
    const turned = adjoint ? swapLastTwo(lowering, operand) : operand.name;
    const missing = Array.from({ length: rank - operand.rank }, (_, i) => i + 1);
    if (missing.length === 0) return turned;
    return lowering.graph.node('Unsqueeze', [turned, lowering.graph.int64(missing)]);
  });
  return lowering.asSource(lowering.graph.node('MatMul', inputs), rank);
}

function swapLastTwo(lowering: Lowering, { name, rank }: Computed): string {
  const leading = Array.from({ length: rank - 2 }, (_, axis) => axis);
  return lowering.graph.node('Transpose', [name], { perm: [...leading, rank - 1, rank - 2] });
}

function first(lowering: Lowering, node: TfNode): Computed {
  return lowering.computed(node.inputs[0] ?? '');
}
