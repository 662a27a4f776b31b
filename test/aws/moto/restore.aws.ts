/** The commands of docs/restore.md, as they stand there, with the AWS CLI against moto; and the service on what they restore. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { CreateTableCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LambdaHost } from '../../support/lambda-host.ts';
import { sample } from '../../support/photos.ts';
import { AWS_ENVIRONMENT, present } from '../../support/programs.ts';
import { startGateway } from '../aws.ts';
import { deployIntoMoto, type InMoto } from './deployment.ts';
import { functionName } from './policies.ts';
import { MOTO } from './server.ts';

const isHere =
  present(MOTO.command, MOTO.args) && present('aws', ['--version']) && present('jq', ['--version']);

/** Version 1 takes binary values of a file as the text that they are in, and would store them wrong. */
const isSecond =
  isHere && execFileSync('aws', ['--version'], { encoding: 'utf8' }).startsWith('aws-cli/2');

const DOCUMENT = path.resolve(import.meta.dirname, '../../../docs/restore.md');
const C = { CollectionId: 'family' };

describe.runIf(isHere)('docs/restore.md', () => {
  let here: InMoto;
  let folder: string;
  let blocks: string[];
  let before: unknown;
  beforeAll(async () => {
    here = await deployIntoMoto({ stackName: 'Recollect' });
    folder = await mkdtemp(path.join(tmpdir(), 'recollect-restore-'));
    const text = await readFile(DOCUMENT, 'utf8');
    blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block);
    const post = caller(here.httpEndpoint);
    await post('CreateCollection', C);
    await post('IndexFaces', { ...C, Image: await inline() });
    before = await post('SearchFacesByImage', { ...C, Image: await inline() });
  }, 300_000);
  afterAll(async () => {
    await here?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const inline = async () => ({ Bytes: (await sample(1)).toString('base64') });
  const caller = (endpoint: string) => async (operation: string, input: object) => {
    const response = await fetch(`${endpoint}/${operation}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${here.key.id}.${here.key.secret}` },
      body: JSON.stringify(input),
    });
    if (!response.ok) throw new Error(`${operation} answered ${await response.text()}`);
    return response.json() as Promise<unknown>;
  };

  /** Runs the block that has a text in it, without the lines that ask CloudFormation or the CDK. */
  const run = async (having: string, environment: Readonly<Record<string, string>>) => {
    const block = blocks.find((one) => one.includes(having));
    if (block === undefined) throw new Error(`No block of the document has ${having}.`);
    const script = block
      .replace(/OLD=\$\([\s\S]*?\n.*--output text\)\n/, '')
      .split('\n')
      .filter((line) => !/^npx /.test(line))
      .join('\n');
    await promisify(execFile)('sh', ['-ec', script], {
      cwd: folder,
      env: {
        ...process.env,
        ...AWS_ENVIRONMENT,
        AWS_PAGER: '',
        AWS_ENDPOINT_URL: here.moto,
        OLD: here.named('StorageRecords'),
        ...environment,
      },
    });
  };

  const items = async (TableName: string) => {
    const { Items = [] } = await here.dynamodb.send(new ScanCommand({ TableName }));
    return Items.map((item) => JSON.stringify(item)).sort();
  };

  /** A search by the functions of the stack, on another table, with an empty bucket of shards. */
  const searchOn = async (table: string, keys: string) => {
    const bucket = `empty-${table}`;
    const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' } as const;
    await here.s3.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration }));
    const host = new LambdaHost({
      assembly: here.assembly,
      template: here.template,
      physicalName: (id, type) =>
        type === 'AWS::SQS::Queue'
          ? `${here.moto}/123456789012/${here.named(id.slice(0, -8))}`
          : (functionName(id) ?? id.toLowerCase()),
      environment: {
        AWS_ENDPOINT_URL: here.moto,
        TABLE: table,
        SHARD_BUCKET: bucket,
        KEY_PREFIX: keys,
      },
    });
    const gateway = await startGateway(host);
    try {
      return await caller(`${gateway.endpoint}/v1`)('SearchFacesByImage', {
        ...C,
        Image: await inline(),
      });
    } finally {
      await gateway.close();
      await host.stop();
    }
  };

  it('restores the table, and the service answers the same from it without a shard', async () => {
    await run('restore-table-to-point-in-time', {});
    await run('update-time-to-live', {});
    expect(await items('recollect-restored')).toEqual(await items(here.named('StorageRecords')));
    expect(await searchOn('recollect-restored', '/recollect/Recollect/keys')).toEqual(before);
  });

  const copies = `copies records and keys into another stack${isSecond ? '' : ' (skipped: takes the AWS CLI 2)'}`;
  it.runIf(isSecond)(copies, async () => {
    await here.dynamodb.send(
      new CreateTableCommand({
        TableName: 'copy',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
        ],
      }),
    );
    await run('batch-write-item', { NEW: 'copy' });
    expect(await items('copy')).toEqual(await items(here.named('StorageRecords')));
    await run('get-parameters-by-path', {});
    expect(await searchOn('copy', '/recollect/Copy/keys')).toEqual(before);
  });
});
