/** The signers of the AWS CLI, boto3 and curl, as they are, against a server that asks for access keys. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalStack, startLocal } from '../../infra/local/stack.ts';
import { type AccessKey, issueKey } from '../../layers/protocol/index.ts';
import { AWS_ENVIRONMENT, output, present } from '../support/programs.ts';

const WRONG_SECRET = 'x'.repeat(40);

let data: string;
let stack: LocalStack;
let full: AccessKey;
let limited: AccessKey;

async function newKey(collections: string): Promise<AccessKey> {
  const grant = { name: '', operations: 'all', collections, expires: undefined } as const;
  const key = issueKey(grant, randomBytes, new Date());
  await stack.keys?.create(key);
  return key;
}

beforeAll(async () => {
  data = await mkdtemp(path.join(tmpdir(), 'recollect-sigv4-clients-'));
  stack = await startLocal({
    host: '127.0.0.1',
    port: 0,
    s3Port: 0,
    data,
    foldAt: 20,
    auth: true,
  });
  full = await newKey('*');
  limited = await newKey('mine-*');
});
afterAll(async () => {
  await stack.close();
  await rm(data, { recursive: true, force: true });
});

const environment = (key: AccessKey, more: Record<string, string> = {}) => ({
  ...AWS_ENVIRONMENT,
  AWS_ACCESS_KEY_ID: key.id,
  AWS_SECRET_ACCESS_KEY: key.secret,
  ...more,
});

describe.skipIf(!present('aws', ['--version']))('AWS CLI', { timeout: 60_000 }, () => {
  const aws = (settings: Record<string, string>, ...args: string[]) =>
    output(
      'aws',
      ['rekognition', ...args, '--endpoint-url', stack.endpoint, '--output', 'json'],
      settings,
    );

  it('is accepted', async () => {
    const create = ['create-collection', '--collection-id', 'cli'];
    expect(JSON.parse(await aws(environment(full), ...create))).toMatchObject({ StatusCode: 200 });
    expect(JSON.parse(await aws(environment(full), 'list-collections'))).toMatchObject({
      CollectionIds: expect.arrayContaining(['cli']),
    });
  });

  it('understands why it is refused', async () => {
    const list = (more: Record<string, string>) => aws(environment(full, more), 'list-collections');
    await expect(list({ AWS_SECRET_ACCESS_KEY: WRONG_SECRET })).rejects.toThrow(
      'An error occurred (InvalidSignatureException) when calling the ListCollections operation: The request signature we calculated does not match the signature you provided.',
    );
    await expect(list({ AWS_ACCESS_KEY_ID: 'AKIAZZZZZZZZZZZZZZZZ' })).rejects.toThrow(
      'An error occurred (UnrecognizedClientException) when calling the ListCollections operation: The security token included in the request is invalid.',
    );
    await expect(list({ AWS_SESSION_TOKEN: 'FwoGZXIvYXdzE' })).rejects.toThrow(
      'An error occurred (UnrecognizedClientException)',
    );
    const others = ['describe-collection', '--collection-id', 'others'];
    await expect(aws(environment(limited), ...others)).rejects.toThrow(
      `An error occurred (AccessDeniedException) when calling the DescribeCollection operation: User: arn:aws:iam::000000000000:user/${limited.id} is not authorized to perform: rekognition:DescribeCollection on resource: arn:aws:rekognition:eu-central-1:000000000000:collection/others`,
    );
  });
});

const SCRIPT = `
import boto3, json, sys
from botocore.exceptions import ClientError
client = boto3.client('rekognition', endpoint_url=sys.argv[1])
result = {'created': client.create_collection(CollectionId='mine-boto')['StatusCode']}
result['arn'] = client.describe_collection(CollectionId='mine-boto')['CollectionARN']
try:
    client.list_collections()
except ClientError as error:
    result['code'] = error.response['Error']['Code']
print(json.dumps(result))
`;

describe.skipIf(!present('python3', ['-c', 'import boto3']))('boto3', { timeout: 60_000 }, () => {
  it('is accepted, and refused what its key does not allow', async () => {
    const printed = await output('python3', ['-c', SCRIPT, stack.endpoint], environment(limited));
    expect(JSON.parse(printed)).toEqual({
      created: 200,
      arn: 'arn:aws:rekognition:eu-central-1:000000000000:collection/mine-boto',
      code: 'AccessDeniedException',
    });
  });
});

/** Its version 7.75 was the first to sign. */
const SIGNS = ['--aws-sigv4', 'aws:amz:eu-central-1:rekognition', '--version'];

describe.skipIf(!present('curl', SIGNS))('curl --aws-sigv4', () => {
  const curl = async (user: string, ...args: string[]): Promise<unknown> =>
    JSON.parse(
      await output('curl', [
        '--silent',
        ...['--aws-sigv4', 'aws:amz:eu-central-1:rekognition', '--user', user],
        ...args,
      ]),
    );
  const asSdk = (operation: string) => [
    ...['-H', `X-Amz-Target: RekognitionService.${operation}`],
    ...['-H', 'Content-Type: application/x-amz-json-1.1'],
  ];

  it('is accepted as an SDK and at the path of an operation', async () => {
    const user = `${full.id}:${full.secret}`;
    const body = ['-d', '{"CollectionId":"curl"}'];
    expect(await curl(user, ...asSdk('CreateCollection'), ...body, stack.endpoint)).toMatchObject({
      StatusCode: 200,
    });
    expect(await curl(user, ...body, `${stack.endpoint}/DescribeCollection`)).toMatchObject({
      FaceCount: 0,
    });
  });

  it('is refused with another secret', async () => {
    const user = `${full.id}:${WRONG_SECRET}`;
    expect(await curl(user, '-d', '{}', `${stack.endpoint}/ListCollections`)).toMatchObject({
      __type: 'InvalidSignatureException',
    });
  });
});
