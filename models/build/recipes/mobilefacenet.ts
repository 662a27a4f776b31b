/**
 * MobileFaceNet, the embedder: TensorFlow Lite to ONNX.
 *
 * The source runs on two images at a time, channels last; the result on any number, channels first.
 * The source was exported without a PReLU operator and spells it relu(x) + half·(x - |x|), so the
 * slope for negative values is twice `half`.
 *
 * The last feature map that still tells where in the face, what the last residual block gives, is an output
 * too: it shows what of a face is hidden.
 */
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { permute } from '../onnx/kernels.ts';
import type { SourceFiles } from '../sources/packages.ts';
import { readTflite, type TfliteModel, type TfliteOperator } from '../tflite/model.ts';

export function buildMobileFaceNet(files: SourceFiles): Uint8Array {
  const source = files.read('android/src/main/assets/MobileFaceNet.tflite');
  return new MobileFaceNetConverter(readTflite(source)).convert();
}

interface Constant {
  values: Float32Array;
  shape: number[];
}

class MobileFaceNetConverter {
  private readonly graph = new GraphBuilder('mobilefacenet');
  private readonly model: TfliteModel;
  private readonly producers: Map<number, TfliteOperator>;
  private readonly values = new Map<number, string>();

  constructor(model: TfliteModel) {
    this.model = model;
    this.producers = new Map(model.operators.map((operator) => [operator.output, operator]));
  }

  convert(): Uint8Array {
    this.values.set(this.model.input, this.graph.input('face', ['N', 3, 112, 112]));
    this.graph.output('embedding', ['N', 192], this.value(this.model.output));
    const last = this.model.operators.findLast((operator) => this.isResidual(operator));
    if (!last) throw new Error('the source has no residual block');
    this.graph.output('map', ['N', 128, 7, 7], this.value(last.output));
    return this.graph.finish();
  }

  /** The converted value of a source tensor, converting what leads to it first. */
  private value(tensor: number): string {
    const known = this.values.get(tensor);
    if (known !== undefined) return known;
    const value = this.converted(this.producer(tensor));
    this.values.set(tensor, value);
    return value;
  }

  private converted(operator: TfliteOperator): string {
    const [first, second] = operator.inputs;
    if (first === undefined) throw new Error(`${operator.name} has no input`);
    switch (operator.name) {
      case 'CONV_2D':
      case 'DEPTHWISE_CONV_2D':
        return this.convolution(operator);
      case 'RESHAPE':
        return this.graph.node('Flatten', [this.value(first)], { axis: 1 });
      case 'ADD':
        if (second !== undefined && !this.isResidual(operator)) {
          return this.prelu(this.producer(first), this.producer(second));
        }
        return this.graph.node(
          'Add',
          operator.inputs.map((input) => this.value(input)),
        );
      default:
        throw new Error(`${operator.name} is not expected outside a PReLU`);
    }
  }

  /** An addition that is none of a spelled-out PReLU. */
  private isResidual({ name, inputs: [, second] }: TfliteOperator): boolean {
    return name === 'ADD' && (second === undefined || this.producers.get(second)?.name !== 'MUL');
  }

  /** Option slots: padding 0, stride in x 1, stride in y 2, activation 3 (4 when depthwise). */
  private convolution({ name, inputs, options }: TfliteOperator): string {
    const [image = -1, weights = -1, bias = -1] = inputs;
    const depthwise = name === 'DEPTHWISE_CONV_2D';
    if (!options) throw new Error('a convolution has no options');
    if (options.int8(depthwise ? 4 : 3) !== 0)
      throw new Error('fused activations are not supported');
    // Source kernels: [output, height, width, input]; depthwise [1, height, width, channels].
    const { values, shape } = this.constant(weights);
    const kernel = permute(values, shape, depthwise ? [3, 0, 1, 2] : [0, 3, 1, 2]);
    const biases = this.constant(bias);
    const parameters = [
      this.graph.float32(kernel.values, kernel.dims),
      this.graph.float32(biases.values, biases.shape),
    ];
    return this.graph.node('Conv', [this.value(image), ...parameters], {
      kernel_shape: kernel.dims.slice(2),
      strides: [options.int32(2), options.int32(1)],
      group: depthwise ? kernel.dims[0] : 1,
      auto_pad: options.int8(0) === 1 ? 'VALID' : 'SAME_UPPER',
    });
  }

  /** relu(x) + half·(x - |x|), given its two terms. */
  private prelu(positive: TfliteOperator, negative: TfliteOperator): string {
    const [half = -1, difference = -1] = negative.inputs;
    const [x = -1, magnitude = -1] = this.producer(difference).inputs;
    const spellsPrelu =
      positive.name === 'RELU' &&
      this.producer(difference).name === 'SUB' &&
      this.producer(magnitude).name === 'ABS' &&
      positive.inputs[0] === x &&
      this.producer(magnitude).inputs[0] === x;
    if (!spellsPrelu) throw new Error('a multiplication is not part of a PReLU');
    const slopes = this.constant(half).values.map((value) => 2 * value);
    const slope = this.graph.float32(slopes, [slopes.length, 1, 1]);
    return this.graph.node('PRelu', [this.value(x), slope]);
  }

  private producer(tensor: number): TfliteOperator {
    const operator = this.producers.get(tensor);
    if (!operator) throw new Error(`no operator computes tensor ${tensor}`);
    return operator;
  }

  private constant(tensor: number): Constant {
    const found = this.model.tensors[tensor];
    if (!found?.values) throw new Error(`tensor ${tensor} is not a float32 constant`);
    return { values: found.values, shape: found.shape };
  }
}
