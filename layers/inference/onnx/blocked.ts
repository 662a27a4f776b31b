/**
 * Networks spelled so that the runtime can run them in one memory layout from end to end.
 *
 * On x64 onnxruntime keeps images in blocks of channels (NCHWc), in which convolutions are fastest, but its PRelu
 * knows rows of pixels only: before and after each, everything is put into another order. The same is said by
 * operators that know blocks: with slopes `a`, one for each channel,
 *
 *     prelu(x) = a x + (1 - a) relu(x)
 *
 * and a product with one number for each channel is a convolution of one channel and one pixel. Where no slope
 * is over 1, `(1 - a) relu(x)` is `relu((1 - a) x)`, which is one operator less, since the runtime joins Relu
 * and Add to the convolution before them.
 *
 * Nothing else of the network changes; field numbers are those of
 * https://github.com/onnx/onnx/blob/v1.17.0/onnx/onnx.proto.
 */
import { fromHalves } from '../half.ts';
import { Message, MessageWriter, readFields } from './protobuf.ts';

/** The most channels in a block, that of AVX-512; fewer lanes divide it. */
const BLOCK = 16;

const MODEL = { graph: 7 } as const;
const GRAPH = { node: 1, initializer: 5 } as const;
const NODE = { input: 1, output: 2, name: 3, operator: 4, attribute: 5 } as const;
const TENSOR = { dims: 1, type: 2, floats: 4, name: 8, raw: 9, location: 14 } as const;
const ATTRIBUTE = { name: 1, integer: 3, integers: 8, kind: 20 } as const;
const PRELU = 'PRelu';
const CAST = 'Cast';
const FLOAT = 1;
const HALF = 10;
const KIND = { integer: 2, integers: 7 } as const;

/** @returns the network in the other spelling; the bytes themselves where there is nothing to spell otherwise. */
export function inBlocks(model: Uint8Array): Uint8Array {
  if (!says(model, PRELU)) return model;
  const fields = readFields(model);
  const graph = fields.find(({ number }) => number === MODEL.graph)?.value;
  if (!(graph instanceof Uint8Array)) return model;
  const spelled = new Spelling(graph).spell();
  if (spelled === undefined) return model;
  const writer = new MessageWriter();
  for (const { number, value } of fields) {
    if (typeof value === 'bigint') writer.integer(number, value);
    else if (number === MODEL.graph) writer.message(number, spelled);
    else writer.bytes(number, value);
  }
  return writer.finish();
}

class Spelling {
  readonly #fields: ReturnType<typeof readFields>;
  readonly #constants = new Map<string, Message>();
  /** What a Cast makes of a constant, by its output: the constant's name. */
  readonly #casts = new Map<string, string>();
  /** How often each constant was a slope that is not needed any more. */
  readonly #spelled = new Map<string, number>();
  readonly #out = new MessageWriter();
  #count = 0;

  constructor(graph: Uint8Array) {
    this.#fields = readFields(graph);
  }

  /** @returns undefined where nothing changes, or where the constants lie in another file. */
  spell(): MessageWriter | undefined {
    const uses = new Map<string, number>();
    for (const { number, value } of this.#fields) {
      if (typeof value === 'bigint') continue;
      if (number === GRAPH.initializer) {
        const tensor = new Message(value);
        if (tensor.integer(TENSOR.location) !== 0) return undefined;
        this.#constants.set(tensor.text(TENSOR.name), tensor);
      } else if (number === GRAPH.node) {
        const node = new Message(value);
        const inputs = node.texts(NODE.input);
        for (const input of inputs) uses.set(input, (uses.get(input) ?? 0) + 1);
        if (node.text(NODE.operator) !== CAST) continue;
        this.#casts.set(node.text(NODE.output), inputs[0] ?? '');
      }
    }
    for (const { number, value } of this.#fields) {
      if (number === GRAPH.initializer) continue;
      if (typeof value === 'bigint') this.#out.integer(number, value);
      else if (number !== GRAPH.node || !this.#spellNode(value)) this.#out.bytes(number, value);
    }
    if (this.#count === 0) return undefined;
    // The runtime warns of constants that nobody needs any more.
    const isLeft = (name: string) => (uses.get(name) ?? 0) > (this.#spelled.get(name) ?? 0);
    for (const { number, value } of this.#fields) {
      if (number !== GRAPH.initializer || typeof value === 'bigint') continue;
      if (isLeft(new Message(value).text(TENSOR.name))) this.#out.bytes(number, value);
    }
    return this.#out;
  }

  /** @returns whether it wrote something in place of the node. */
  #spellNode(bytes: Uint8Array): boolean {
    if (!says(bytes, PRELU)) return false;
    const node = new Message(bytes);
    if (node.text(NODE.operator) !== PRELU) return false;
    const [x = '', slope = ''] = node.texts(NODE.input);
    const slopes = this.#slopes(slope);
    if (slopes === undefined) return false;
    const name = `inBlocks${this.#count++}`;
    this.#spelled.set(slope, (this.#spelled.get(slope) ?? 0) + 1);
    const [linear, rest, bent] = ['linear', 'rest', 'bent'].map((part) => `${name}.${part}`);
    this.#product(x, slopes, linear!);
    const rests = slopes.map((value) => 1 - value);
    if (rests.every((value) => value >= 0)) {
      this.#product(x, rests, rest!);
      this.#node('Relu', [rest!], bent!);
    } else {
      this.#node('Relu', [x], rest!);
      this.#product(rest!, rests, bent!);
    }
    this.#node('Add', [linear!, bent!], node.text(NODE.output));
    return true;
  }

  /** @returns undefined where they are not one number for each channel of an image, in whole blocks. */
  #slopes(name: string): Float32Array | undefined {
    const cast = this.#casts.get(name);
    const tensor = this.#constants.get(cast ?? name);
    if (tensor === undefined) return undefined;
    const dims = tensor.integers(TENSOR.dims);
    const [channels = 0, ...places] = dims.length === 4 ? dims.slice(1) : dims;
    const isPerChannel = places.length === 2 && places.every((length) => length === 1);
    if (!isPerChannel || channels % BLOCK !== 0) return undefined;
    const values = valuesOf(tensor, cast !== undefined);
    return values?.length === channels ? values : undefined;
  }

  /** Each channel of an image times a number. */
  #product(x: string, factors: Float32Array, output: string): void {
    const weights = `${output}.weights`;
    const tensor = new MessageWriter();
    for (const length of [factors.length, 1, 1, 1]) tensor.integer(TENSOR.dims, length);
    const raw = new Uint8Array(factors.buffer, factors.byteOffset, factors.byteLength);
    tensor.integer(TENSOR.type, FLOAT).text(TENSOR.name, weights).bytes(TENSOR.raw, raw);
    this.#out.message(GRAPH.initializer, tensor);
    const group = new MessageWriter()
      .text(ATTRIBUTE.name, 'group')
      .integer(ATTRIBUTE.kind, KIND.integer)
      .integer(ATTRIBUTE.integer, factors.length);
    const shape = new MessageWriter()
      .text(ATTRIBUTE.name, 'kernel_shape')
      .integer(ATTRIBUTE.kind, KIND.integers)
      .integer(ATTRIBUTE.integers, 1)
      .integer(ATTRIBUTE.integers, 1);
    this.#node('Conv', [x, weights], output, [group, shape]);
  }

  #node(
    operator: string,
    inputs: readonly string[],
    output: string,
    attributes: readonly MessageWriter[] = [],
  ): void {
    const node = new MessageWriter();
    for (const input of inputs) node.text(NODE.input, input);
    node.text(NODE.output, output).text(NODE.name, `${output}.${operator}`);
    node.text(NODE.operator, operator);
    for (const attribute of attributes) node.message(NODE.attribute, attribute);
    this.#out.message(GRAPH.node, node);
  }
}

/** Whether a text occurs in a message, anywhere: quicker than reading it. */
function says({ buffer, byteOffset, length }: Uint8Array, text: string): boolean {
  return Buffer.from(buffer, byteOffset, length).includes(text);
}

/** @param cast whether halves are cast to floats: as halves, the network would compute in them. */
function valuesOf(tensor: Message, cast: boolean): Float32Array | undefined {
  const type = tensor.integer(TENSOR.type);
  const raw = tensor.bytes(TENSOR.raw)[0];
  if (type === FLOAT && !cast) {
    if (raw === undefined) return Float32Array.from(tensor.floats(TENSOR.floats));
    return new Float32Array(Uint8Array.from(raw).buffer);
  }
  if (type !== HALF || !cast || raw === undefined) return undefined;
  return fromHalves(new Uint16Array(Uint8Array.from(raw).buffer));
}
