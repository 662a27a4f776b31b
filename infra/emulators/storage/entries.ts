/** Entries of the store: keys with their values, and the requests that read and write them. */
import { crc32 } from 'node:zlib';

export interface Write {
  readonly key: Uint8Array;
  /** Undefined deletes. */
  readonly value: Uint8Array | undefined;
}

/** Keys in the order of their bytes. A bound that is missing is open. */
export interface Bounds {
  readonly from?: Uint8Array | undefined;
  /** Whether `from` itself is left out. */
  readonly isFromExcluded?: boolean | undefined;
  readonly to?: Uint8Array | undefined;
  /** Whether `to` itself is taken in. */
  readonly isToIncluded?: boolean | undefined;
}

export interface PageRequest extends Bounds {
  readonly reverse?: boolean | undefined;
  /** The most entries. */
  readonly limit: number;
  /** A page ends with the entry that reaches it. */
  readonly bytes: number;
}

export interface Entry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Something that is not as it was written. */
export interface Problem {
  /** What it is, and where. */
  readonly text: string;
  /** The key of the entry that is damaged, if that can be told. */
  readonly key?: Uint8Array | undefined;
}

/** The checksum of an entry, over its key and its value. */
export function sumOf(key: Uint8Array, value: Uint8Array): number {
  return crc32(value, crc32(key));
}

/** A key for people: what is not a plain character is escaped. */
export function printable(key: Uint8Array): string {
  return JSON.stringify(Buffer.from(key).toString('utf8'));
}
