/** Requests drawn at random: from nearly right to nothing of the kind. */
import { operations } from '../../functions/operations.ts';
import { type Shape, type StructureShape, targetOf } from '../../layers/protocol/index.ts';
import type { Random } from '../support/random.ts';

export interface FuzzedRequest {
  readonly door: 'api' | 's3';
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Values that programs stumble over. */
const STRANGE: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  -0,
  2 ** 53,
  100,
  4096,
  '',
  ' ',
  'family',
  '__proto__',
  'constructor',
  'toString',
  '\u0000',
  '\ud800',
  'é'.repeat(300),
  'x'.repeat(70_000),
  '../../etc/passwd',
  '%00',
  [],
  [[]],
  {},
  { a: { a: {} } },
  { S3Object: { Bucket: 'recollect-uploads', Name: '\ud800' } },
  ['family', null],
  'AAAA',
  '2030-01-01',
  Number.NaN,
];

const KNOWN: readonly unknown[] = [
  'family',
  'friends',
  'zoe',
  'arn:aws:rekognition:us-east-1:000000000000:collection/family',
  '00000000-0000-4000-8000-000000000000',
  'ALL',
  'AUTO',
  'NONE',
  'DEFAULT',
  1,
  80,
  'token',
];

const SQS = [
  'ListQueues',
  'GetQueueUrl',
  'GetQueueAttributes',
  'SendMessage',
  'ReceiveMessage',
  'DeleteMessage',
  'ChangeMessageVisibility',
  'Nonsense',
];
const SQS_MEMBERS = [
  'QueueUrl',
  'QueueName',
  'MessageBody',
  'MessageAttributes',
  'ReceiptHandle',
  'VisibilityTimeout',
  'MaxNumberOfMessages',
];
const METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'];
const SUBRESOURCES = [
  '',
  'uploads',
  'uploadId=x',
  'versions',
  'versioning',
  'acl',
  'tagging',
  'cors',
  'delete',
  'list-type=2',
  'location',
  'policy',
  'partNumber=1&uploadId=y',
  'max-keys=-1',
  'prefix=%ff',
  'X-Amz-Signature=a',
  'Signature=a&Expires=1',
  'restore',
  '__proto__',
];
const S3_HEADERS = [
  'x-amz-copy-source',
  'x-amz-copy-source-range',
  'range',
  'if-match',
  'if-none-match',
  'x-amz-tagging',
  'x-amz-acl',
  'content-md5',
  'x-amz-checksum-crc32',
  'x-amz-content-sha256',
  'x-amz-meta-a',
  'x-amz-decoded-content-length',
  'expect',
  'x-amz-metadata-directive',
];
const HEADER_VALUES = [
  '',
  'x',
  '*',
  'a/b',
  '/a/b?versionId=null',
  'bytes=0-',
  'bytes=9-1',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'a=b&c=d',
  '%',
  '0'.repeat(64),
  '-1',
  '"etag"',
];

export function drawRequest(random: Random): FuzzedRequest {
  const draw = random.next();
  if (draw < 0.6) return drawApi(random);
  return draw < 0.72 ? drawSqs(random) : drawS3(random);
}

function drawApi(random: Random): FuzzedRequest {
  const operation = random.pick(operations);
  const input = drawValue(operation.input, random, 0);
  const text = JSON.stringify(input) ?? '';
  const isSdk = random.chance(0.5);
  const headers = isSdk
    ? {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': targetOf(operation),
        ...(random.chance(0.3) && { authorization: drawText(random) }),
      }
    : {};
  return {
    door: 'api',
    method: random.chance(0.97) ? 'POST' : random.pick(METHODS),
    path: isSdk
      ? '/'
      : `/${random.chance(0.95) ? operation.name : encodeURIComponent(drawText(random))}`,
    headers,
    body: damaged(Buffer.from(text), random),
  };
}

function drawSqs(random: Random): FuzzedRequest {
  const members = random.sample(SQS_MEMBERS, random.below(5));
  const queue = 'http://127.0.0.1/000000000000/recollect-dead-uploads';
  const value = (name: string) =>
    name === 'QueueUrl' && random.chance(0.8) ? queue : random.pick(STRANGE);
  const input = random.chance(0.9)
    ? Object.fromEntries(members.map((name) => [name, value(name)]))
    : random.pick(STRANGE);
  return {
    door: 'api',
    method: 'POST',
    path: '/',
    headers: { 'x-amz-target': `AmazonSQS.${random.pick(SQS)}` },
    body: damaged(Buffer.from(JSON.stringify(input) ?? ''), random),
  };
}

function drawS3(random: Random): FuzzedRequest {
  const bucket = random.pick([
    '',
    'fuzz',
    'recollect-uploads',
    'a',
    'UPPER',
    '..',
    '%ff',
    '__proto__',
  ]);
  const key = random.pick([
    '',
    '/a',
    '/family/a.jpg',
    '/%00',
    '/%zz',
    `/${'k'.repeat(1100)}`,
    '/a//b',
    '/__proto__',
  ]);
  const query = random.pick(SUBRESOURCES);
  const headers: Record<string, string> = {
    authorization: `AWS4-HMAC-SHA256 Credential=a/20300101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
    'x-amz-date': '20300101T000000Z',
  };
  for (const name of random.sample(S3_HEADERS, random.below(4))) {
    headers[name] = random.pick(HEADER_VALUES);
  }
  if (random.chance(0.05)) headers['authorization'] = drawText(random);
  delete headers['expect'];
  const xml = random.pick([
    '',
    '<',
    '<Delete><Object><Key>a</Key></Object></Delete>',
    '<Tagging/>',
    '<CompleteMultipartUpload/>',
    '<CORSConfiguration><CORSRule/></CORSConfiguration>',
    '<!DOCTYPE a>',
    '{}',
  ]);
  return {
    door: 's3',
    method: random.pick(METHODS),
    path: `/${bucket}${bucket === '' ? '' : key}${query === '' ? '' : `?${query}`}`,
    headers,
    body: damaged(Buffer.from(xml), random),
  };
}

/** A value that a shape allows, more or less. */
function drawValue(shape: Shape | StructureShape, random: Random, depth: number): unknown {
  if (random.chance(0.08) || depth > 6) return random.pick(STRANGE);
  if (random.chance(0.25) && shape.type !== 'structure') return random.pick(KNOWN);
  switch (shape.type) {
    case 'structure': {
      const members = Object.entries(shape.members).filter(() => random.chance(0.75));
      const drawn = members.map(([name, member]) => [
        name,
        drawValue(member as Shape, random, depth + 1),
      ]);
      const more = random.chance(0.03) ? [[drawText(random), random.pick(STRANGE)]] : [];
      return Object.fromEntries([...drawn, ...more]);
    }
    case 'list':
      return Array.from({ length: random.below(3) }, () =>
        drawValue(shape.member, random, depth + 1),
      );
    case 'map':
      return { [drawText(random)]: drawText(random), __proto__: undefined };
    case 'blob':
      return random.pick(['', 'AAAA', '/9j/4AAQ', 'iVBORw0KGgo=', 'not base64!']);
    case 'boolean':
      return random.chance(0.5);
    case 'string':
      return drawText(random);
    default:
      return random.pick([0, 1, 5, 50, 99.9, 4097, -3]);
  }
}

function drawText(random: Random): string {
  const value = random.pick([...STRANGE, ...KNOWN]);
  const text = typeof value === 'string' ? value : `id-${random.below(50)}`;
  return text.slice(0, 2000).replace(/[^\t\x20-\x7e]/g, '');
}

/** Now and then a byte is another, or the end is missing. */
function damaged(body: Buffer, random: Random): Buffer {
  if (body.length > 0 && random.chance(0.05)) {
    const copy = Buffer.from(body);
    copy[random.below(copy.length)] = random.below(256);
    return copy;
  }
  return random.chance(0.02) ? body.subarray(0, random.below(body.length + 1)) : body;
}
