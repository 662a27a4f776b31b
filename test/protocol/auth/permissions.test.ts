/** What a key allows: patterns of collection ids, and what an operation touches. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Principal, Resource } from '../../../layers/protocol/auth/index.ts';
import {
  authorizeOperation,
  authorizeResource,
  isPattern,
  matchesEverything,
  matchesPattern,
  resourceOf,
} from '../../../layers/protocol/auth/index.ts';
import { members, structure } from '../../../layers/protocol/index.ts';

const PLACE = { region: 'eu-central-1', accountId: '123456789012' };

const principal = (allowed: Partial<Principal> = {}): Principal => ({
  accessKeyId: 'AKIAABCDEFGHIJKLMN23',
  operations: 'all',
  collections: '*',
  ...allowed,
});

const api = (name: string) => ({ kind: 'api', name, onlyByName: false }) as const;

describe('a pattern', () => {
  // Few letters, so that parts of a pattern occur in an id more than once.
  const idText = fc.string({ unit: fc.constantFrom('a', 'b', '.', '-'), maxLength: 12 });
  const patternText = fc.string({ unit: fc.constantFrom('a', 'b', '.', '-', '*'), maxLength: 8 });

  it('stands for what the same regular expression matches', () => {
    fc.assert(
      fc.property(patternText, idText, (pattern, id) => {
        const escaped = pattern.replaceAll(/[.-]/g, '\\$&').replaceAll('*', '.*');
        expect(matchesPattern(pattern, id)).toBe(new RegExp(`^${escaped}$`).test(id));
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ['family', 'family', true],
    ['family', 'Family', false],
    ['family-*', 'family-', true],
    ['family-*', 'xfamily-1', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['*ab*ab', 'ab', false],
    ['f.mily', 'family', false],
  ])('%s and %s: %s', (pattern, id, matches) => {
    expect(matchesPattern(pattern, id)).toBe(matches);
  });

  it('takes no time that grows faster than the id', () => {
    const started = performance.now();
    expect(matchesPattern(`${'a*'.repeat(120)}b`, 'a'.repeat(255))).toBe(false);
    expect(performance.now() - started).toBeLessThan(50);
  });

  it('is of the characters of ids, and stars', () => {
    expect(['*', 'a-Z_0.9*'].filter(isPattern)).toHaveLength(2);
    expect(['', 'a b', 'a/b', 'ä', 'a?', 'x'.repeat(256)].filter(isPattern)).toEqual([]);
    expect(['*', '**', 'a*', '', '*.*'].filter(matchesEverything)).toEqual(['*', '**']);
  });
});

describe('what a request touches', () => {
  const named = structure({ CollectionId: members.CollectionId }, ['CollectionId']);
  const arn = structure({ ResourceArn: members.ResourceArn }, ['ResourceArn']);
  const nothing = structure({ MaxResults: members.PageSize });
  const collection = (id: string): Resource => ({ kind: 'collection', id });

  it.each<[string, Parameters<typeof resourceOf>, Resource]>([
    [
      'its CollectionId',
      [{ input: named, uses: { records: ['Query'] } }, { CollectionId: 'c' }],
      collection('c'),
    ],
    ...[
      'arn:aws:rekognition:eu-central-1:123456789012:collection/c.1',
      'aws:rekognition:::collection/c.1',
    ].map((ResourceArn): [string, Parameters<typeof resourceOf>, Resource] => [
      ResourceArn,
      [{ input: arn, uses: { records: ['PutItem'] } }, { ResourceArn }],
      collection('c.1'),
    ]),
    [
      'an ARN of something else',
      [{ input: arn, uses: { records: ['PutItem'] } }, { ResourceArn: 'arn:aws:rekognition:x' }],
      { kind: 'something else', arn: 'arn:aws:rekognition:x' },
    ],
    [
      'every collection, where it reads records and names none',
      [{ input: nothing, uses: { records: ['Query'] } }, {}],
      { kind: 'all collections' },
    ],
    [
      'no collection, where it reads no records',
      [{ input: nothing, uses: { records: [] } }, {}],
      { kind: 'none' },
    ],
  ])('is %s', (_, [declared, input], expected) => {
    expect(resourceOf(declared, input)).toEqual(expected);
  });
});

describe('a key limited to operations', () => {
  it('allows those', () => {
    const one = principal({ operations: ['SearchFaces', 'ListFaces'] });
    expect(authorizeOperation(one, api('ListFaces'), PLACE)).toBeUndefined();
    expect(() => authorizeOperation(one, api('IndexFaces'), PLACE)).toThrow(
      expect.objectContaining({
        name: 'AccessDeniedException',
        message:
          'User: arn:aws:iam::123456789012:user/AKIAABCDEFGHIJKLMN23 is not authorized to perform: rekognition:IndexFaces on resource: *',
      }),
    );
    expect(authorizeOperation(principal(), api('IndexFaces'), PLACE)).toBeUndefined();
    expect(() =>
      authorizeOperation(principal({ operations: [] }), api('ListFaces'), PLACE),
    ).toThrow();
  });
});

describe('an extension', () => {
  const extension = { kind: 'extension', name: 'Export', onlyByName: false } as const;
  const guarded = { ...extension, onlyByName: true } as const;

  it('is allowed and denied like any other operation, as an action of its own', () => {
    expect(authorizeOperation(principal(), extension, PLACE)).toBeUndefined();
    const other = principal({ operations: ['ListFaces'] });
    expect(() => authorizeOperation(other, extension, PLACE)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('to perform: recollect:Export on resource: *'),
      }),
    );
  });

  it('that needs a right of its own is no part of everything', () => {
    expect(() => authorizeOperation(principal(), guarded, PLACE)).toThrow();
    const named = principal({ operations: ['Export'] });
    expect(authorizeOperation(named, guarded, PLACE)).toBeUndefined();
  });
});

describe('a key limited to collections', () => {
  const limited = principal({ collections: 'family-*' });
  const denial = (operation: string, resource: string) =>
    expect.objectContaining({
      name: 'AccessDeniedException',
      message: `User: arn:aws:iam::123456789012:user/AKIAABCDEFGHIJKLMN23 is not authorized to perform: rekognition:${operation} on resource: ${resource}`,
    });
  const use = (who: Principal, operation: string, resource: Resource) => () =>
    authorizeResource(who, api(operation), resource, PLACE);

  it('allows those, and what has to do with none', () => {
    expect(use(limited, 'ListFaces', { kind: 'collection', id: 'family-1' })).not.toThrow();
    expect(use(limited, 'CompareFaces', { kind: 'none' })).not.toThrow();
    expect(use(limited, 'ListFaces', { kind: 'collection', id: 'work' })).toThrow(
      denial('ListFaces', 'arn:aws:rekognition:eu-central-1:123456789012:collection/work'),
    );
  });

  it('does not list all of them, unless that operation is named', () => {
    const all = { kind: 'all collections' } as const;
    const everywhere = 'arn:aws:rekognition:eu-central-1:123456789012:collection/*';
    expect(use(limited, 'ListCollections', all)).toThrow(denial('ListCollections', everywhere));
    const named = { ...limited, operations: ['ListCollections'] };
    expect(use(named, 'ListCollections', all)).not.toThrow();
    expect(use(principal(), 'ListCollections', all)).not.toThrow();
  });

  it('does not reach what it cannot judge', () => {
    const odd = { kind: 'something else', arn: 'arn:aws:s3:::family-1' } as const;
    expect(use(limited, 'TagResource', odd)).toThrow(denial('TagResource', odd.arn));
    expect(use(principal(), 'TagResource', odd)).not.toThrow();
  });
});
