/** Parts of a partition whose sort keys are UUIDs, to be gone through side by side. */

/** Sort keys from one to another, both included. */
export interface IdRange {
  readonly from: string;
  readonly to: string;
}

/** Of the first four bytes of an id. */
const PREFIXES = 2 ** 32;

/** @returns the bounds of so many parts of all ids, about as large where ids are random, in ascending order */
export function idRanges(parts: number): IdRange[] {
  const bound = (part: number) => Math.floor((part * PREFIXES) / parts);
  const text = (prefix: number) => prefix.toString(16).padStart(8, '0');
  return Array.from({ length: parts }, (_, part) => ({
    from: `${text(bound(part))}-0000-0000-0000-000000000000`,
    to: `${text(bound(part + 1) - 1)}-ffff-ffff-ffff-ffffffffffff`,
  }));
}
