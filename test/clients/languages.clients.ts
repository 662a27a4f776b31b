/**
 * The programs of all languages call every operation, with signatures of an access key, and say the same.
 * RECOLLECT_CLIENTS names some of them: `go,java`.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiOperations } from '../../functions/operations.ts';
import { type LocalStack, startLocal } from '../../infra/local/stack.ts';
import { type AccessKey, issueKey } from '../../layers/protocol/index.ts';
import { AWS_ENVIRONMENT, output, present } from '../support/programs.ts';
import { recollect } from '../support/recollect.ts';
import { TOOLCHAINS, type Toolchain } from './toolchains.ts';

/** A first build fetches an SDK and compiles it; that of Rust takes longest. */
const BUILD_MS = 30 * 60_000;

const asked = process.env['RECOLLECT_CLIENTS']?.split(',');
const chosen = TOOLCHAINS.filter(({ name }) => asked?.includes(name) ?? true);

let data: string;
let stack: LocalStack;
let key: AccessKey;
beforeAll(async () => {
  data = await mkdtemp(path.join(tmpdir(), 'recollect-clients-'));
  await recollect(['samples', path.join(data, 'photographs')]);
  await mkdir(path.resolve(import.meta.dirname, '../../.cache/clients'), { recursive: true });
  const settings = { host: '127.0.0.1', port: 0, s3Port: 0, foldAt: 20, auth: true };
  stack = await startLocal({ ...settings, data: path.join(data, 'data') });
  const grant = { name: '', operations: 'all', collections: '*', expires: undefined } as const;
  key = issueKey(grant, randomBytes, new Date());
  await stack.keys?.create(key);
});
afterAll(async () => {
  await stack.close();
  await rm(data, { recursive: true, force: true });
});

async function said({ name, build, start, environment = {} }: Toolchain): Promise<string[]> {
  const credentials = { AWS_ACCESS_KEY_ID: key.id, AWS_SECRET_ACCESS_KEY: key.secret };
  const region = { AWS_REGION: 'eu-central-1', AWS_DEFAULT_REGION: 'eu-central-1' };
  const settings = { ...AWS_ENVIRONMENT, ...credentials, ...region, ...environment };
  const folder = path.join(import.meta.dirname, name);
  if (build !== undefined) {
    const [program, ...args] = build;
    await output(program, args, settings, folder);
  }
  const [program, ...args] = start;
  const photographs = path.join(data, 'photographs');
  const given = [stack.endpoint, photographs, `clients-${name}`];
  const printed = await output(program, [...args, ...given], settings, folder);
  return printed.trim().split('\n');
}

/** What all say: names of operations, and what came of each. */
const EXPECTED = [
  'CreateCollection 200',
  'DescribeCollection 0',
  'ListCollections true',
  'TagResource',
  'ListTagsForResource red',
  'UntagResource',
  'IndexFaces 3',
  'ListFaces 3',
  'DetectFaces 3 30',
  'CompareFaces 1',
  'SearchFacesByImage 1 halloween',
  'SearchFaces 2',
  'CreateUser',
  'AssociateFaces 1',
  'ListUsers ACTIVE',
  'SearchUsers anna',
  'SearchUsersByImage anna',
  'DisassociateFaces 1',
  'DeleteUser',
  'DeleteFaces 3',
  'DeleteCollection 200',
  'error ResourceNotFoundException 400',
];

it('has a turn for every operation', () => {
  const turns = EXPECTED.slice(0, -1).map((line) => line.split(' ')[0]);
  expect([...turns].sort()).toEqual(apiOperations.map(({ name }) => name).sort());
});

describe.each(chosen)('$name', (toolchain) => {
  const [program, ...args] = toolchain.version;
  it.runIf(present(program, args))('calls every operation', { timeout: BUILD_MS }, async () => {
    expect(await said(toolchain)).toEqual(EXPECTED);
  });
});
