/** The command line of an import, and where it goes. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../infra/commands/cli/index.ts';
import { connection } from '../../../infra/commands/connection.ts';
import { importPhotographs, requestOf } from '../../../infra/commands/import/command.ts';

const read = (args: readonly string[]) => requestOf(importPhotographs.read(args, {}));

describe('the command line', () => {
  it('names a source and a collection', () => {
    expect(read(['photos', '--collection', 'family'])).toMatchObject({
      source: { kind: 'folder', folder: path.resolve('photos') },
      collection: 'family',
      create: false,
      userFromFolder: false,
      parallel: undefined,
    });
    expect(read(['s3://bucket/a/b', '--collection=x']).source).toEqual({
      kind: 's3',
      bucket: 'bucket',
      prefix: 'a/b',
    });
  });

  it.each([
    [[], 'Say what to import'],
    [['photos'], 'Say where it goes'],
    [['s3://', '--collection', 'a'], 'Say what to import'],
    [['photos', 'more', '--collection', 'a'], 'What is "more"?'],
    [['photos', '--collection', 'a b'], 'A collection id'],
    [['photos', '--collection', 'a', '--parallel', '0'], 'Requests at once'],
    [['photos', '--collection', 'a', '--parallel', '65'], 'Requests at once'],
    [['photos', '--collection', 'a', '--max-faces=-1'], 'The most faces'],
    [['photos', '--collection', 'a', '--quality-filter', 'high'], 'The quality filter'],
    [['photos', '--collection', 'a', '--endpoint', 'here'], 'An endpoint is'],
    [['photos', '--colection', 'a'], 'colection'],
  ])('may be wrong: %j', (args, text) => {
    expect(() => read(args)).toThrow(UsageError);
    expect(() => read(args)).toThrow(text);
  });
});

describe('the connection', () => {
  it('is never one to AWS by default', () => {
    expect(connection({}, {}, 'REKOGNITION').endpoint).toBe('http://127.0.0.1:8000');
    expect(connection({}, { AWS_ACCESS_KEY_ID: 'A' }, 'REKOGNITION').endpoint).toBe(
      'http://127.0.0.1:8000',
    );
  });

  it('takes address and region of the environment, and any credentials on this machine', () => {
    const environment = {
      AWS_ENDPOINT_URL_REKOGNITION: 'http://localhost:9',
      AWS_REGION: 'eu-west-1',
    };
    expect(connection({}, environment, 'REKOGNITION')).toEqual({
      endpoint: 'http://localhost:9',
      region: 'eu-west-1',
      credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    });
    const keys = { ...environment, AWS_ACCESS_KEY_ID: 'AKIA' };
    expect(connection({}, keys, 'REKOGNITION')).not.toHaveProperty('credentials');
    const elsewhere = { endpoint: 'https://127.0.0.1.example.org/' };
    expect(connection(elsewhere, {}, 'REKOGNITION')).not.toHaveProperty('credentials');
  });
});
