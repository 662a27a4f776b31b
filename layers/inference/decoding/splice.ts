/** Bytes with parts left out and put in: a view of the source where nothing changes, else one copy. */
export class Splice {
  readonly #source: Uint8Array;
  readonly #room: number;
  #output: Uint8Array | undefined;
  #length = 0;
  #start = 0;
  #end = 0;

  /** @param room for how many bytes more than the source has are inserted at most. */
  constructor(source: Uint8Array, room: number) {
    this.#source = source;
    this.#room = room;
  }

  /** Appends the source's bytes from `start` up to `end`. */
  keep(start: number, end: number): void {
    if (start !== this.#end) {
      this.#flush();
      this.#start = start;
    }
    this.#end = end;
  }

  insert(bytes: Uint8Array): void {
    this.#flush();
    this.#write(bytes);
  }

  bytes(): Uint8Array {
    if (this.#output === undefined) return this.#source.subarray(this.#start, this.#end);
    this.#flush();
    return this.#output.subarray(0, this.#length);
  }

  #flush(): void {
    if (this.#end > this.#start) this.#write(this.#source.subarray(this.#start, this.#end));
    this.#start = this.#end;
  }

  #write(bytes: Uint8Array): void {
    this.#output ??= Buffer.allocUnsafe(this.#source.length + this.#room);
    this.#output.set(bytes, this.#length);
    this.#length += bytes.length;
  }
}
