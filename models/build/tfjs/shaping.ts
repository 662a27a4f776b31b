/** Lowering of the operators that move values without computing: all as they lie in the source. */
import { DataType } from '../onnx/model.ts';
import type { TfNode } from './graph.ts';
import { type Computed, isComputed, isConstant, type Lower, type Lowering } from './lowering.ts';

export const SHAPING: Record<string, Lower> = {
  Reshape(lowering, node) {
    const value = plain(lowering, node);
    const [batch, ...rest] = lowering.integers(node.inputs[1]);
    if (batch !== 1 && batch !== -1) throw new Error(`${node.name} does not keep the batch`);
    // In ONNX a zero copies the input's length, here that of the batch.
    const name = lowering.graph.node('Reshape', [value.name, lowering.graph.int64([0, ...rest])]);
    return lowering.asSource(name, rest.length + 1);
  },

  Transpose(lowering, node) {
    const value = plain(lowering, node);
    const perm = lowering.integers(node.inputs[1]);
    return lowering.asSource(lowering.graph.node('Transpose', [value.name], { perm }), value.rank);
  },

  Cast(lowering, node) {
    const value = plain(lowering, node);
    const type = node.attributes.type('DstT');
    if (type !== 'DT_INT32') throw new Error(`a cast to ${type} is not supported`);
    const name = lowering.graph.node('Cast', [value.name], { to: DataType.int32 });
    return lowering.asSource(name, value.rank);
  },

  GatherV2(lowering, node) {
    const value = plain(lowering, node);
    const indices = lowering.graph.int64(lowering.integers(node.inputs[1]));
    const [axis = 0] = lowering.integers(node.inputs[2]);
    return lowering.asSource(
      lowering.graph.node('Gather', [value.name, indices], { axis }),
      value.rank,
    );
  },

  ConcatV2: concatenation,
  StridedSlice: slice,
  GatherNd: gather,
};

function plain(lowering: Lowering, node: TfNode): Computed {
  return lowering.channelsLast(lowering.computed(node.inputs[0] ?? ''));
}

/** Constants among the parts, written for a batch of one, are repeated for every image. */
function concatenation(lowering: Lowering, node: TfNode): Computed {
  const [axis = 0] = lowering.integers(node.inputs.at(-1));
  const parts = node.inputs.slice(0, -1).map((input) => {
    const operand = lowering.operand(input);
    return isConstant(operand) ? operand : lowering.channelsLast(operand);
  });
  const computed = parts.find(isComputed);
  if (axis === 0 || !computed) {
    throw new Error(`${node.name} concatenates batches or constants alone`);
  }
  const inputs = parts.map((part) => {
    if (!isConstant(part)) return part.name;
    const batch = lowering.graph.node('Shape', [computed.name], { start: 0, end: 1 });
    const rest = lowering.graph.int64(part.shape.slice(1));
    const shape = lowering.graph.node('Concat', [batch, rest], { axis: 0 });
    return lowering.graph.node('Expand', [lowering.emit(part), shape]);
  });
  return lowering.asSource(lowering.graph.node('Concat', inputs, { axis }), computed.rank);
}

/** Ranges with a step of one; the range over a batch of one becomes the whole batch. */
function slice(lowering: Lowering, node: TfNode): Computed {
  const value = plain(lowering, node);
  const [begins = [], ends = [], steps = []] = node.inputs
    .slice(1)
    .map((i) => lowering.integers(i));
  const unsupported = ['ellipsis_mask', 'new_axis_mask', 'shrink_axis_mask'];
  const mask = (name: string, axis: number): boolean =>
    ((node.attributes.integer(name) >> axis) & 1) === 1;
  if (unsupported.some((name) => node.attributes.integer(name)) || steps.some((s) => s !== 1)) {
    throw new Error(`${node.name} slices in an unsupported way`);
  }
  const axes = begins
    .map((_, axis) => axis)
    .filter((axis) => axis > 0 && !(mask('begin_mask', axis) && mask('end_mask', axis)));
  if (axes.length === 0) return value;
  const bounds = [
    axes.map((axis) => (mask('begin_mask', axis) ? 0 : (begins[axis] ?? 0))),
    axes.map((axis) => (mask('end_mask', axis) ? 2 ** 31 - 1 : (ends[axis] ?? 0))),
    axes,
  ].map((numbers) => lowering.graph.int64(numbers));
  return lowering.asSource(lowering.graph.node('Slice', [value.name, ...bounds]), value.rank);
}

/**
 * Gathers pixels [batch, y, x] of an image. The batch index, a constant of zeros in an export for a
 * batch of one, goes. Indices are clamped to the image: the source's own limits allow one row and one
 * column too many, which TensorFlow's runtimes answer in different ways and ONNX Runtime rejects.
 */
function gather(lowering: Lowering, node: TfNode): Computed {
  const image = plain(lowering, node);
  const indices = lowering.node(node.inputs[1]);
  const [batch, position = ''] = indices.inputs;
  const zeros = indices.op === 'ConcatV2' ? lowering.constant(batch).values : [1];
  if (zeros.some((index) => index !== 0)) throw new Error(`${node.name} is not a batched gather`);
  const at = lowering.channelsLast(lowering.computed(position));
  const wide = lowering.graph.node('Cast', [at.name], { to: DataType.int64 });
  const size = lowering.graph.node('Shape', [image.name], { start: 1, end: 3 });
  const limit = lowering.graph.node('Sub', [size, lowering.graph.int64([1])]);
  const low = lowering.graph.node('Max', [wide, lowering.graph.int64([0])]);
  const clamped = lowering.graph.node('Min', [low, limit]);
  const name = lowering.graph.node('GatherND', [image.name, clamped], { batch_dims: 1 });
  return lowering.asSource(name, at.rank);
}
