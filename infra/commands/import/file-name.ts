/**
 * Names of files, which are bytes on most systems and not always UTF-8. As text, a byte that is none is a
 * lone surrogate, U+DC80 to U+DCFF (as Python's `surrogateescape` has it), which no decoded text contains: so
 * every name has a text of its own, and JSON keeps it.
 */

const FIRST = 0xdc00;
const REPLACEMENT = '\ufffd';
const ESCAPED = /[\udc80-\udcff]/u;

export function textOf(name: Buffer): string {
  const text = name.toString('utf8');
  if (!text.includes(REPLACEMENT)) return text;
  let escaped = '';
  for (let at = 0; at < name.length; ) {
    const length = characterLength(name, at);
    escaped +=
      length === 0
        ? String.fromCharCode(FIRST + (name[at] ?? 0))
        : name.toString('utf8', at, at + length);
    at += Math.max(1, length);
  }
  return escaped;
}

/** The bytes that {@link textOf} made a text of. */
export function bytesOf(text: string): Buffer {
  if (!ESCAPED.test(text)) return Buffer.from(text, 'utf8');
  return Buffer.concat(
    [...text].map((character) =>
      ESCAPED.test(character)
        ? Buffer.from([character.charCodeAt(0) - FIRST])
        : Buffer.from(character, 'utf8'),
    ),
  );
}

/** For people: such bytes as `\xFF`. */
export function shown(text: string): string {
  return text.replace(
    /[\udc80-\udcff]/gu,
    (byte) => `\\x${(byte.charCodeAt(0) - FIRST).toString(16).toUpperCase()}`,
  );
}

/** Bytes of the character that begins there, 0 if none does. */
function characterLength(name: Buffer, at: number): number {
  for (let length = 1; length <= 4 && at + length <= name.length; length++) {
    const character = name.toString('utf8', at, at + length);
    if (!character.includes(REPLACEMENT)) return length;
    // U+FFFD itself may be in a name.
    if (length === 3 && name.subarray(at, at + 3).equals(Buffer.from(REPLACEMENT))) return 3;
  }
  return 0;
}
