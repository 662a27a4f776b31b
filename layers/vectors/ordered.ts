/**
 * Rows in the order of their ids, as every shard has them that a fold writes: so they can be compared with the
 * records by going through both side by side.
 */
import { ID_BYTES } from './ids.ts';
import type { Row } from './shard.ts';

/** A number holds the first 32 bits of an id and a position of less than this. */
const POSITIONS = 2 ** 21;

/**
 * @param rows at most 2,097,152
 * @returns one row for each id: of several, the first that was given
 */
export function ordered(rows: readonly Row[]): Row[] {
  if (rows.length > POSITIONS) throw new RangeError(`${rows.length} rows are too many at once.`);
  // Sorting numbers is many times as fast as sorting rows by a function.
  const keys = Float64Array.from(rows, (row, at) => prefixOf(row) * POSITIONS + at).sort();
  const sorted: Row[] = [];
  let alike: Row[] = [];
  let prefix = -1;
  for (const key of keys) {
    const row = rows[key % POSITIONS];
    if (row === undefined) continue;
    if (Math.floor(key / POSITIONS) !== prefix) {
      take(alike, sorted);
      alike = [];
      prefix = Math.floor(key / POSITIONS);
    }
    alike.push(row);
  }
  take(alike, sorted);
  return sorted;
}

/** Rows whose ids begin alike, in the order in which they were given. */
function take(alike: Row[], sorted: Row[]): void {
  if (alike.length > 1) alike.sort(compareIds);
  alike.forEach((row, i) => {
    const before = alike[i - 1];
    if (before === undefined || compareIds(before, row) !== 0) sorted.push(row);
  });
}

function prefixOf({ shard: { ids }, index }: Row): number {
  const at = index * ID_BYTES;
  const low = ((ids[at + 1] ?? 0) << 16) | ((ids[at + 2] ?? 0) << 8) | (ids[at + 3] ?? 0);
  return (ids[at] ?? 0) * 2 ** 24 + low;
}

function compareIds(one: Row, other: Row): number {
  return Buffer.compare(idOf(one), idOf(other));
}

/** The 16 bytes of a row's id. */
export function idOf({ shard: { ids }, index }: Row): Uint8Array {
  return ids.subarray(index * ID_BYTES, (index + 1) * ID_BYTES);
}
