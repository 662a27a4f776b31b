/** The audit trail of a service: what is in it, who may read it, and that what is done to it shows. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startDynamo } from '../../infra/emulators/dynamo/index.ts';
import { type AuditLine, Trail } from '../../layers/audit/index.ts';
import { FileKeyStore } from '../../layers/keys/index.ts';
import { type AccessKey, type Grant, issueKey } from '../../layers/protocol/index.ts';
import { ensureTable } from '../../layers/records/index.ts';
import { sample } from '../support/photos.ts';
import { ran } from '../support/recollect.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
let folder: string;
let full: AccessKey;
let auditor: AccessKey;
beforeAll(async () => {
  stack = await startStack({ auth: true, auditDays: 30 });
  folder = await mkdtemp(path.join(tmpdir(), 'recollect-audit-'));
  full = await newKey();
  auditor = await newKey({ operations: ['ReadAudit'] });
});
afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true, force: true });
});

async function newKey(grant: Partial<Grant> = {}): Promise<AccessKey> {
  const all = { name: '', operations: 'all', collections: '*', expires: undefined } as const;
  const made = issueKey({ ...all, ...grant }, randomBytes, new Date());
  await new FileKeyStore(path.join(stack.data, 'keys')).create(made);
  return made;
}

async function post(operation: string, input: object, key: AccessKey | null = full) {
  const response = await fetch(`${stack.endpoint}/${operation}`, {
    method: 'POST',
    headers: { authorization: key ? `Bearer ${key.id}.${key.secret}` : 'Bearer no.body' },
    body: JSON.stringify(input),
  });
  return (await response.json()) as Record<string, unknown>;
}

async function command(...args: string[]) {
  const keys = { AWS_ACCESS_KEY_ID: auditor.id, AWS_SECRET_ACCESS_KEY: auditor.secret };
  for (const [name, value] of Object.entries(keys)) vi.stubEnv(name, value);
  try {
    return await ran(args, { ...keys, AWS_ENDPOINT_URL_REKOGNITION: stack.endpoint });
  } finally {
    vi.unstubAllEnvs();
  }
}

async function exported(name: string): Promise<string> {
  const file = path.join(folder, name);
  expect(await command('read-audit', '--output', file)).toMatchObject({ code: 0, said: '' });
  return file;
}

const linesOf = async (file: string) =>
  (await readFile(file, 'utf8'))
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text) as AuditLine);

describe('the trail', { timeout: 60_000 }, () => {
  it('says who did what, and whom a search returned', async () => {
    const CollectionId = 'friends';
    const Image = { Bytes: (await sample(1)).toString('base64') };
    await post('CreateCollection', { CollectionId });
    await post('IndexFaces', { CollectionId, Image, ExternalImageId: 'halloween' });
    const found = await post('SearchFacesByImage', { CollectionId, Image });
    await post('SearchFaces', { CollectionId, FaceId: 'x' });
    const limited = await newKey({ operations: ['ListFaces'] });
    await post('DeleteCollection', { CollectionId }, limited);
    await post('ListCollections', {}, null);
    const file = await exported('first.ndjson');
    const lines = (await linesOf(file)).slice(0, -1);
    expect(
      lines.map(({ Operation, CollectionId: id, AccessKeyId, Status, Error: error }) => [
        ...[Operation, id, AccessKeyId, Status, error],
      ]),
    ).toEqual([
      ['CreateCollection', CollectionId, full.id, 200, undefined],
      ['IndexFaces', CollectionId, full.id, 200, undefined],
      ['SearchFacesByImage', CollectionId, full.id, 200, undefined],
      ['SearchFaces', undefined, full.id, 400, 'ValidationException'],
      ['DeleteCollection', undefined, limited.id, 400, 'AccessDeniedException'],
    ]);
    const { FaceMatches } = found as {
      FaceMatches: { Similarity: number; Face: { FaceId: string } }[];
    };
    expect(FaceMatches.length).toBeGreaterThan(0);
    expect(lines[2]?.Returned).toEqual(
      FaceMatches.map(({ Similarity, Face: { FaceId } }) => ({ FaceId, Similarity })),
    );
    expect(lines[1]?.Returned).toHaveLength(3);
    expect(lines[1]?.Named).toEqual({ ExternalImageId: 'halloween' });
    const text = await readFile(file, 'utf8');
    expect(text).not.toContain(Image.Bytes.slice(100, 140));
    expect(text).not.toMatch(/BoundingBox|Vector|Landmark|Bytes/);
  });

  it('is read by a key that names it, and by no other', async () => {
    expect(await post('ReadAudit', {})).toMatchObject({
      __type: 'AccessDeniedException',
      Message: expect.stringContaining('recollect:ReadAudit'),
    });
    const { Lines } = await post('ReadAudit', {}, auditor);
    // Also who has read it, and who was not let.
    expect(String(Lines)).toContain(`"AccessKeyId":"${auditor.id}","Operation":"ReadAudit"`);
    expect(String(Lines)).toContain(`"AccessKeyId":"${full.id}","Operation":"ReadAudit"`);
  });

  it('verifies, and does not once it was touched', async () => {
    const earlier = path.join(folder, 'first.ndjson');
    const file = await exported('second.ndjson');
    const good = await command('verify-audit', file, '--since', earlier);
    expect(good).toMatchObject({ code: 0, said: '' });
    expect(good.printed).toMatch(/^\d+ lines in 1 chains, all there and as they were written\.$/);
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    const touched = async (name: string, changed: readonly string[]) => {
      const other = path.join(folder, name);
      await writeFile(other, `${changed.join('\n')}\n`);
      return command('verify-audit', other);
    };
    const removed = await touched('removed', lines.toSpliced(2, 1));
    expect(removed.code).toBe(1);
    expect(removed.said).toBe('Line 3: It is number 4; 3 to 3 of chain 00 are missing before it.');
    const altered = lines.map((line, i) =>
      i === 2 ? line.replace('"Status":200', '"Status":400') : line,
    );
    expect((await touched('altered', altered)).said).toMatch(/number 3, is not as it was written/);
    expect((await touched('cut', lines.slice(0, -1))).said).toMatch(/has no end/);
    expect((await command('verify-audit', path.join(folder, 'absent'))).said).toMatch(
      /absent does not exist\.$/,
    );
  });

  it('is off unless asked for', async () => {
    const plain = await startStack();
    try {
      const response = await fetch(`${plain.endpoint}/ReadAudit`, { method: 'POST', body: '{}' });
      expect(response.status).toBe(400);
      expect(await response.text()).toContain('No audit trail is kept here');
    } finally {
      await plain.stop();
    }
  });
});

describe('a chain', { timeout: 60_000 }, () => {
  it('is written by several at once, without gaps, and forgets what has expired', async () => {
    const database = await startDynamo({
      path: path.join(folder, 'dynamo'),
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    const client = new DynamoDBClient({
      endpoint: database.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    try {
      await ensureTable(client, 'trail');
      let now = Date.UTC(2026, 0, 1);
      const options = { client, table: 'trail', days: 10, chains: 1, clock: () => new Date(now) };
      const writers = [new Trail(options), new Trail(options), new Trail(options)];
      const entry = (RequestId: string) => ({ Time: '', RequestId, Operation: 'X', Status: 200 });
      await Promise.all(
        writers.flatMap((trail, w) =>
          Array.from({ length: 6 }, (_, n) => trail.append([entry(`${w}-${n}`)])),
        ),
      );
      const read = async () =>
        (await writers[0]!.read({ chain: 0, after: 0 }, 100)).lines.map(
          (text) => JSON.parse(text) as AuditLine,
        );
      const lines = await read();
      expect(lines.map(({ Sequence }) => Sequence)).toEqual(lines.map((_, i) => i + 1));
      expect(new Set(lines.map(({ RequestId }) => RequestId)).size).toBe(18);
      now += 11 * 24 * 60 * 60 * 1000;
      await writers[1]!.append([entry('late')]);
      expect((await read()).map(({ RequestId }) => RequestId)).toEqual(['late']);
      expect(await writers[2]!.forget()).toBe(18);
      expect((await read()).map(({ Sequence }) => Sequence)).toEqual([19]);
    } finally {
      client.destroy();
      await database.close();
    }
  });
});
