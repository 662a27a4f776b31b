/**
 * Checks a decoded input against the constraints of its shape.
 *
 * All violations go into one message, worded as the framework in front of AWS services words them:
 * `1 validation error detected: Value 'a b' at 'collectionId' failed to satisfy constraint: Member must
 * satisfy regular expression pattern: [a-zA-Z0-9_.\-]+`.
 */
import type { Decoded, DecodedStructure } from './decode.ts';
import { ServiceError } from './errors.ts';
import type { Infer, MapShape, Shape, StringShape, StructureShape } from './shapes.ts';

/**
 * @returns the input, now known to be of its shape's type
 * @throws ServiceError ValidationException naming every violation
 */
export function validate<S extends StructureShape>(input: DecodedStructure, shape: S): Infer<S> {
  const violations = structureViolations(input, shape, '');
  if (violations.length > 0) {
    const count =
      violations.length === 1 ? '1 validation error' : `${violations.length} validation errors`;
    throw new ServiceError('ValidationException', `${count} detected: ${violations.join('; ')}`);
  }
  // Required members, types and constraints have all been checked above.
  return input as Infer<S>;
}

function structureViolations(
  value: DecodedStructure,
  shape: StructureShape,
  path: string,
): string[] {
  return Object.entries(shape.members).flatMap(([name, member]) => {
    const at = path === '' ? lowerCamel(name) : `${path}.${lowerCamel(name)}`;
    const given = value[name];
    if (given !== undefined) return violations(given, member, at);
    return shape.required.includes(name)
      ? [`Value null at '${at}' failed to satisfy constraint: Member must not be null`]
      : [];
  });
}

function violations(value: Decoded, shape: Shape, path: string): string[] {
  const own = failedConstraints(value, shape).map(
    (constraint) =>
      `Value '${cut(print(value))}' at '${path}' failed to satisfy constraint: ${constraint}`,
  );
  if (shape.type === 'structure') {
    return structureViolations(value as DecodedStructure, shape, path);
  }
  if (shape.type === 'list' && shape.member.type === 'structure') {
    const { member } = shape;
    const items = (value as DecodedStructure[]).flatMap((item, index) =>
      structureViolations(item, member, `${path}.${index + 1}.member`),
    );
    return [...own, ...items];
  }
  return own;
}

/** The constraints of `shape` itself that `value` fails, worded; none for what it contains of structures. */
function failedConstraints(value: Decoded, shape: Shape): string[] {
  switch (shape.type) {
    case 'string':
      return stringFailures(value as string, shape);
    case 'integer':
    case 'float':
    case 'double':
      return boundFailures(value as number, shape, 'value');
    case 'blob':
      return boundFailures((value as Uint8Array).length, shape, 'length');
    case 'list': {
      const items = value as Decoded[];
      const member = shape.member;
      const memberFails = items.some((item) => failedConstraints(item, member).length > 0);
      return [
        ...boundFailures(items.length, shape, 'length'),
        ...(memberFails ? [`Member must satisfy constraint: [${constraints(member)}]`] : []),
      ];
    }
    case 'map':
      return mapFailures(value as Record<string, string>, shape);
    default:
      return [];
  }
}

function stringFailures(value: string, shape: StringShape): string[] {
  const failures = boundFailures([...value].length, shape, 'length');
  if (shape.pattern !== undefined && !matches(value, shape.pattern))
    failures.push(patternText(shape.pattern));
  if (shape.values !== undefined && !shape.values.includes(value))
    failures.push(valuesText(shape.values));
  return failures;
}

function mapFailures(value: Record<string, string>, shape: MapShape): string[] {
  const failures = boundFailures(Object.keys(value).length, shape, 'length');
  if (Object.keys(value).some((key) => stringFailures(key, shape.key).length > 0)) {
    failures.push(`Map keys must satisfy constraint: [${constraints(shape.key)}]`);
  }
  if (Object.values(value).some((item) => stringFailures(item, shape.value).length > 0)) {
    failures.push(`Map value must satisfy constraint: [${constraints(shape.value)}]`);
  }
  return failures;
}

function boundFailures(
  size: number,
  { min, max }: { readonly min?: number; readonly max?: number },
  what: 'value' | 'length',
): string[] {
  const failures: string[] = [];
  if (max !== undefined && size > max) failures.push(maxText(max, what));
  if (min !== undefined && size < min) failures.push(minText(min, what));
  return failures;
}

/** Every constraint of a member shape, as the framework lists them when one member of many fails. */
function constraints(shape: Shape): string {
  const texts: string[] = [];
  const isNumber = ['integer', 'float', 'double'].includes(shape.type);
  const what = isNumber ? 'value' : 'length';
  if ('max' in shape && shape.max !== undefined) texts.push(maxText(shape.max, what));
  if ('min' in shape && shape.min !== undefined) texts.push(minText(shape.min, what));
  if (shape.type === 'string' && shape.pattern !== undefined)
    texts.push(patternText(shape.pattern));
  if (shape.type === 'string' && shape.values !== undefined) texts.push(valuesText(shape.values));
  return texts.join(', ');
}

const maxText = (max: number, what: string) =>
  `Member must have ${what} less than or equal to ${max}`;
const minText = (min: number, what: string) =>
  `Member must have ${what} greater than or equal to ${min}`;
const patternText = (pattern: string) =>
  `Member must satisfy regular expression pattern: ${pattern}`;
const valuesText = (values: readonly string[]) =>
  `Member must satisfy enum value set: [${values.join(', ')}]`;

const compiled = new Map<string, RegExp>();

/** The model's patterns are written unanchored and meant for the whole value. */
function matches(value: string, pattern: string): boolean {
  let expression = compiled.get(pattern);
  if (expression === undefined) {
    expression = new RegExp(`^(?:${pattern})$`, pattern.includes('\\p{') ? 'u' : '');
    compiled.set(pattern, expression);
  }
  return expression.test(value);
}

/** Enough of any value to recognise it by; an answer must not grow with what was wrong with a request. */
const LONGEST_PRINT = 2048;

function cut(text: string): string {
  return text.length <= LONGEST_PRINT ? text : `${text.slice(0, LONGEST_PRINT)}...`;
}

/** A value as the framework, which is written in Java, prints it. */
function print(value: Decoded): string {
  if (value instanceof Uint8Array) {
    return `java.nio.HeapByteBuffer[pos=0 lim=${value.length} cap=${value.length}]`;
  }
  if (Array.isArray(value)) return `[${value.map(print).join(', ')}]`;
  if (typeof value === 'object' && !(value instanceof Date)) {
    const entries = Object.entries(value).map(([key, item]) => `${key}=${print(item)}`);
    return `{${entries.join(', ')}}`;
  }
  return String(value);
}

const lowerCamel = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);
