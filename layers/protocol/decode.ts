/**
 * Decodes a JSON request body into the input of an operation.
 *
 * Only JSON types are checked here (a mismatch is a SerializationException, in the framework's words);
 * constraints are the business of `validate.ts`. `null` counts as absent, unknown members are ignored.
 */
import { ServiceError } from './errors.ts';
import type { Shape, StructureShape } from './shapes.ts';

/** A decoded value that may still lack required members and violate constraints. */
export type Decoded =
  | string
  | number
  | boolean
  | Uint8Array
  | Date
  | Decoded[]
  | { [member: string]: Decoded };

export type DecodedStructure = { [member: string]: Decoded };

/**
 * @param body the raw request body; an empty one stands for `{}`, as SDKs of other languages send it
 * @throws ServiceError SerializationException
 */
export function decodeBody(body: string, shape: StructureShape): DecodedStructure {
  return decodeStructure(body.trim() === '' ? {} : parseJson(body), shape);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new ServiceError('SerializationException', 'The request body is not valid JSON.', {
      cause,
    });
  }
}

function decodeStructure(value: unknown, shape: StructureShape): DecodedStructure {
  if (!isObject(value)) throw mismatch(value, 'a structure');
  const decoded: DecodedStructure = {};
  for (const [name, member] of Object.entries(shape.members)) {
    const given = Object.hasOwn(value, name) ? value[name] : undefined;
    if (given !== undefined && given !== null) decoded[name] = decode(given, member);
  }
  return decoded;
}

function decode(value: unknown, shape: Shape): Decoded {
  switch (shape.type) {
    case 'string':
      if (typeof value !== 'string') throw mismatch(value, 'a String');
      return value;
    case 'boolean':
      if (typeof value !== 'boolean') throw mismatch(value, 'a Boolean');
      return value;
    case 'integer':
      if (!Number.isSafeInteger(value)) throw mismatch(value, 'an Integer');
      return Number(value);
    case 'float':
    case 'double':
      if (typeof value !== 'number' || !Number.isFinite(value)) throw mismatch(value, 'a Float');
      return value;
    case 'timestamp':
      if (typeof value !== 'number' || !Number.isFinite(value)) throw mismatch(value, 'a Date');
      return new Date(value * 1000);
    case 'blob':
      return decodeBlob(value);
    case 'list':
      if (!Array.isArray(value)) throw mismatch(value, 'a list');
      return value
        .filter((item: unknown) => item !== null)
        .map((item: unknown) => decode(item, shape.member));
    case 'map': {
      if (!isObject(value)) throw mismatch(value, 'a map');
      const entries = Object.entries(value).filter(([, item]) => item !== null);
      return Object.fromEntries(entries.map(([key, item]) => [key, decode(item, shape.value)]));
    }
    case 'structure':
      return decodeStructure(value, shape);
  }
}

/**
 * Standard alphabet, padded. Node's decoder skips what it does not know and takes wide characters by
 * their last byte, so the alphabet is checked first and the length must add up.
 */
function decodeBlob(value: unknown): Uint8Array {
  if (typeof value !== 'string') throw mismatch(value, 'a Blob');
  const bytes = Buffer.from(value, 'base64');
  const padding = value.endsWith('==') ? 2 : value.endsWith('=') ? 1 : 0;
  const foreign = /[^A-Za-z0-9+/=]/.test(value);
  if (foreign || value.length % 4 !== 0 || bytes.length !== (value.length / 4) * 3 - padding) {
    throw new ServiceError('SerializationException', 'A Blob is not valid base64.');
  }
  return bytes;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mismatch(value: unknown, expected: string): ServiceError {
  return new ServiceError('SerializationException', mismatchText(value, expected));
}

function mismatchText(value: unknown, expected: string): string {
  if (Array.isArray(value)) return 'Start of list found where not expected';
  if (isObject(value)) return 'Start of structure or map found where not expected.';
  const kind =
    typeof value === 'string'
      ? 'STRING_VALUE'
      : typeof value === 'boolean'
        ? `${String(value).toUpperCase()}_VALUE`
        : value === null
          ? 'NULL_VALUE'
          : Number.isInteger(value)
            ? 'NUMBER_VALUE'
            : 'DECIMAL_VALUE';
  return `${kind} can not be converted to ${expected}`;
}
