/**
 * Names of files and objects as ExternalImageIds, which may have letters, digits and `_ . - :` only.
 *
 * Every other byte of a name's UTF-8 is a colon and two hexadecimal digits, but a slash is two colons:
 * `2024/März 1.jpg` is `2024::M:C3:A4rz:201.jpg`. An encoding that has more than 255 characters is cut to
 * its beginning, `:-`, and the base64url SHA-256 of the name: still its own for each name, no longer to
 * be read back.
 */
import { createHash } from 'node:crypto';

/** The most characters that an ExternalImageId may have. */
const LONGEST = 255;
/** `:-` and 32 bytes in base64url. */
const DIGEST_LENGTH = 2 + 43;

/**
 * @param name not empty; a text stands for its UTF-8
 * @returns 1 to 255 characters; different ones for different names
 */
export function externalImageIdOf(name: string | Buffer): string {
  const bytes = Buffer.from(name);
  const tokens = [...bytes].map(encodeByte);
  const encoded = tokens.join('');
  if (encoded.length <= LONGEST) return encoded;
  let beginning = '';
  for (const token of tokens) {
    if (beginning.length + token.length > LONGEST - DIGEST_LENGTH) break;
    beginning += token;
  }
  return `${beginning}:-${createHash('sha256').update(bytes).digest('base64url')}`;
}

/** @returns undefined for what is no encoding of a name, or a cut one */
export function nameOf(externalImageId: string): string | undefined {
  const tokens = externalImageId.match(/::|:[0-9A-F]{2}|[^:]/g) ?? [];
  const name = Buffer.from(tokens.map(decodeToken)).toString('utf8');
  return name !== '' && externalImageIdOf(name) === externalImageId ? name : undefined;
}

function encodeByte(byte: number): string {
  const character = String.fromCharCode(byte);
  if (/[a-zA-Z0-9_.-]/.test(character)) return character;
  if (character === '/') return '::';
  return `:${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

function decodeToken(token: string): number {
  if (token === '::') return '/'.charCodeAt(0);
  return token.startsWith(':') ? Number.parseInt(token.slice(1), 16) : token.charCodeAt(0);
}
