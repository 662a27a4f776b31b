/**
 * Lowering of sums that end a residual block: what went into it, perhaps padded with channels, plus a convolution,
 * perhaps plus a constant.
 *
 * Runtimes join a convolution, a constant for each of its channels and an image that is added, and keep all of it in a
 * layout of their own. So the constant goes to the convolution, wherever the source adds it, and channels of zeros
 * come from a convolution that copies the others.
 */
import type { TfNode } from './graph.ts';
import type { Computed, Lowering } from './lowering.ts';
import { convolution, image, padding } from './spatial.ts';

/** @returns undefined where the sum is anything else, or runtimes join it as it is. */
export function residualSum(lowering: Lowering, sum: TfNode): Computed | undefined {
  const { bias, block } = withoutBias(lowering, sum);
  const [one, other, ...more] = block.inputs;
  if (!SUMS.has(block.op) || one === undefined || other === undefined || more.length > 0) {
    return undefined;
  }
  const convolved = [one, other].find((name) => channelsOf(lowering, name, bias) !== undefined);
  if (convolved === undefined) return undefined;
  const added = lowering.node(convolved === one ? other : one);
  const channels = channelsOf(lowering, convolved, bias) ?? 0;
  const before = paddedChannels(lowering, added);
  if (bias === undefined && before === undefined) return undefined;
  if (bias !== undefined && bias.length !== channels) return undefined;
  const source = before === undefined ? added.name : (added.inputs[0] ?? '');
  if (!isImage(lowering, source)) return undefined;
  const changed =
    bias === undefined
      ? lowering.computed(convolved)
      : convolution(lowering, lowering.node(convolved), { bias });
  const kept =
    before === undefined
      ? lowering.channelsFirst(lowering.computed(added.name))
      : copied(lowering, added, channels - before, channels);
  return image(lowering.graph.node('Add', [kept.name, changed.name]));
}

const SUMS: ReadonlySet<string> = new Set(['Add', 'AddV2', 'AddN']);

function withoutBias(
  lowering: Lowering,
  sum: TfNode,
): { readonly bias?: Float32Array; readonly block: TfNode } {
  const [one, other] = sum.inputs;
  for (const [constant, rest] of [
    [one, other],
    [other, one],
  ]) {
    const addend = lowering.constantOrNone(constant);
    if (addend?.dtype !== 'float32' || addend.shape.length !== 1) continue;
    return { bias: addend.values, block: lowering.node(rest) };
  }
  return { block: sum };
}

/** Of a convolution, or of one with a constant where no other is to be added to it. */
function channelsOf(
  lowering: Lowering,
  name: string,
  bias: Float32Array | undefined,
): number | undefined {
  const node = lowering.node(name);
  if (node.op === 'Conv2D') return lowering.constant(node.inputs[1]).shape[3];
  if (bias !== undefined || !SUMS.has(node.op)) return undefined;
  const { bias: own, block } = withoutBias(lowering, node);
  return block.op === 'Conv2D' ? own?.length : undefined;
}

/** Whether a node has batch, height, width and channels, and is no constant. */
function isImage(lowering: Lowering, name: string): boolean {
  return lowering.constantOrNone(name) === undefined && lowering.computed(name).rank === 4;
}

/** How many channels a node adds, behind those that there are; undefined where it does anything else. */
function paddedChannels(lowering: Lowering, node: TfNode): number | undefined {
  if (node.op !== 'Pad') return undefined;
  const { before, after } = padding(lowering, node);
  const [, channels = 0, ...others] = after;
  return [...before, ...others].every((amount) => amount === 0) ? channels : undefined;
}

/** The image that a node pads, in the first of so many channels; the others are 0. */
function copied(lowering: Lowering, pad: TfNode, channels: number, total: number): Computed {
  const weights = new Float32Array(total * channels);
  for (let channel = 0; channel < channels; channel++) weights[channel * channels + channel] = 1;
  const source = lowering.channelsFirst(lowering.computed(pad.inputs[0] ?? ''));
  const kernel = lowering.graph.float32(weights, [total, channels, 1, 1]);
  return image(lowering.graph.node('Conv', [source.name, kernel], { kernel_shape: [1, 1] }));
}
