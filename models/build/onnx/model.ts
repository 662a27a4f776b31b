/**
 * The part of the ONNX data model that Recollect's networks use, and its protocol buffer form.
 *
 * Schema and field numbers: https://github.com/onnx/onnx/blob/v1.17.0/onnx/onnx.proto
 */
import { Message, MessageWriter } from '../../../layers/inference/onnx/protobuf.ts';

/** TensorProto.DataType. */
export const DataType = { float32: 1, int32: 6, int64: 7, float16: 10 } as const;
export type DataType = (typeof DataType)[keyof typeof DataType];

/** Elements in row-major order, little-endian, as `raw_data` holds them. */
export interface Tensor {
  dims: number[];
  type: number;
  data: Uint8Array;
}

/** An integer, integers, a string or a tensor: the kinds of attribute in use. */
export type Attribute = number | number[] | string | Tensor;

export interface Node {
  operator: string;
  inputs: string[];
  outputs: string[];
  attributes: Record<string, Attribute>;
}

/** A graph's input or output; a dimension is a length or the name of a variable one. */
export interface Port {
  name: string;
  dims: (number | string)[];
  /** Of its elements; float32 unless given. */
  type?: DataType;
}

export interface Model {
  name: string;
  nodes: Node[];
  /** Constant tensors by name. */
  constants: Map<string, Tensor>;
  inputs: Port[];
  outputs: Port[];
}

/** IR 8 and opset 17 are one release of ONNX (1.12) and read by every current runtime. */
const IR_VERSION = 8;
const OPSET = 17;

export function encodeModel(model: Model): Uint8Array {
  const graph = new MessageWriter();
  for (const [index, node] of model.nodes.entries()) graph.message(1, encodeNode(node, index));
  graph.text(2, model.name);
  for (const [name, tensor] of model.constants) graph.message(5, encodeTensor(tensor, name));
  for (const port of model.inputs) graph.message(11, encodePort(port));
  for (const port of model.outputs) graph.message(12, encodePort(port));
  return new MessageWriter()
    .integer(1, IR_VERSION)
    .text(2, 'recollect')
    .message(7, graph)
    .message(8, new MessageWriter().text(1, '').integer(2, OPSET))
    .finish();
}

/** Reads nodes and constants; of inputs and outputs only the names. */
export function decodeModel(bytes: Uint8Array): Model {
  const graph = new Message(bytes).messages(7)[0];
  if (!graph) throw new Error('the ONNX file holds no graph');
  const ports = (field: number): Port[] =>
    graph.messages(field).map((port) => ({ name: port.text(1), dims: [] }));
  return {
    name: graph.text(2),
    nodes: graph.messages(1).map(decodeNode),
    constants: new Map(graph.messages(5).map((tensor) => [tensor.text(8), decodeTensor(tensor)])),
    inputs: ports(11),
    outputs: ports(12),
  };
}

function encodeNode(node: Node, index: number): MessageWriter {
  const message = new MessageWriter();
  for (const input of node.inputs) message.text(1, input);
  for (const output of node.outputs) message.text(2, output);
  message.text(3, `${node.operator}_${index}`).text(4, node.operator);
  for (const [name, value] of Object.entries(node.attributes)) {
    message.message(5, encodeAttribute(name, value));
  }
  return message;
}

function encodeAttribute(name: string, value: Attribute): MessageWriter {
  const message = new MessageWriter().text(1, name);
  const kind = (type: number): MessageWriter => message.integer(20, type);
  if (typeof value === 'number') return kind(2).integer(3, value);
  if (typeof value === 'string') return kind(3).text(4, value);
  if (Array.isArray(value)) {
    for (const item of value) message.integer(8, item);
    return kind(7);
  }
  return kind(4).message(5, encodeTensor(value, ''));
}

function encodeTensor(tensor: Tensor, name: string): MessageWriter {
  const message = new MessageWriter();
  for (const length of tensor.dims) message.integer(1, length);
  return message.integer(2, tensor.type).text(8, name).bytes(9, tensor.data);
}

function encodePort(port: Port): MessageWriter {
  const shape = new MessageWriter();
  for (const dim of port.dims) {
    const message = new MessageWriter();
    shape.message(1, typeof dim === 'number' ? message.integer(1, dim) : message.text(2, dim));
  }
  const type = port.type ?? DataType.float32;
  const tensor = new MessageWriter().integer(1, type).message(2, shape);
  return new MessageWriter().text(1, port.name).message(2, new MessageWriter().message(1, tensor));
}

function decodeNode(message: Message): Node {
  return {
    operator: message.text(4),
    inputs: message.texts(1),
    outputs: message.texts(2),
    attributes: Object.fromEntries(
      message.messages(5).map((attribute) => [attribute.text(1), decodeAttribute(attribute)]),
    ),
  };
}

function decodeAttribute(message: Message): Attribute {
  const type = message.integer(20);
  if (type === 2) return message.integer(3);
  if (type === 3) return message.text(4);
  if (type === 7) return message.integers(8);
  const tensor = message.messages(5)[0];
  if (type === 4 && tensor) return decodeTensor(tensor);
  throw new Error(`ONNX attribute ${message.text(1)} is of unsupported type ${type}`);
}

function decodeTensor(message: Message): Tensor {
  const data = message.bytes(9)[0];
  if (!data) throw new Error(`ONNX tensor ${message.text(8)} does not hold raw data`);
  return { dims: message.integers(1), type: message.integer(2), data };
}
