/**
 * One page of a bucket's keys. An entry is a key, or a common prefix that stands for all keys with
 * it; pages are in the byte order of entries and continue after the last entry of the one before.
 */
import type { ObjectCursor } from '../storage/metadata.ts';
import type { ObjectRecord } from '../storage/records.ts';

export interface PageRequest {
  readonly prefix: string;
  /** Empty for none. */
  readonly delimiter: string;
  /** Only entries greater than this one; empty for all. */
  readonly after: string;
  readonly maxEntries: number;
}

export interface Page {
  readonly objects: readonly ObjectRecord[];
  readonly commonPrefixes: readonly string[];
  /** The last entry of the page if more follow: the next page's `after`. */
  readonly next: string | undefined;
}

/** The key at which a cursor for this page starts. */
export function firstKey({ prefix, after }: PageRequest): string {
  return compareKeys(prefix, after) > 0 ? prefix : after;
}

/** `cursor` starts at `firstKey(request)`. */
export async function readPage(cursor: ObjectCursor, request: PageRequest): Promise<Page> {
  const objects: ObjectRecord[] = [];
  const commonPrefixes: string[] = [];
  let last = '';
  for (;;) {
    const object = await cursor.next();
    if (!object?.key.startsWith(request.prefix)) break;
    const commonPrefix = commonPrefixOf(object.key, request);
    const entry = commonPrefix ?? object.key;
    if (compareKeys(entry, request.after) > 0) {
      const count = objects.length + commonPrefixes.length;
      if (count >= request.maxEntries) {
        return { objects, commonPrefixes, next: count === 0 ? undefined : last };
      }
      if (commonPrefix === undefined) objects.push(object);
      else commonPrefixes.push(commonPrefix);
      last = entry;
    }
    if (commonPrefix !== undefined) cursor.skipPrefix(commonPrefix);
  }
  return { objects, commonPrefixes, next: undefined };
}

/** UTF-8 byte order, which differs from JavaScript's for characters above U+FFFF. */
function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function commonPrefixOf(key: string, { prefix, delimiter }: PageRequest): string | undefined {
  const index = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
  return index < 0 ? undefined : key.slice(0, index + delimiter.length);
}
