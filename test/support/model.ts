/**
 * The API's published model, and a check of responses against it.
 *
 * The model (see `test/protocol/README.md`) is independent of the shapes that Recollect declares: what
 * passes here is what the SDKs, which are generated from the same model, expect to read.
 */
import service from '../protocol/rekognition-faces.service.json' with { type: 'json' };

interface Reference {
  readonly shape: string;
}

export interface ModelShape {
  readonly type: string;
  /** Set for errors. */
  readonly exception?: boolean;
  /** Of a structure. */
  readonly members?: Readonly<Record<string, Reference>>;
  readonly required?: readonly string[];
  /** Of a list. */
  readonly member?: Reference;
  /** Of a map. */
  readonly key?: Reference;
  readonly value?: Reference;
  /** Of a string. Patterns are unanchored and meant for the whole value. */
  readonly enum?: readonly string[];
  readonly pattern?: string;
  /** Length of strings (characters), blobs (bytes), lists and maps; range of numbers. */
  readonly min?: number;
  readonly max?: number;
}

export interface ModelOperation {
  readonly input: Reference;
  readonly output: Reference;
  readonly errors: readonly Reference[];
}

const operations: Readonly<Record<string, ModelOperation>> = service.operations;
const shapes: Readonly<Record<string, ModelShape>> = service.shapes;

/** The names of all operations in the model. */
export function modelOperations(): string[] {
  return Object.keys(operations);
}

/** @throws Error if the API has no such operation */
export function modelOperation(name: string): ModelOperation {
  const found = operations[name];
  if (found === undefined) throw new Error(`The API has no operation ${name}.`);
  return found;
}

/** @throws Error if the model has no such shape */
export function modelShape({ shape }: Reference): ModelShape {
  const found = shapes[shape];
  if (found === undefined) throw new Error(`The model has no shape ${shape}.`);
  return found;
}

/** The names of all errors that some operation may answer with. */
export function modelledErrors(): string[] {
  return Object.entries(shapes).flatMap(([name, { exception }]) => (exception ? [name] : []));
}

/** The pattern of a shape, for whole values. */
export function wholeValue(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`, 'u');
}

/**
 * Checks the parsed JSON body of a successful response: types, ranges, lengths, patterns and enums of the
 * model, and nothing that the model does not know (no output of the model has required members). Beyond
 * the model: no nulls, floats of single precision, timestamps in seconds.
 *
 * @returns one sentence per problem, each beginning with the path of the member; none if all is well
 * @throws Error if the API has no such operation
 */
export function checkResponse(operation: string, body: unknown): string[] {
  return problems(body, modelShape(modelOperation(operation).output), operation);
}

function problems(value: unknown, shape: ModelShape, path: string): string[] {
  switch (shape.type) {
    case 'structure':
      return isObject(value) ? structureProblems(value, shape, path) : [`${path} is no structure.`];
    case 'list':
      return Array.isArray(value) ? listProblems(value, shape, path) : [`${path} is no list.`];
    case 'map':
      return isObject(value) ? mapProblems(value, shape, path) : [`${path} is no map.`];
    case 'string':
      return typeof value === 'string'
        ? stringProblems(value, shape, path)
        : [`${path} is no string.`];
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`${path} is no boolean.`];
    case 'integer':
    case 'long':
      return Number.isSafeInteger(value)
        ? rangeProblems(Number(value), shape, path)
        : [`${path} is no integer.`];
    case 'float':
      return typeof value === 'number' && Math.fround(value) === value
        ? rangeProblems(value, shape, path)
        : [`${path} is no number of single precision.`];
    case 'timestamp':
      return typeof value === 'number' && value >= 0 && value < YEAR_3000
        ? []
        : [`${path} is no time in epoch seconds.`];
    default:
      throw new Error(`No response holds a ${shape.type}.`);
  }
}

/** In epoch seconds; a time in milliseconds lies beyond. */
const YEAR_3000 = 32_503_680_000;

function structureProblems(
  value: Readonly<Record<string, unknown>>,
  { members = {} }: ModelShape,
  path: string,
): string[] {
  return Object.entries(value).flatMap(([name, item]) => {
    const member = Object.hasOwn(members, name) ? members[name] : undefined;
    if (member === undefined) return [`${path}.${name} is not in the model.`];
    return problems(item, modelShape(member), `${path}.${name}`);
  });
}

/** A list may be empty whatever its minimum: clients index lists without asking whether they are there. */
function listProblems(value: readonly unknown[], { member, max }: ModelShape, path: string) {
  if (member === undefined) throw new Error('The model has a list of nothing.');
  return [
    ...(max !== undefined && value.length > max ? [`${path} has more than ${max} items.`] : []),
    ...value.flatMap((item, index) => problems(item, modelShape(member), `${path}[${index}]`)),
  ];
}

function mapProblems(
  value: Readonly<Record<string, unknown>>,
  { key, value: item, max }: ModelShape,
  path: string,
): string[] {
  if (key === undefined || item === undefined) throw new Error('The model has a map of nothing.');
  const entries = Object.entries(value);
  return [
    ...(max !== undefined && entries.length > max ? [`${path} has more than ${max} entries.`] : []),
    ...entries.flatMap(([name, given]) => [
      ...problems(name, modelShape(key), `a key of ${path}`),
      ...problems(given, modelShape(item), `${path}['${name}']`),
    ]),
  ];
}

function stringProblems(value: string, shape: ModelShape, path: string): string[] {
  const { pattern } = shape;
  return [
    ...rangeProblems([...value].length, shape, `the length of ${path}`),
    ...(shape.enum === undefined || shape.enum.includes(value)
      ? []
      : [`${path} is "${value}", which is none of ${shape.enum.join(', ')}.`]),
    ...(pattern === undefined || wholeValue(pattern).test(value)
      ? []
      : [`${path} is "${value}", which does not match ${pattern}.`]),
  ];
}

function rangeProblems(value: number, { min, max }: ModelShape, path: string): string[] {
  return [
    ...(min !== undefined && value < min ? [`${path} is ${value}, less than ${min}.`] : []),
    ...(max !== undefined && value > max ? [`${path} is ${value}, more than ${max}.`] : []),
  ];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
