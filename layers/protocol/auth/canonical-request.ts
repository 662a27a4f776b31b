/**
 * The canonical form of a request, which a signature of version 4 covers. Pure.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * As every service but S3 has it: the path is normalised (RFC 3986, section 6), and encoded once more than
 * it was sent.
 */
export interface CanonicalParts {
  readonly method: string;
  /** As sent, percent-encoded. */
  readonly path: string;
  /** Decoded. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** Those that are signed, in the order of the signature's list. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** SHA-256 of the body in lower-case hexadecimal. */
  readonly payloadHash: string;
}

export function canonicalRequest(parts: CanonicalParts): string {
  return [
    parts.method,
    canonicalPath(parts.path),
    canonicalQuery(parts.query),
    ...parts.headers.map(([name, value]) => `${name}:${canonicalValue(value)}`),
    '',
    parts.headers.map(([name]) => name).join(';'),
    parts.payloadHash,
  ].join('\n');
}

function canonicalPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(encode(segment));
  }
  const slash = segments.length > 0 && path.endsWith('/') ? '/' : '';
  return `/${segments.join('/')}${slash}`;
}

function canonicalQuery(query: CanonicalParts['query']): string {
  return query
    .map(([name, value]): [string, string] => [encode(name), encode(value)])
    .sort(([name, value], [otherName, otherValue]) =>
      name === otherName ? compare(value, otherValue) : compare(name, otherName),
    )
    .map((pair) => pair.join('='))
    .join('&');
}

/** By code point; all of the text is ASCII. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function canonicalValue(value: string): string {
  return value.replace(/[ \t]+/g, ' ').replace(/^ | $/g, '');
}

/** RFC 3986: everything but letters, digits and `-._~`, as UTF-8. A half of a surrogate pair is U+FFFD. */
function encode(text: string): string {
  return encodeURIComponent(text.replace(LONE_SURROGATE, '\ufffd')).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
