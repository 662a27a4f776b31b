/**
 * A read-only view of one FlatBuffers table, enough to walk a TensorFlow Lite file.
 *
 * Wire format: https://flatbuffers.dev/internals/. A table begins with a signed offset back to its
 * vtable; the vtable holds one 16-bit offset per field, zero (or beyond its end) for an absent one.
 * Fields are addressed by their slot, which is their order of declaration in the schema from zero.
 */
export class FlatTable {
  private readonly bytes: DataView;
  private readonly start: number;

  private constructor(bytes: DataView, start: number) {
    this.bytes = bytes;
    this.start = start;
  }

  /** The root table of a whole FlatBuffers file. */
  static root(file: Uint8Array): FlatTable {
    const bytes = new DataView(file.buffer, file.byteOffset, file.byteLength);
    return new FlatTable(bytes, bytes.getUint32(0, true));
  }

  /** A signed byte or enumeration; `fallback` is the schema's default. */
  int8(slot: number, fallback = 0): number {
    const at = this.field(slot);
    return at === undefined ? fallback : this.bytes.getInt8(at);
  }

  int32(slot: number, fallback = 0): number {
    const at = this.field(slot);
    return at === undefined ? fallback : this.bytes.getInt32(at, true);
  }

  table(slot: number): FlatTable | undefined {
    const at = this.field(slot);
    return at === undefined ? undefined : new FlatTable(this.bytes, this.follow(at));
  }

  tables(slot: number): FlatTable[] {
    return this.elements(slot, 4).map((at) => new FlatTable(this.bytes, this.follow(at)));
  }

  int32s(slot: number): number[] {
    return this.elements(slot, 4).map((at) => this.bytes.getInt32(at, true));
  }

  /** A vector of bytes, copied so that it may be viewed at any alignment. */
  byteVector(slot: number): Uint8Array {
    const at = this.field(slot);
    if (at === undefined) return new Uint8Array();
    const vector = this.follow(at);
    const length = this.bytes.getUint32(vector, true);
    return new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + vector + 4, length).slice();
  }

  private field(slot: number): number | undefined {
    const vtable = this.start - this.bytes.getInt32(this.start, true);
    const entry = 4 + 2 * slot;
    if (entry >= this.bytes.getUint16(vtable, true)) return undefined;
    const offset = this.bytes.getUint16(vtable + entry, true);
    return offset === 0 ? undefined : this.start + offset;
  }

  private follow(at: number): number {
    return at + this.bytes.getUint32(at, true);
  }

  private elements(slot: number, size: number): number[] {
    const at = this.field(slot);
    if (at === undefined) return [];
    const vector = this.follow(at);
    const length = this.bytes.getUint32(vector, true);
    return Array.from({ length }, (_, i) => vector + 4 + size * i);
  }
}
