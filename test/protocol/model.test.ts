/** The operation table against the API's published model, member by member. */
import { describe, expect, it } from 'vitest';
import { apiOperations, extensions, operations } from '../../functions/operations.ts';
import type { Shape } from '../../layers/protocol/index.ts';
import { type ModelShape, modelOperation, modelOperations, modelShape } from '../support/model.ts';

/** A shape in a form in which the model's and ours can be compared. */
type Comparable = { readonly [property: string]: Comparable | readonly string[] | string | number };

describe('the operation table', () => {
  it('names every operation once', () => {
    const names = operations.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  });

  it('holds the operations that manage collections, faces, users and tags', () => {
    expect(apiOperations.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'AssociateFaces',
        'CompareFaces',
        'CreateCollection',
        'CreateUser',
        'DeleteCollection',
        'DeleteFaces',
        'DeleteUser',
        'DescribeCollection',
        'DetectFaces',
        'DisassociateFaces',
        'IndexFaces',
        'ListCollections',
        'ListFaces',
        'ListTagsForResource',
        'ListUsers',
        'SearchFaces',
        'SearchFacesByImage',
        'SearchUsers',
        'SearchUsersByImage',
        'TagResource',
        'UntagResource',
      ]),
    );
  });
});

describe('an extension', () => {
  it('is none of the operations of the API, and the other way round', () => {
    expect(apiOperations.filter(({ kind }) => kind !== 'api')).toEqual([]);
    expect(extensions.filter(({ kind }) => kind !== 'extension')).toEqual([]);
    const names = new Set(modelOperations());
    expect(extensions.filter(({ name }) => names.has(name))).toEqual([]);
  });
});

describe.each(apiOperations)('$name', ({ name, input, output, errors }) => {
  const model = modelOperation(name);

  it('takes the input of the model', () => {
    expect(ours(input)).toEqual(theirs(modelShape(model.input)));
  });

  it('gives the output of the model', () => {
    expect(ours(output)).toEqual(theirs(modelShape(model.output)));
  });

  it('declares the errors of the model', () => {
    expect([...errors].sort()).toEqual(model.errors.map(({ shape }) => shape).sort());
  });
});

function ours(shape: Shape): Comparable {
  switch (shape.type) {
    case 'structure':
      return {
        type: 'structure',
        required: [...shape.required].sort(),
        members: mapValues(shape.members, ours),
      };
    case 'list':
      return { ...bounds(shape), type: 'list', member: ours(shape.member) };
    case 'map':
      return { ...bounds(shape), type: 'map', key: ours(shape.key), value: ours(shape.value) };
    case 'string':
      return {
        ...bounds(shape),
        type: 'string',
        ...(shape.pattern === undefined ? {} : { pattern: shape.pattern }),
        ...(shape.values === undefined ? {} : { enum: shape.values }),
      };
    case 'integer':
    case 'float':
    case 'blob':
      return { ...bounds(shape), type: shape.type };
    case 'boolean':
    case 'timestamp':
      return { type: shape.type };
  }
}

function theirs({ members, required = [], member, key, value, ...rest }: ModelShape): Comparable {
  const { pattern, enum: values } = rest;
  return {
    ...bounds(rest),
    // JSON has one kind of integer; the model tells 32 bits from 64 for the sake of typed languages.
    type: rest.type === 'long' ? 'integer' : rest.type,
    ...(members === undefined
      ? {}
      : {
          required: [...required].sort(),
          members: mapValues(members, (reference) => theirs(modelShape(reference))),
        }),
    ...(member === undefined ? {} : { member: theirs(modelShape(member)) }),
    ...(key === undefined ? {} : { key: theirs(modelShape(key)) }),
    ...(value === undefined ? {} : { value: theirs(modelShape(value)) }),
    ...(pattern === undefined ? {} : { pattern }),
    ...(values === undefined ? {} : { enum: values }),
  };
}

function bounds({ min, max }: { readonly min?: number; readonly max?: number }): Comparable {
  return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
}

function mapValues<T>(
  record: Readonly<Record<string, T>>,
  map: (value: T) => Comparable,
): Comparable {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
