/**
 * Networks spelled so that the runtime can run them in one memory layout from end to end.
 *
 * On x64 onnxruntime keeps images in blocks of channels (NCHWc), in which convolutions are fastest, but its PRelu
 * knows rows of pixels only: before and after each, everything is put into another order. The same is said by
 * operators that know blocks: with slopes `a`, one for each channel,
 *
 *     prelu(x) = x + (1 - a) relu(-x)
 *
 * and a product with one number for each channel is a convolution of one channel and one pixel. The runtime joins Relu
 * and Add to the convolution before them, so that two operators are left. What may come in rows is first multiplied
 * by 1, which puts it into blocks once; what convolutions give is in blocks, and what operators that know blocks make
 * of nothing else.
 *
 * Nothing else of the network changes; field numbers are those of
 * https://github.com/onnx/onnx/blob/v1.17.0/onnx/onnx.proto.
 */
import { fromHalves } from '../half.ts';
import { Message, MessageWriter, type Span, spansOf } from './protobuf.ts';

/** The most channels in a block, that of AVX-512; fewer lanes divide it. */
const BLOCK = 16;

/** One number for each channel, of at most 4,096, and what is said of them. */
const MOST_SLOPE_BYTES = 4096 * 4 + 1024;

const MODEL = { graph: 7 } as const;
const GRAPH = { node: 1, initializer: 5 } as const;
const NODE = { input: 1, output: 2, name: 3, operator: 4, attribute: 5 } as const;
const TENSOR = { dims: 1, type: 2, floats: 4, name: 8, raw: 9 } as const;
const ATTRIBUTE = { name: 1, integer: 3, integers: 8, kind: 20 } as const;
const PRELU = 'PRelu';
const CAST = 'Cast';
/** It gives blocks, whatever comes. */
const CONVOLUTION = 'Conv';
/** They leave in blocks what comes in blocks. */
const KEEPERS: ReadonlySet<string> = new Set(['Add', 'MaxPool']);
const GIVING_BLOCKS = [CONVOLUTION, ...KEEPERS];
const FLOAT = 1;
const HALF = 10;
const KIND = { integer: 2, integers: 7 } as const;

/** @returns the network in the other spelling; the bytes themselves where there is nothing to spell otherwise. */
export function inBlocks(model: Uint8Array): Uint8Array {
  // Constants that lie in another file are found from where the network lies.
  if (!says(model, PRELU) || says(model, 'location')) return model;
  const graph = spansOf(model).find(({ number }) => number === MODEL.graph);
  if (graph === undefined) return model;
  const spelled = new Spelling(model.subarray(graph.from, graph.to)).spell();
  if (spelled === undefined) return model;
  return new MessageWriter()
    .fields(model.subarray(0, graph.start))
    .message(MODEL.graph, spelled)
    .fields(model.subarray(graph.to))
    .finish();
}

class Spelling {
  readonly #graph: Uint8Array;
  readonly #constants = new Map<string, Uint8Array>();
  /** Images that will be in blocks, of those that come before what is being spelled. Where one is not, it costs time. */
  readonly #inBlocks = new Set<string>();
  /** What a Cast makes of a constant, by its output: the constant's name. */
  readonly #casts = new Map<string, string>();
  readonly #out = new MessageWriter();
  #count = 0;

  constructor(graph: Uint8Array) {
    this.#graph = graph;
  }

  /** @returns undefined where nothing changes. */
  spell(): MessageWriter | undefined {
    const graph = this.#graph;
    const spans = spansOf(graph);
    for (const { number, from, to } of spans) {
      const value = graph.subarray(from, to);
      if (number === GRAPH.initializer && value.length <= MOST_SLOPE_BYTES) {
        const name = spansOf(value).find((span) => span.number === TENSOR.name);
        if (name !== undefined) this.#constants.set(textIn(value, name), value);
      } else if (number === GRAPH.node && says(value, CAST)) {
        const node = new Message(value);
        if (node.text(NODE.operator) !== CAST) continue;
        this.#casts.set(node.text(NODE.output), node.text(NODE.input));
      }
    }
    let written = 0;
    for (const { number, start, from, to } of spans) {
      const value = graph.subarray(from, to);
      if (number !== GRAPH.node) continue;
      if (says(value, PRELU)) {
        const before = graph.subarray(written, start);
        if (this.#spellNode(new Message(value), before)) written = to;
      } else if (GIVING_BLOCKS.some((operator) => says(value, operator))) {
        this.#follow(new Message(value));
      }
    }
    return this.#count === 0 ? undefined : this.#out.fields(graph.subarray(written));
  }

  #follow(node: Message): void {
    const operator = node.text(NODE.operator);
    const keeps =
      KEEPERS.has(operator) && node.texts(NODE.input).every((x) => this.#inBlocks.has(x));
    if (keeps || operator === CONVOLUTION) this.#inBlocks.add(node.text(NODE.output));
  }

  /** @returns whether it wrote something in place of the node, and what comes before it. */
  #spellNode(node: Message, before: Uint8Array): boolean {
    if (node.text(NODE.operator) !== PRELU) return false;
    const [x = '', slope = ''] = node.texts(NODE.input);
    const slopes = this.#slopes(slope);
    if (slopes === undefined) return false;
    this.#out.fields(before);
    const name = `inBlocks${this.#count++}`;
    const [blocks, turned, below, lifted] = ['blocks', 'turned', 'below', 'lifted'].map(
      (part) => `${name}.${part}`,
    );
    const times = (factor: number) => new Float32Array(slopes.length).fill(factor);
    const inBlocks = this.#inBlocks.has(x);
    const image = inBlocks ? x : blocks!;
    if (!inBlocks) this.#product(x, times(1), image);
    this.#product(image, times(-1), turned!);
    this.#node('Relu', [turned!], below!);
    this.#product(
      below!,
      slopes.map((value) => 1 - value),
      lifted!,
    );
    const bent = node.text(NODE.output);
    this.#node('Add', [image, lifted!], bent);
    this.#inBlocks.add(bent);
    return true;
  }

  /** @returns undefined where they are not one number for each channel of an image, in whole blocks. */
  #slopes(name: string): Float32Array | undefined {
    const cast = this.#casts.get(name);
    const bytes = this.#constants.get(cast ?? name);
    if (bytes === undefined) return undefined;
    const tensor = new Message(bytes);
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

function textIn(message: Uint8Array, { from, to }: Span): string {
  return new TextDecoder().decode(message.subarray(from, to));
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
