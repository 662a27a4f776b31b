/**
 * A checksum at the end of every page of the database, as SQLite's own `cksumvfs` has it.
 *
 * SQLite leaves the last {@link RESERVED} bytes of a page alone. They hold the CRC-32 of the rest of the
 * page and of the page's number, so that a flipped bit is noticed, and a page that was written to the
 * place of another. Pure.
 */
import { crc32 } from 'node:zlib';

/** Bytes of a page. Two or three faces with their vectors fit into one. */
export const PAGE_SIZE = 8192;

/** Bytes at the end of a page that SQLite leaves alone. */
export const RESERVED = 8;

const CONTENT = PAGE_SIZE - RESERVED;

/** Marks a page that has a checksum. */
const MARK = 0x52454331;

/** Writes the checksum into the page. @param number of the page, from 1; 0 for one in the journal */
export function seal(page: Uint8Array, number: number): void {
  const view = new DataView(page.buffer, page.byteOffset, PAGE_SIZE);
  view.setUint32(CONTENT, sumOf(page, number));
  view.setUint32(CONTENT + 4, MARK);
}

/** Whether the page is as it was sealed. */
export function isSealed(page: Uint8Array, number: number): boolean {
  const view = new DataView(page.buffer, page.byteOffset, PAGE_SIZE);
  return view.getUint32(CONTENT + 4) === MARK && view.getUint32(CONTENT) === sumOf(page, number);
}

function sumOf(page: Uint8Array, number: number): number {
  return crc32(page.subarray(0, CONTENT), number);
}
