/**
 * The address for SDKs as a Lambda Web Function: what the template says of it, and its package, run as it is:
 * `node index.js` in an empty environment, with the headers as Lambda sends them.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateCollectionCommand,
  DescribeCollectionCommand,
  IndexFacesCommand,
  ListCollectionsCommand,
  RekognitionClient,
  SearchFacesByImageCommand,
} from '@aws-sdk/client-rekognition';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { Match } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operations } from '../../functions/operations.ts';
import { bundle } from '../../infra/aws/assets/bundles.ts';
import { entries, WEB } from '../../infra/aws/assets/entries.ts';
import { buildLayer } from '../../infra/aws/assets/layer.ts';
import { packWeb } from '../../infra/aws/assets/web-package.ts';
import { startDynamo } from '../../infra/emulators/dynamo/index.ts';
import { startS3 } from '../../infra/emulators/s3/index.ts';
import type { AccessKey } from '../../layers/protocol/index.ts';
import { encodeKey, issueKey, MARK_SECRET_BYTES } from '../../layers/protocol/index.ts';
import { ensureTable } from '../../layers/records/index.ts';
import { sample } from '../support/photos.ts';
import { startSurroundings } from './aws.ts';
import { only, permissions, synthesise } from './template.ts';

describe('the stack with -c sdk=web-function', () => {
  const web = synthesise({ sdk: 'web-function', gateway: false, webRate: 300, webEnvironments: 3 });

  it('has a web function with lids of its own, which checks by itself who calls', () => {
    web.template.hasResourceProperties('AWS::Lambda::WebFunctionEndpoint', {
      AuthType: 'ApplicationManaged',
      ThrottleConfig: { RateLimit: 300 },
      ScalingConfig: { MaxEnvironments: 3 },
    });
    const revision = JSON.stringify(only(web, 'AWS::Lambda::WebFunctionRevision').Properties);
    expect(revision).toContain('nodejs24.x');
    expect(revision).toContain('"FOLD_AT":"500"');
    expect(revision).toContain('"ACCOUNT":{"Ref":"AWS::AccountId"}');
    // The package knows where its models are.
    expect(revision).not.toContain('/opt/models');
    web.template.hasOutput('SdkEndpoint', { Value: Match.anyValue() });
    web.template.resourceCountIs('AWS::Lambda::Url', 0);
  });

  it('has no dispatcher besides, and the web function may do what that might', () => {
    expect(Object.keys(web.resources).filter((id) => /Dispatcher/.test(id))).toEqual([]);
    const own = synthesise({ gateway: false });
    const dispatched = permissions(own, 'Dispatcher').map((one) =>
      one.replace('FunctionsDispatcherLogs', 'WebLogs'),
    );
    expect(permissions(web, '')).toEqual(expect.arrayContaining(dispatched));
  });

  it('keeps API Gateway beside, where that is wanted', () => {
    const both = synthesise({ sdk: 'web-function' });
    both.template.hasOutput('HttpEndpoint', {});
    expect(only(both, 'AWS::Lambda::Function', 'FunctionsDispatcherFunction')).toBeDefined();
  });
});

const CLIENT = {
  region: 'eu-central-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
};
const GRANT = { name: '', operations: 'all', expires: undefined } as const;

// The layer holds binaries for Linux.
describe.runIf(process.platform === 'linux')('the package of the web function', () => {
  const closers: (() => Promise<unknown>)[] = [];
  const keys: AccessKey[] = [];
  const output: string[] = [];
  let endpoint: string;
  let child: ChildProcess;
  let readyAfter: number;

  beforeAll(async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'recollect-web-'));
    closers.push(() => rm(folder, { recursive: true, force: true }));
    const all = entries(operations, true);
    const bundles = await bundle(
      new Map([[WEB, all.get(WEB) ?? '']]),
      path.join(folder, 'bundles'),
      { ADDED_FACE_MODELS: '[]' },
    );
    const layer = await buildLayer(process.arch === 'arm64' ? 'arm64' : 'x64');
    const code = await packWeb(bundles.folder(WEB), layer, path.join(folder, 'code'));

    const database = await startDynamo();
    const store = await startS3({ directory: path.join(folder, 's3') });
    const surroundings = await startSurroundings();
    closers.push(database.close, store.close, surroundings.close);
    const dynamodb = new DynamoDBClient({ ...CLIENT, endpoint: database.endpoint });
    const s3 = new S3Client({ ...CLIENT, endpoint: store.endpoint, forcePathStyle: true });
    await ensureTable(dynamodb, 'records');
    await s3.send(new CreateBucketCommand({ Bucket: 'shards' }));
    dynamodb.destroy();
    s3.destroy();
    const mark = randomBytes(MARK_SECRET_BYTES);
    surroundings.parameters.set('/keys/mark', mark.toString('base64'));
    for (const collections of ['red-*', 'blue-*']) {
      const key = issueKey({ ...GRANT, collections }, randomBytes, new Date(), mark);
      surroundings.parameters.set(`/keys/${key.id}`, encodeKey(key));
      keys.push(key);
    }

    const port = await freePort();
    const startedAt = performance.now();
    child = spawn(process.execPath, ['index.js'], {
      cwd: code,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'] ?? '',
        AWS_LAMBDA_HTTP_ENDPOINT: `0.0.0.0:${port}`,
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        ACCOUNT: '123456789012',
        TABLE: 'records',
        SHARD_BUCKET: 'shards',
        SCANNERS: 'none',
        FAN_OUT_AT: '100',
        FACE_MODEL: '1.0',
        FOLD_AT: '500',
        FOLD_QUEUE: `${surroundings.endpoint}/123456789012/Folds`,
        PURGE_QUEUE: `${surroundings.endpoint}/123456789012/Purges`,
        JUDGEMENTS: 'on',
        KEY_PREFIX: '/keys',
        CORS_ORIGINS: 'https://app.example.org',
        POWERTOOLS_SERVICE_NAME: 'Web',
        POWERTOOLS_METRICS_NAMESPACE: 'Recollect',
        AWS_ENDPOINT_URL_DYNAMODB: database.endpoint,
        AWS_ENDPOINT_URL_S3: store.endpoint,
        AWS_ENDPOINT_URL_SQS: surroundings.endpoint,
        AWS_ENDPOINT_URL_SSM: surroundings.endpoint,
      },
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => output.push(text));
    }
    endpoint = `http://127.0.0.1:${port}`;
    while (
      await fetch(endpoint).then(
        () => false,
        () => true,
      )
    ) {
      if (performance.now() - startedAt > 60_000) throw new Error(output.join(''));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    readyAfter = performance.now() - startedAt;
  }, 180_000);

  afterAll(async () => {
    child?.kill('SIGKILL');
    for (const closer of closers.reverse()) await closer();
  });

  const client = ({ id, secret }: AccessKey) =>
    new RekognitionClient({
      region: 'eu-central-1',
      endpoint,
      credentials: { accessKeyId: id, secretAccessKey: secret },
      maxAttempts: 1,
    });

  it('is ready within the ten seconds that Lambda waits', () => {
    expect(readyAfter).toBeLessThan(10_000);
  });

  it('serves an unmodified SDK real faces', async () => {
    const [red] = keys.map(client);
    await red?.send(new CreateCollectionCommand({ CollectionId: 'red-0' }));
    const Image = { Bytes: await sample(1) };
    const indexed = await red?.send(new IndexFacesCommand({ CollectionId: 'red-0', Image }));
    const found = await red?.send(new SearchFacesByImageCommand({ CollectionId: 'red-0', Image }));
    expect(indexed?.FaceRecords?.map(({ Face }) => Face?.FaceId)).toContain(
      found?.FaceMatches?.[0]?.Face?.FaceId,
    );
    red?.destroy();
  }, 120_000);

  it('mixes no answers up: 64 requests at once, of two who may see nothing of each other', async () => {
    const [red, blue] = keys.map(client);
    if (red === undefined || blue === undefined) throw new Error('There are two keys.');
    const names = Array.from(
      { length: 64 },
      (_, index) => `${index % 2 ? 'red' : 'blue'}-${index}`,
    );
    const of = (name: string) => (name.startsWith('red') ? red : blue);
    await Promise.all(
      names.map((CollectionId) =>
        of(CollectionId).send(
          new CreateCollectionCommand({ CollectionId, Tags: { name: CollectionId } }),
        ),
      ),
    );
    const described = await Promise.all(
      names.map((CollectionId) =>
        of(CollectionId).send(new DescribeCollectionCommand({ CollectionId })),
      ),
    );
    expect(described.map(({ CollectionARN }) => CollectionARN?.split('/')[1])).toEqual(names);
    const crossed = await Promise.all(
      names.map((CollectionId) =>
        (of(CollectionId) === red ? blue : red)
          .send(new DescribeCollectionCommand({ CollectionId }))
          .then(
            () => 'answered',
            (error: Error) => error.name,
          ),
      ),
    );
    expect(new Set(crossed)).toEqual(new Set(['AccessDeniedException']));
    await expect(red.send(new ListCollectionsCommand({}))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    red.destroy();
    blue.destroy();
  }, 120_000);

  const post = (headers: Record<string, string>, body = '{}') =>
    fetch(`${endpoint}/ListCollections`, { method: 'POST', headers, body });

  it('refuses who has no key, and what is too large, and says where it goes', async () => {
    expect(await (await post({})).json()).toMatchObject({
      __type: 'MissingAuthenticationTokenException',
    });
    const large = await post({}, 'x'.repeat(11 * 1024 * 1024));
    expect([large.status, await large.text()]).toEqual([
      413,
      expect.stringContaining('Image.S3Object'),
    ]);
  });

  it('lets pages of named origins in, and no others', async () => {
    const asked = (origin: string) =>
      fetch(endpoint, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      });
    const named = await asked('https://app.example.org');
    expect(named.headers.get('access-control-allow-origin')).toBe('https://app.example.org');
    expect((await asked('https://elsewhere.example')).status).toBe(403);
  });

  it('answers what it has begun when it is told to stop, and writes what it measured', async () => {
    const [red] = keys.map(client);
    const Image = { Bytes: await sample(2) };
    const begun = red?.send(new IndexFacesCommand({ CollectionId: 'red-0', Image }));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    expect((await begun)?.FaceRecords).toBeDefined();
    expect((await exited)[0]).toBe(0);
    expect(output.join('')).toMatch(/"RequestLatency":/);
    red?.destroy();
  }, 60_000);
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
