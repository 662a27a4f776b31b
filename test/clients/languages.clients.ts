/**
 * The programs of all languages call every operation, with signatures of an access key, and say the same.
 * RECOLLECT_CLIENTS names some of them: `go,java`.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CreateCollectionCommand,
  IndexFacesCommand,
  RekognitionClient,
} from '@aws-sdk/client-rekognition';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiOperations } from '../../functions/operations.ts';
import { type LocalStack, startLocal } from '../../infra/local/stack.ts';
import { type AccessKey, issueKey } from '../../layers/protocol/index.ts';
import { OTHERS, portrait, SAME_MAN } from '../support/photos.ts';
import { AWS_ENVIRONMENT, output, present } from '../support/programs.ts';
import { recollect } from '../support/recollect.ts';
import { clip, H264 } from '../video/clips.ts';
import { scene } from '../video/scenes.ts';
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
  const video = { videoRate: 2, environment: { RECOLLECT_FFMPEG: 'none' } };
  stack = await startLocal({ ...settings, ...video, data: path.join(data, 'data') });
  const grant = { name: '', operations: 'all', collections: '*', expires: undefined } as const;
  key = issueKey(grant, randomBytes, new Date());
  await stack.keys?.create(key);
});
afterAll(async () => {
  await stack.close();
  await rm(data, { recursive: true, force: true });
});

/** @returns the lines of a program that prints them */
async function said(
  { name, build, environment = {} }: Toolchain,
  [program, ...args]: readonly [string, ...string[]],
  given: readonly string[],
): Promise<string[]> {
  const credentials = { AWS_ACCESS_KEY_ID: key.id, AWS_SECRET_ACCESS_KEY: key.secret };
  const region = { AWS_REGION: 'eu-central-1', AWS_DEFAULT_REGION: 'eu-central-1' };
  const settings = { ...AWS_ENVIRONMENT, ...credentials, ...region, ...environment };
  const folder = path.join(import.meta.dirname, name);
  if (build !== undefined) {
    const [builder, ...how] = build;
    await output(builder, how, settings, folder);
  }
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

/** What those say that have a program for stored video: a man who is known and a stranger, three times both. */
const EXPECTED_OF_VIDEO = [
  'StartFaceDetection 64',
  'GetFaceDetection SUCCEEDED clients h264 6 30',
  'StartFaceSearch 64',
  'GetFaceSearch SUCCEEDED 6 2 man',
  'error ResourceNotFoundException 400',
];

it('has a turn for every operation', () => {
  const lines = [...EXPECTED, ...EXPECTED_OF_VIDEO].filter((line) => !line.startsWith('error'));
  const turns = lines.map((line) => line.split(' ')[0]);
  expect(turns.sort()).toEqual(apiOperations.map(({ name }) => name).sort());
});

describe.each(chosen)('$name', (toolchain) => {
  const [program, ...args] = toolchain.version;
  it.runIf(present(program, args))('calls every operation', { timeout: BUILD_MS }, async () => {
    const photographs = path.join(data, 'photographs');
    const given = [stack.endpoint, photographs, `clients-${toolchain.name}`];
    expect(await said(toolchain, toolchain.start, given)).toEqual(EXPECTED);
  });
});

describe('stored video', () => {
  const CLIP = { Bucket: 'clips', Key: 'people.mp4' };
  beforeAll(async () => {
    const credentials = { accessKeyId: key.id, secretAccessKey: key.secret };
    const connection = { region: 'eu-central-1', credentials };
    const s3 = new S3Client({ ...connection, endpoint: stack.s3Endpoint, forcePathStyle: true });
    const rekognition = new RekognitionClient({ ...connection, endpoint: stack.endpoint });
    await s3.send(new CreateBucketCommand({ Bucket: CLIP.Bucket }));
    await s3.send(new PutObjectCommand({ ...CLIP, Body: await twoPeople() }));
    const here = { CollectionId: 'video' };
    await rekognition.send(new CreateCollectionCommand(here));
    const Image = { Bytes: await portrait(SAME_MAN[2]) };
    await rekognition.send(new IndexFacesCommand({ ...here, Image, ExternalImageId: 'man' }));
    for (const client of [s3, rekognition]) client.destroy();
  }, 120_000);

  describe.each(chosen.filter(({ video }) => video !== undefined))('$name', (toolchain) => {
    const [program, ...args] = toolchain.version;
    it.runIf(present(program, args))('starts jobs, waits for them and reads them', async () => {
      const given = [stack.endpoint, CLIP.Bucket, CLIP.Key, 'video'];
      expect(await said(toolchain, toolchain.video!, given)).toEqual(EXPECTED_OF_VIDEO);
    });
  });
});

/** A second and a half. */
async function twoPeople(): Promise<Buffer> {
  const still = (x: number) =>
    [
      [x, 0.5],
      [x, 0.5],
    ] as const;
  const [man, stranger] = [await portrait(SAME_MAN[0]), await portrait(OTHERS[0])];
  const cast = [
    { who: 'man', photo: man, from: 0, to: 2, size: 300, path: still(0.25) },
    { who: 'stranger', photo: stranger, from: 0, to: 2, size: 300, path: still(0.75) },
  ];
  const size = { width: 640, height: 480, rate: 10, seconds: 1.5 };
  return clip(await scene(cast, size), [H264]);
}
