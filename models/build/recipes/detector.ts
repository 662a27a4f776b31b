/**
 * The face detector: ONNX to ONNX.
 *
 * The source was exported by PyTorch for images of 320x240, boxes decoded in the graph. Recollect
 * keeps the two raw heads, whose size follows the image, and decodes the boxes itself. Three things
 * of the export go: everything behind the heads, a multiplication by one, and the arithmetic on
 * shapes in front of each Reshape.
 */
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { decodeModel, type Model, type Node, type Tensor } from '../onnx/model.ts';
import type { SourceFiles } from '../sources/packages.ts';

/** The source's names of the two heads: class scores, and box offsets before decoding. */
const SCORES = 'scores';
const OFFSETS = '462';

export function buildDetector(files: SourceFiles): Uint8Array {
  return new DetectorConverter(decodeModel(files.read('model/fr_detect.onnx'))).convert();
}

class DetectorConverter {
  private readonly graph = new GraphBuilder('detector');
  private readonly values = new Map<string, string>();
  private readonly producers = new Map<string, Node>();
  private readonly constants: Map<string, Tensor>;

  constructor(source: Model) {
    this.constants = source.constants;
    for (const node of source.nodes) {
      for (const output of node.outputs) this.producers.set(output, node);
    }
  }

  convert(): Uint8Array {
    const { graph } = this;
    this.values.set('input', graph.input('image', [1, 3, 'height', 'width']));
    const scores = this.value(SCORES);
    const offsets = this.value(OFFSETS);
    graph.output('scores', [1, 'anchors', 2], scores);
    graph.output('offsets', [1, 'anchors', 4], offsets);
    return graph.finish();
  }

  /** The converted value of a source value, converting what leads to it first. */
  private value(name: string): string {
    const known = this.values.get(name);
    if (known !== undefined) return known;
    const constant = this.constants.get(name);
    const value = constant ? this.weights(constant) : this.computed(name);
    this.values.set(name, value);
    return value;
  }

  private computed(name: string): string {
    const node = this.producers.get(name);
    if (!node) throw new Error(`the detector's source computes no ${name}`);
    const [first = '', second = ''] = node.inputs;
    switch (node.operator) {
      case 'Conv':
      case 'Relu':
      case 'Add':
      case 'Concat':
      case 'Transpose':
      case 'Softmax':
        return this.graph.node(
          node.operator,
          node.inputs.map((i) => this.value(i)),
          node.attributes,
        );
      case 'Mul':
        if (this.scalar(second) === 1) return this.value(first);
        break;
      case 'Reshape':
        return this.graph.node('Reshape', [this.value(first), this.anchorRows(second)]);
    }
    throw new Error(`${node.operator} is not expected in the detector's source`);
  }

  /** The shape [1, anchors, columns]; `shape` concatenates a batch size, -1 and the columns. */
  private anchorRows(shape: string): string {
    const columns = this.producers.get(shape)?.inputs[2];
    const tensor = this.constants.get(columns ?? '');
    if (!tensor) throw new Error(`Reshape's shape ${shape} is not the expected concatenation`);
    return this.graph.int64([1, -1, view(tensor).getInt32(0, true)]);
  }

  private scalar(name: string): number | undefined {
    const value = this.producers.get(name)?.attributes['value'];
    const isTensor = typeof value === 'object' && !Array.isArray(value);
    return isTensor ? view(value).getFloat32(0, true) : undefined;
  }

  private weights(tensor: Tensor): string {
    return this.graph.float32(new Float32Array(Uint8Array.from(tensor.data).buffer), tensor.dims);
  }
}

function view(tensor: Tensor): DataView {
  return new DataView(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
}
