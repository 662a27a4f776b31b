/**
 * The protocol buffer wire format: what is needed to read and write ONNX and MediaPipe messages.
 *
 * Format: https://protobuf.dev/programming-guides/encoding/. The writer emits fields in the order
 * of the calls, so the same calls give the same bytes.
 */

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** Messages shorter than this are put together at once; longer ones are not copied more than once. */
const COPIED_BYTES = 4096;

const DECODER = new TextDecoder();

/** One field as it lies on the wire: an integer, or bytes (a string, a message, a packed list). */
export interface Field {
  number: number;
  value: bigint | Uint8Array;
}

/** Splits a message into its fields. Throws a RangeError when the bytes end inside a field. */
export function readFields(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) throw new RangeError('protocol buffer ends inside a varint');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
  };
  /** Of keys and lengths, which are short: as a number, since reading these takes most of the time. */
  const short = (): number => {
    const byte = message[at];
    if (byte !== undefined && byte < 0x80) {
      at++;
      return byte;
    }
    const next = message[at + 1];
    if (byte !== undefined && next !== undefined && next < 0x80) {
      at += 2;
      return (byte & 0x7f) | (next << 7);
    }
    return Number(varint());
  };
  const take = (length: number): Uint8Array => {
    if (at + length > message.length) throw new RangeError('protocol buffer ends inside a field');
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const key = short();
    const number = key >>> 3;
    switch (key & 7) {
      case VARINT:
        fields.push({ number, value: varint() });
        break;
      case FIXED64:
        fields.push({ number, value: take(8) });
        break;
      case BYTES:
        fields.push({ number, value: take(short()) });
        break;
      case FIXED32:
        fields.push({ number, value: take(4) });
        break;
      default:
        throw new RangeError(`protocol buffer wire type ${key & 7} is not supported`);
    }
  }
  return fields;
}

/** Where a field lies in its message. */
export interface Span {
  readonly number: number;
  /** Of the field with its key. */
  readonly start: number;
  /** Of its value. */
  readonly from: number;
  readonly to: number;
}

/** As {@link readFields} without reading the values: many times as fast on a large message. */
export function spansOf(message: Uint8Array): Span[] {
  const spans: Span[] = [];
  const { length } = message;
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; at < length; scale *= 0x80) {
      const byte = message[at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    return value;
  };
  while (at < length) {
    const start = at;
    const key = varint();
    const type = key & 7;
    let from = at;
    if (type === VARINT) varint();
    else if (type === FIXED64) at += 8;
    else if (type === FIXED32) at += 4;
    else if (type === BYTES) {
      const bytes = varint();
      from = at;
      at += bytes;
    } else throw new RangeError(`protocol buffer wire type ${type} is not supported`);
    if (at > length) throw new RangeError('protocol buffer ends inside a field');
    spans.push({ number: key >>> 3, start, from, to: at });
  }
  return spans;
}

/** A message's fields by number, with the conversions a schema prescribes. */
export class Message {
  private readonly fields: Field[];

  constructor(bytes: Uint8Array) {
    this.fields = readFields(bytes);
  }

  /** The last value of an integer or enumeration field, as protobuf prescribes; 0 when absent. */
  integer(number: number): number {
    return this.integers(number).at(-1) ?? 0;
  }

  /** A repeated integer field, packed or not. */
  integers(number: number): number[] {
    return this.values(number).flatMap((value) =>
      typeof value === 'bigint' ? [Number(value)] : unpackVarints(value),
    );
  }

  /** A repeated 32-bit float field, packed or not. */
  floats(number: number): number[] {
    return this.bytes(number).flatMap((value) => {
      const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
      return Array.from({ length: value.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
    });
  }

  text(number: number): string {
    return this.texts(number).at(-1) ?? '';
  }

  texts(number: number): string[] {
    return this.bytes(number).map((value) => DECODER.decode(value));
  }

  messages(number: number): Message[] {
    return this.bytes(number).map((value) => new Message(value));
  }

  /** All values of a length-delimited or fixed-width field. */
  bytes(number: number): Uint8Array[] {
    return this.values(number).filter((value) => value instanceof Uint8Array);
  }

  private values(number: number): (bigint | Uint8Array)[] {
    return this.fields.filter((field) => field.number === number).map((field) => field.value);
  }
}

/** Collects the fields of one message; `finish` gives its bytes. */
export class MessageWriter {
  private readonly parts: Uint8Array[] = [];

  integer(number: number, value: number | bigint): this {
    this.parts.push(varintBytes((number << 3) | VARINT), varintBytes(value));
    return this;
  }

  float(number: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.parts.push(varintBytes((number << 3) | FIXED32), bytes);
    return this;
  }

  text(number: number, value: string): this {
    return this.bytes(number, new TextEncoder().encode(value));
  }

  message(number: number, value: MessageWriter): this {
    const { parts } = value;
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    if (length < COPIED_BYTES) return this.bytes(number, value.finish());
    this.parts.push(varintBytes((number << 3) | BYTES), varintBytes(length));
    for (const part of parts) this.parts.push(part);
    return this;
  }

  bytes(number: number, value: Uint8Array): this {
    this.parts.push(varintBytes((number << 3) | BYTES), varintBytes(value.length), value);
    return this;
  }

  /** Fields that are there already, as they lie on the wire. */
  fields(wire: Uint8Array): this {
    this.parts.push(wire);
    return this;
  }

  finish(): Uint8Array {
    return Buffer.concat(this.parts);
  }
}

function varintBytes(value: number | bigint): Uint8Array {
  if (value >= 0 && value < 0x80) return Uint8Array.of(Number(value));
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

function unpackVarints(packed: Uint8Array): number[] {
  const values: number[] = [];
  let value = 0n;
  let shift = 0n;
  for (const byte of packed) {
    value |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (byte < 0x80) {
      values.push(Number(BigInt.asIntN(64, value)));
      value = 0n;
      shift = 0n;
    }
  }
  return values;
}
