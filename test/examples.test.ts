/** The examples run, and say what they are there to show. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ListCollectionsCommand } from '@aws-sdk/client-rekognition';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { output, present } from './support/programs.ts';
import { RECOLLECT, recollect } from './support/recollect.ts';
import { startStack, type TestStack } from './support/stack.ts';

const EXAMPLES = path.resolve(import.meta.dirname, '../examples');

let stack: TestStack;
let folder: string;
beforeAll(async () => {
  stack = await startStack();
  folder = await mkdtemp(path.join(tmpdir(), 'recollect-examples-'));
  await recollect(['samples', path.join(folder, 'samples')]);
});
afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true, force: true });
});

const run = (command: string, file: string, ...args: string[]) =>
  output(
    command,
    [path.join(EXAMPLES, file), ...args],
    {
      AWS_ENDPOINT_URL_REKOGNITION: stack.endpoint,
      AWS_ENDPOINT_URL_S3: stack.s3Endpoint,
      RECOLLECT: `${process.execPath} ${RECOLLECT}`,
    },
    folder,
  );

describe('an example', { timeout: 60_000 }, () => {
  it('finds a person in another photograph', async () => {
    expect(await run(process.execPath, 'javascript/first-search.mjs')).toMatch(
      /^3 faces are indexed\.\nFound in halloween, similarity 9\d\.\d\.\n$/,
    );
  });

  it('says who is in which photographs', async () => {
    const printed = await run(process.execPath, 'javascript/photo-album.mjs', 'samples');
    expect(printed).toMatch(/^6 photographs, \d\d faces, \d\d people\.\n/);
    expect(printed).toMatch(/One person is in .*sample1\.jpg.* and .*sample3\.jpg/);
  });

  it('uploads a photograph and hears what became of it', async () => {
    expect(await run(process.execPath, 'javascript/upload-bucket.mjs')).toMatch(
      /2024\/reunion\.jpg is INDEXED, as 2024::reunion\.jpg\.\n\d faces are in the collection\.\n$/,
    );
  });

  const EVERYBODY = ['known from halloween', 'not known', 'not known'];

  it('searches for everybody in a photograph', async () => {
    const printed = await run(process.execPath, 'javascript/extension.mjs');
    expect(printed.trim().split('\n').sort()).toEqual(EVERYBODY);
  });

  it.runIf(present('python3', ['-c', 'import boto3']))('does so in Python', async () => {
    const printed = await run('python3', 'python/extension.py');
    expect(printed.trim().split('\n').sort()).toEqual(EVERYBODY);
  });

  it.runIf(present('python3', ['-c', 'import boto3']))('keeps a list in Python', async () => {
    expect(await run('python3', 'python/door_list.py')).toBe(
      'sample3.jpg: anna: come in\nsample4.jpg: nobody on the list: ask\n',
    );
  });

  it.runIf(present('curl', ['--version']))('needs no SDK', async () => {
    const [created, found, deleted] = (await run('sh', 'shell/plain-http.sh')).split('\n');
    expect(JSON.parse(created ?? '')).toMatchObject({ StatusCode: 200 });
    expect(JSON.parse(found ?? '').FaceMatches[0].Face.ExternalImageId).toBe('halloween');
    expect(JSON.parse(deleted ?? '')).toMatchObject({ StatusCode: 200 });
  });

  it.runIf(present('curl', ['--version']))(
    'deletes somebody for good',
    async () => {
      const printed = await run('sh', 'shell/for-good.sh');
      expect(printed).toMatch(
        /^Genuine: \S+, 1 faces of example-for-good, by request: (PENDING|DONE)\nA forged receipt is refused\.\nIndexed again: 0 faces more\.\n\d+ users are proposed\.\n$/,
      );
    },
    120_000,
  );

  it('leaves no collection behind', async () => {
    const { CollectionIds } = await stack.rekognition.send(new ListCollectionsCommand({}));
    expect(CollectionIds).toEqual([]);
  });
});
