/**
 * Opaque pagination tokens of at most 255 characters.
 *
 * A token says where the next page starts, within one scope (operation, collection, filters). A token of
 * another scope, or one that was tampered with, is refused.
 *
 * Layout, base64url: 8 bytes of SHA-256(scope, position), then the position as UTF-8.
 */
import { createHash } from 'node:crypto';
import { ServiceError } from './errors.ts';

const CHECK_BYTES = 8;

/** The longest position, in bytes, that still makes a token of 255 characters. */
export const LONGEST_POSITION = Math.floor((255 * 3) / 4) - CHECK_BYTES;

export function encodeToken(scope: readonly string[], position: string): string {
  return Buffer.concat([check(scope, position), Buffer.from(position, 'utf8')]).toString(
    'base64url',
  );
}

/**
 * @returns the position, or undefined when there is no token (an empty one counts as none)
 * @throws ServiceError InvalidPaginationTokenException
 */
export function decodeToken(
  scope: readonly string[],
  token: string | undefined,
): string | undefined {
  if (token === undefined || token === '') return undefined;
  const bytes = Buffer.from(token, 'base64url');
  const position = bytes.subarray(CHECK_BYTES).toString('utf8');
  if (encodeToken(scope, position) !== token) {
    throw new ServiceError('InvalidPaginationTokenException', 'Invalid Pagination Token');
  }
  return position;
}

function check(scope: readonly string[], position: string): Buffer {
  const digest = createHash('sha256')
    .update(JSON.stringify([...scope, position]))
    .digest();
  return digest.subarray(0, CHECK_BYTES);
}
