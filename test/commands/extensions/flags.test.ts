/** From the shape of an input to flags, and from flags to an input: every kind of member. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command, UsageError } from '../../../infra/commands/cli/index.ts';
import { flagOf, flagsOf } from '../../../infra/commands/extensions/flags.ts';
import { inputOf } from '../../../infra/commands/extensions/input.ts';
import { readable } from '../../../infra/commands/extensions/print.ts';
import {
  blob,
  boolean,
  enumeration,
  integer,
  list,
  members,
  string,
  structure,
  timestamp,
} from '../../../layers/protocol/index.ts';

const shape = structure(
  {
    CollectionId: members.CollectionId,
    Image: members.Image,
    MaxFaces: integer({ min: 1, max: 100 }),
    Threshold: members.Percent,
    Filter: enumeration('NONE', 'AUTO'),
    DryRun: boolean,
    Since: timestamp,
    Lines: blob(),
    FaceIds: list(string()),
    Tags: members.TagMap,
    Pairs: list(structure({ A: string() })),
    Box: members.BoundingBox,
  },
  ['CollectionId'],
);
const probe = command({
  name: 'probe',
  summary: 'is for tests',
  options: flagsOf(shape),
  run: async () => undefined,
});

let file: string;
beforeAll(async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'recollect-flags-'));
  file = path.join(folder, 'bytes');
  await writeFile(file, Buffer.from([1, 2, 250]));
});
afterAll(() => rm(path.dirname(file), { recursive: true, force: true }));

const input = (...args: string[]) => {
  const { options, given } = probe.read(args, {});
  return inputOf(shape, options, given);
};

describe('flags', () => {
  it('are called as the AWS CLI would call them', () => {
    expect(['CollectionId', 'MaxFaces', 'S3Object', 'Image'].map(flagOf)).toEqual([
      'collection-id',
      'max-faces',
      's3-object',
      'image',
    ]);
  });

  it('become the members that they stand for, and no other', async () => {
    expect(await input('--collection-id', 'a')).toEqual({ CollectionId: 'a' });
    expect(
      await input(
        ...['--collection-id', 'a', '--image', file, '--max-faces', '3', '--threshold', '99.5'],
        ...['--filter', 'AUTO', '--dry-run', '--since', '2026-11-26T12:00:00Z', '--lines', file],
        ...['--face-ids', 'b,c', '--face-ids', 'd', '--tags', 'k=v=w', '--tags', 'l='],
        ...['--pairs', '[{"A":"x"}]', '--box', '{"Width":1}'],
      ),
    ).toEqual({
      CollectionId: 'a',
      Image: { Bytes: 'AQL6' },
      MaxFaces: 3,
      Threshold: 99.5,
      Filter: 'AUTO',
      DryRun: true,
      Since: Date.UTC(2026, 10, 26, 12) / 1000,
      Lines: 'AQL6',
      FaceIds: ['b', 'c', 'd'],
      Tags: { k: 'v=w', l: '' },
      Pairs: [{ A: 'x' }],
      Box: { Width: 1 },
    });
  });

  it('name an object of a bucket', async () => {
    expect(await input('--collection-id', 'a', '--image', 's3://photos/2024/a b.jpg')).toEqual({
      CollectionId: 'a',
      Image: { S3Object: { Bucket: 'photos', Name: '2024/a b.jpg' } },
    });
  });

  it.each([
    [[], 'Say which CollectionId: --collection-id TEXT.'],
    [['--max-faces', '101'], 'MaxFaces must be a number from 1 to 100, not "101".'],
    [['--threshold', 'much'], 'Threshold must be a number, not "much".'],
    [['--filter', 'SOME'], 'Filter must be one of NONE, AUTO, not "SOME".'],
    [['--since', 'once'], 'Since must be a time such as 2026-11-26T12:00:00Z, not "once".'],
    [['--tags', 'k'], 'Tags are KEY=VALUE, not "k".'],
    [['--box', '{'], 'Box must be JSON, not "{".'],
  ])('that are wrong are told before anything is called: %j', (args, problem) => {
    const all = args.length === 0 ? args : ['--collection-id', 'a', ...args];
    expect(() => probe.read(all, {})).toThrow(new UsageError([problem]));
  });
});

describe('an answer for people', () => {
  it('has a member a line, and what is inside of it indented', () => {
    const answer = {
      Faces: [{ Id: 'a', Box: { Left: 0.123456, Top: 1 } }, { Id: 'b' }],
      Names: ['x', 'y'],
      Nested: { Deep: { Deeper: [] }, Flat: true },
      Count: 2,
    };
    expect(readable(answer)).toBe(
      [
        'Faces: 2',
        '  - Id: a',
        '    Box: Left 0.1235, Top 1',
        '  - Id b',
        'Names: 2',
        '  - x',
        '  - y',
        'Nested:',
        '  Deep:',
        '    Deeper: 0',
        '  Flat: true',
        'Count: 2',
      ].join('\n'),
    );
  });

  it('is a word where there is nothing to say', () => {
    expect(readable({})).toBe('Done.');
  });
});
