/** The Range header (RFC 9110 section 14), of which S3 serves a single byte range. Pure. */
import { S3Error } from '../errors.ts';

/** Both ends included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The part of `size` bytes that the header asks for; `undefined` means all of them, which is also
 * the answer to a header in a form that is not served.
 * @throws S3Error InvalidRange if the range lies outside
 */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  const [first, last] = [match?.[1] ?? '', match?.[2] ?? ''];
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  if (start >= size || start > end) {
    throw new S3Error('InvalidRange', { details: { ActualObjectSize: String(size) } });
  }
  return { start, end };
}
