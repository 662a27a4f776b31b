/** cfn-lint, which knows CloudFormation's own rules, over the templates of every setting. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { output, present } from '../../support/programs.ts';
import { synthesise } from '../template.ts';

const CERTIFICATE = 'arn:aws:acm:eu-central-1:123456789012:certificate/0a1b2c3d';

/** Each setting somewhere, alone or beside others that it touches. */
const STACKS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  standard: {},
  uploads: { uploads: true, afterUpload: 'delete', createCollections: true, uploadConcurrency: 7 },
  'no gateway': { gateway: false, warm: 2, sdkConcurrency: 20 },
  'web function': { sdk: 'web-function', webRate: 200, webEnvironments: 4 },
  'web function alone': { sdk: 'web-function', gateway: false },
  everything: {
    stackName: 'Everything',
    architecture: 'x64',
    memory: 3008,
    imageBuckets: 'photos,more-photos',
    foldAt: 100,
    scanners: 32,
    fanOutAt: 10,
    judgements: false,
    requestsPerSecond: 5,
    accessLog: 'new-role',
    domain: 'faces.example.org',
    certificate: CERTIFICATE,
    corsOrigins: 'https://app.example.org,http://localhost:5173',
    allowedAddresses: '203.0.113.0/24',
    key: 'alias/faces',
    reservedConcurrency: 5,
    uploads: true,
    afterUpload: 'tag',
    retainData: false,
    deletionProtection: false,
    logRetentionDays: 7,
    tracing: true,
    alarmEmail: 'owner@example.org',
    budget: 7,
  },
};

/** Types that are newer than the rules: nothing is known of them, so nothing is checked. */
const UNKNOWN = /WebFunction/;

describe.runIf(present('cfn-lint', ['--version']))('cfn-lint finds nothing wrong with', () => {
  const made = Object.entries(STACKS).map(
    ([name, context]) => [name, synthesise(context).template.toJSON()] as const,
  );
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'recollect-lint-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(made)('%s', async (name, template) => {
    const file = path.join(folder, `${name.replaceAll(' ', '-')}.json`);
    await writeFile(file, JSON.stringify(template));
    const found = await output('cfn-lint', [
      '--format',
      'json',
      '--non-zero-exit-code',
      'none',
      file,
    ]);
    const problems = (JSON.parse(found || '[]') as { Level: string; Message: string }[])
      .filter(({ Level }) => Level === 'Error')
      .map(({ Message }) => Message)
      .filter((message) => !UNKNOWN.test(message));
    expect(problems).toEqual([]);
  });
});
