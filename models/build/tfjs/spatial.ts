/** Lowering of the operators on images: convolution, pooling, padding. All run channels first. */
import { permute } from '../onnx/kernels.ts';
import type { TfNode } from './graph.ts';
import type { Computed, Lower, Lowering } from './lowering.ts';

export const SPATIAL: Record<string, Lower> = {
  Conv2D: (lowering, node) => convolution(lowering, node, {}),

  DepthwiseConv2dNative: (lowering, node) => convolution(lowering, node, {}),

  _FusedConv2D: biasedConvolution,

  MaxPool(lowering, node) {
    const attributes = { kernel_shape: node.attributes.integers('ksize').slice(1, 3) };
    return image(
      lowering.graph.node('MaxPool', [input(lowering, node)], { ...attributes, ...stepping(node) }),
    );
  },

  Pad(lowering, node) {
    const { before, after } = padding(lowering, node);
    const pads = lowering.graph.int64([...before, ...after]);
    return image(lowering.graph.node('Pad', [input(lowering, node), pads]));
  },
};

/** What a node pads with: batch, channels, height and width. */
export function padding(
  lowering: Lowering,
  node: TfNode,
): { readonly before: readonly number[]; readonly after: readonly number[] } {
  // Rows of [before, after] for batch, height, width and channels.
  const amounts = lowering.integers(node.inputs[1]);
  const side = (after: 0 | 1): number[] => [0, 3, 1, 2].map((i) => amounts[2 * i + after] ?? 0);
  return { before: side(0), after: side(1) };
}

/** What a batch normalisation leaves after training: a factor and an addend for every channel. */
interface Normalisation {
  scale?: Float32Array;
  bias?: Float32Array;
}

/**
 * Lowers a sum that is a convolution, perhaps times a constant, plus a constant, to one convolution.
 * Returns undefined when the node is anything else.
 */
export function normalisedConvolution(lowering: Lowering, sum: TfNode): Computed | undefined {
  const normalisation: Normalisation = {};
  let node = sum;
  const peel = (part: keyof Normalisation): boolean => {
    const factor = lowering.constantOrNone(node.inputs[1]);
    if (factor?.dtype !== 'float32' || factor.shape.length !== 1) return false;
    normalisation[part] = factor.values;
    node = lowering.node(node.inputs[0]);
    return true;
  };
  if (!peel('bias')) return undefined;
  if (node.op === 'Mul' && !peel('scale')) return undefined;
  if (node.op !== 'Conv2D' && node.op !== 'DepthwiseConv2dNative') return undefined;
  return convolution(lowering, node, normalisation);
}

/** A convolution plus a constant per channel, then perhaps a ReLU. */
function biasedConvolution(lowering: Lowering, node: TfNode): Computed {
  const [addition, activation = 'none'] = node.attributes.texts('fused_ops');
  const bias = lowering.constant(node.inputs[2]);
  const supported = addition === 'BiasAdd' && ['none', 'Relu'].includes(activation);
  if (!supported || bias.dtype !== 'float32') {
    throw new Error(`${node.name} is a convolution of an unsupported form`);
  }
  const sum = convolution(lowering, node, { bias: bias.values });
  return activation === 'Relu' ? image(lowering.graph.node('Relu', [sum.name])) : sum;
}

export function convolution(
  lowering: Lowering,
  node: TfNode,
  { scale, bias }: Normalisation,
): Computed {
  const weights = lowering.constant(node.inputs[1]);
  if (weights.dtype !== 'float32') throw new Error(`${node.name} has integer weights`);
  const depthwise = node.op === 'DepthwiseConv2dNative';
  if (depthwise && weights.shape[3] !== 1)
    throw new Error(`${node.name} has several outputs per channel`);
  // Source kernels: [height, width, input, output]; depthwise [height, width, channels, 1].
  const order = depthwise ? ([2, 3, 0, 1] as const) : ([3, 2, 0, 1] as const);
  const kernel = permute(weights.values, weights.shape, order);
  const perOutput = kernel.values.length / kernel.dims[0];
  const values = scale
    ? kernel.values.map((value, i) => value * (scale[Math.floor(i / perOutput)] ?? 1))
    : kernel.values;
  const inputs = [input(lowering, node), lowering.graph.float32(values, kernel.dims)];
  if (bias) inputs.push(lowering.graph.float32(bias, [bias.length]));
  return image(
    lowering.graph.node('Conv', inputs, {
      kernel_shape: kernel.dims.slice(2),
      group: depthwise ? kernel.dims[0] : 1,
      ...stepping(node),
    }),
  );
}

function stepping({ attributes }: TfNode): Record<string, number[] | string> {
  const padding = attributes.text('padding');
  if (padding !== 'SAME' && padding !== 'VALID')
    throw new Error(`padding ${padding} is not supported`);
  if (attributes.integers('dilations').some((step) => step !== 1))
    throw new Error('dilation is not supported');
  return {
    strides: attributes.integers('strides').slice(1, 3),
    auto_pad: padding === 'SAME' ? 'SAME_UPPER' : 'VALID',
  };
}

function input(lowering: Lowering, node: TfNode): string {
  return lowering.channelsFirst(lowering.computed(node.inputs[0] ?? '')).name;
}

export function image(name: string): Computed {
  return { name, rank: 4, channelsFirst: true };
}
