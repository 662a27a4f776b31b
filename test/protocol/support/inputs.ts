/**
 * Random inputs of operations, made from the API's published model: right ones, and right ones in which
 * exactly one constraint is broken at a known place.
 */
import fc from 'fast-check';
import type { ModelShape } from '../../support/model.ts';
import { modelOperation, modelShape, wholeValue } from '../../support/model.ts';

export type Json = string | number | boolean | null | Json[] | { [member: string]: Json };
export type JsonObject = { [member: string]: Json };

/** A way to break one constraint. */
export interface Breach {
  /** The members that lead to the place, such as `['Image', 'S3Object', 'Bucket']`. */
  readonly path: readonly string[];
  /** The constraint as the framework words it. */
  readonly constraint: string;
  /** What to put there; `undefined` takes the member away. */
  readonly value: fc.Arbitrary<Json | undefined>;
}

/** Inputs with any choice of the optional members. */
export function validInput(operation: string): fc.Arbitrary<JsonObject> {
  return structureValue(modelShape(modelOperation(operation).input), 'some');
}

/** Inputs with one broken constraint, and every member that leads there. */
export function brokenInput(
  operation: string,
): fc.Arbitrary<{ input: JsonObject; breach: Breach }> {
  const shape = modelShape(modelOperation(operation).input);
  const right = structureValue(shape, 'all');
  return fc.constantFrom(...structureBreaches(shape, [])).chain((breach) =>
    fc.record({ input: right, broken: breach.value }).map(({ input, broken }) => ({
      input: put(input, breach.path, broken),
      breach,
    })),
  );
}

function put(input: JsonObject, path: readonly string[], value: Json | undefined): JsonObject {
  const [name = '', ...rest] = path;
  const { [name]: current, ...others } = input;
  if (rest.length > 0) {
    if (typeof current !== 'object' || current === null || Array.isArray(current)) return input;
    return { ...others, [name]: put(current, rest, value) };
  }
  return value === undefined ? others : { ...others, [name]: value };
}

// Right values.

function structureValue(shape: ModelShape, optional: 'some' | 'all'): fc.Arbitrary<JsonObject> {
  const { members = {}, required = [] } = shape;
  const values = Object.entries(members).map(([name, reference]): [string, fc.Arbitrary<Json>] => [
    name,
    value(modelShape(reference), optional),
  ]);
  const requiredKeys = optional === 'all' ? Object.keys(members) : [...required];
  return fc.record(Object.fromEntries(values), { requiredKeys, noNullPrototype: true });
}

function value(shape: ModelShape, optional: 'some' | 'all'): fc.Arbitrary<Json> {
  const { type, min = 0, max } = shape;
  switch (type) {
    case 'structure':
      return structureValue(shape, optional);
    case 'string':
      return text(shape);
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min, max: max ?? 2 ** 31 - 1 });
    case 'float':
      return fc.float({ min, max: max ?? 1e30, noNaN: true });
    case 'blob':
      return fc
        .uint8Array({ minLength: min, maxLength: 64 })
        .map((bytes) => Buffer.from(bytes).toString('base64'));
    case 'list':
      return fc.array(value(modelShape(part(shape.member)), optional), {
        minLength: min,
        maxLength: 5,
      });
    case 'map':
      return fc.dictionary(text(modelShape(part(shape.key))), text(modelShape(part(shape.value))), {
        maxKeys: 5,
        noNullPrototype: true,
      });
    default:
      throw new Error(`No input holds a ${type}.`);
  }
}

/** Strings of any length that the shape allows, the shortest and the longest among them. */
function text(shape: ModelShape): fc.Arbitrary<string> {
  const { pattern, min = 0, max = 1000 } = shape;
  if (shape.enum !== undefined) return fc.constantFrom(...shape.enum);
  if (pattern === undefined) return sized(CHARACTERS, min, max);
  const alphabet = CHARACTERS.filter((character) => wholeValue(pattern).test(character));
  if (alphabet.length === 0) return fc.stringMatching(wholeValue(pattern));
  return sized(alphabet, min, max).filter((each) => wholeValue(pattern).test(each));
}

function sized(alphabet: readonly string[], min: number, max: number): fc.Arbitrary<string> {
  const unit = fc.constantFrom(...alphabet);
  return fc.oneof(
    { weight: 3, arbitrary: fc.string({ unit, minLength: min, maxLength: max }) },
    { weight: 1, arbitrary: fc.string({ unit, minLength: min, maxLength: min }) },
    { weight: 1, arbitrary: fc.string({ unit, minLength: max, maxLength: max }) },
  );
}

/** ASCII, and letters, digits and spaces from elsewhere, one of them beyond 16 bits. */
const CHARACTERS = [
  ...Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)),
  ...['é', 'ß', '字', 'ᚠ', '٣', '\u00a0', '𝒳'],
];

// Broken constraints.

function structureBreaches(shape: ModelShape, path: readonly string[]): Breach[] {
  const { members = {}, required = [] } = shape;
  return Object.entries(members).flatMap(([name, reference]) => {
    const at = [...path, name];
    const absent: Breach = {
      path: at,
      constraint: 'Member must not be null',
      value: fc.constantFrom(undefined, null),
    };
    return [...(required.includes(name) ? [absent] : []), ...breaches(modelShape(reference), at)];
  });
}

function breaches(shape: ModelShape, path: readonly string[]): Breach[] {
  if (shape.type === 'structure') return structureBreaches(shape, path);
  return [...ownBreaches(shape), ...partBreaches(shape)].map(([constraint, arbitrary]) => ({
    path,
    constraint,
    value: arbitrary,
  }));
}

type Broken = [constraint: string, value: fc.Arbitrary<Json>];

function ownBreaches(shape: ModelShape): Broken[] {
  switch (shape.type) {
    case 'string':
      return stringBreaches(shape);
    case 'integer':
    case 'float':
      return boundBreaches(shape, 'value', (number) => fc.constant(number));
    case 'blob':
      // The longest blob is a matter of megabytes; one example elsewhere does.
      return boundBreaches({ ...shape, max: undefined }, 'length', (length) =>
        fc.constant(Buffer.alloc(length).toString('base64')),
      );
    case 'list':
      return boundBreaches(shape, 'length', (length) =>
        value(modelShape(part(shape.member)), 'all').map((item) => Array(length).fill(item)),
      );
    case 'map':
      return boundBreaches(shape, 'length', (length) =>
        fc.constant(Object.fromEntries(Array.from({ length }, (_, i) => [`k${i}`, '']))),
      );
    default:
      return [];
  }
}

function boundBreaches(
  { min, max }: { readonly min?: number | undefined; readonly max?: number | undefined },
  what: 'value' | 'length',
  make: (size: number) => fc.Arbitrary<Json>,
): Broken[] {
  const below = `Member must have ${what} greater than or equal to ${min}`;
  const above = `Member must have ${what} less than or equal to ${max}`;
  const least = what === 'length' ? 1 : Number.NEGATIVE_INFINITY;
  return [
    ...(min !== undefined && min >= least ? [[below, make(min - 1)] satisfies Broken] : []),
    ...(max !== undefined ? [[above, make(max + 1)] satisfies Broken] : []),
  ];
}

function stringBreaches(shape: ModelShape): Broken[] {
  const { pattern } = shape;
  const lengths = boundBreaches(shape, 'length', (length) => fc.constant('a'.repeat(length)));
  if (shape.enum !== undefined) {
    const other = fc.constantFrom(...shape.enum).map((name) => name.toLowerCase());
    return [...lengths, [`Member must satisfy enum value set: [${shape.enum.join(', ')}]`, other]];
  }
  if (pattern === undefined) return lengths;
  const foreign = CHARACTERS.filter((character) => !wholeValue(pattern).test(character));
  const spoilt = fc
    .tuple(text(shape), fc.nat(), fc.constantFrom(...foreign, '\n'))
    .map(([good, at, bad]) => insert(good, at % (good.length + 1), bad))
    .filter((each) => !wholeValue(pattern).test(each));
  return [...lengths, [`Member must satisfy regular expression pattern: ${pattern}`, spoilt]];
}

function insert(into: string, at: number, what: string): string {
  return into.slice(0, at) + what + into.slice(at);
}

/** One wrong item among right ones; the framework names the list and all that holds for its items. */
function partBreaches(shape: ModelShape): Broken[] {
  if (shape.type === 'list') {
    const item = modelShape(part(shape.member));
    return stringBreaches(item).map(([, bad]) => [
      `Member must satisfy constraint: [${constraints(item)}]`,
      fc.tuple(text(item), bad).map(([good, wrong]) => [good, wrong]),
    ]);
  }
  if (shape.type !== 'map') return [];
  const key = modelShape(part(shape.key));
  const item = modelShape(part(shape.value));
  return [
    ...stringBreaches(key).map(
      ([, bad]): Broken => [
        `Map keys must satisfy constraint: [${constraints(key)}]`,
        bad.map((wrong) => ({ fine: 'x', [String(wrong)]: 'x' })),
      ],
    ),
    ...stringBreaches(item).map(
      ([, bad]): Broken => [
        `Map value must satisfy constraint: [${constraints(item)}]`,
        bad.map((wrong) => ({ fine: 'x', also: wrong })),
      ],
    ),
  ];
}

function constraints(shape: ModelShape): string {
  const { min, max, pattern } = shape;
  return [
    ...(max === undefined ? [] : [`Member must have length less than or equal to ${max}`]),
    ...(min === undefined ? [] : [`Member must have length greater than or equal to ${min}`]),
    ...(pattern === undefined
      ? []
      : [`Member must satisfy regular expression pattern: ${pattern}`]),
    ...(shape.enum === undefined
      ? []
      : [`Member must satisfy enum value set: [${shape.enum.join(', ')}]`]),
  ].join(', ');
}

/** Lists and maps of the model name what they are made of. */
function part<T>(reference: T | undefined): T {
  if (reference === undefined) throw new Error('The model has a list or map of nothing.');
  return reference;
}
