/** The bytes of an object, whichever blobs they are in. */
import { Readable } from 'node:stream';
import type { ByteRange } from '../http/range.ts';
import type { Blobs } from '../storage/blobs.ts';
import type { ObjectRecord, Segment } from '../storage/records.ts';

/** Streams the object, or the given range of it. The caller keeps its blobs pinned meanwhile. */
export function readObject(
  blobs: Blobs,
  object: ObjectRecord,
  range: ByteRange | undefined,
): Readable {
  const pieces = object.size === 0 ? [] : cut(object.segments, range ?? wholeOf(object));
  const bytes = async function* () {
    for (const { segment, start, end } of pieces) yield* blobs.read(segment, start, end);
  };
  return Readable.from(bytes(), { objectMode: false });
}

function wholeOf(object: ObjectRecord): ByteRange {
  return { start: 0, end: object.size - 1 };
}

/** Which bytes of which blobs make up the range. */
export function cut(
  segments: readonly Segment[],
  range: ByteRange,
): (ByteRange & { readonly segment: Segment })[] {
  const pieces: (ByteRange & { readonly segment: Segment })[] = [];
  let offset = 0;
  for (const segment of segments) {
    const { size } = segment;
    const start = Math.max(range.start - offset, 0);
    const end = Math.min(range.end - offset, size - 1);
    if (start <= end) pieces.push({ segment, start, end });
    offset += size;
  }
  return pieces;
}
