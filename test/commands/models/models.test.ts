/**
 * Face models that an owner adds: fed as each wants to be, through everything that a collection lives through. The real
 * files cannot be had in a test; the built-in network inside other files stands for them.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  AssociateFacesCommand,
  CompareFacesCommand,
  CreateCollectionCommand,
  CreateUserCommand,
  DescribeCollectionCommand,
  IndexFacesCommand,
  type RekognitionClient,
  SearchFacesByImageCommand,
  SearchFacesCommand,
  SearchUsersByImageCommand,
  TagResourceCommand,
} from '@aws-sdk/client-rekognition';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocal } from '../../../infra/local/stack.ts';
import {
  installedLoader,
  openFaceModels,
  readInstalled,
  rewrite,
} from '../../../infra/models/installed.ts';
import { MODELS, sampleFaces } from '../../../infra/models/sample-faces.ts';
import { BUILT_IN_ENTRIES, Inference } from '../../../layers/inference/index.ts';
import { sample } from '../../support/photos.ts';
import { ran } from '../../support/recollect.ts';
import { failure, rekognitionClient } from '../../support/stack.ts';
import { isThorough } from '../../support/thorough.ts';
import { type Wrapping, wrapped } from '../../support/wrapped-network.ts';

let data: string;
let server: Server;
let base: string;
/** What the web server answers, by path. */
const served = new Map<string, Uint8Array>();

beforeAll(async () => {
  data = await mkdtemp(path.join(tmpdir(), 'recollect-models-'));
  server = createServer((request, response) => {
    const body = served.get(request.url ?? '');
    if (body === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-length': body.length, etag: '"1"' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  await rm(data, { recursive: true, force: true });
});

async function add(name: string, wrapping: Wrapping, flags: readonly string[] = []) {
  served.set(`/${name}.onnx`, await wrapped(wrapping));
  return ran(['models', 'add', `${base}/${name}.onnx`, '--data', data, ...flags]);
}

/** Lends a model the calibration of the network that is inside it. */
async function calibrated(name: string): Promise<void> {
  const model = (await readInstalled(data)).find(({ version }) => version === name);
  await rewrite(data, { ...model!, calibration: BUILT_IN_ENTRIES[0]!.calibration });
}

const SIGNED = ['--scale', '128'];
const RAW = ['--mean', '0', '--scale', '1'];

/** Conventions, wrapped around the built-in network: name, wrapping, flags of `models add`, what is then stored. */
const CONVENTIONS: readonly (readonly [string, Wrapping, readonly string[], object])[] = [
  ['half-in', { halfInput: true }, SIGNED, {}],
  [
    'all',
    { raw: true, bgr: true, nhwc: true, batch: 1, halfOutput: true, input: 'x', dimension: 512 },
    [...RAW, '--channels', 'BGR'],
    { layout: 'NHWC', channels: 'BGR', batch: 1, input: 'x' },
  ],
];
/** One thing at a time, for finding out which of `all` is at fault: `npm run test:models`. */
const ONE_BY_ONE: typeof CONVENTIONS = [
  ['five', { batch: 5 }, SIGNED, { batch: 5 }],
  ['raw', { raw: true }, RAW, { mean: 0, scale: 1 }],
  ['bgr', { bgr: true }, [...SIGNED, '--channels', 'BGR'], { channels: 'BGR' }],
  ['nhwc', { nhwc: true }, SIGNED, { layout: 'NHWC' }],
  ['one', { batch: 1 }, SIGNED, { batch: 1 }],
  ['half-out', { halfOutput: true }, SIGNED, {}],
  ['names', { input: 'pixels', output: 'fc1' }, SIGNED, { input: 'pixels', output: 'fc1' }],
  ['long', { dimension: 512 }, SIGNED, {}],
  ['longest', { dimension: 1024 }, SIGNED, {}],
];

describe('models add', () => {
  it.each([...CONVENTIONS, ...(isThorough ? ONE_BY_ONE : [])])(
    'feeds %s as it wants, and gets the cosines of the original',
    async (name, wrapping, flags, convention) => {
      const added = await add(name, wrapping, flags);
      expect(added).toMatchObject({ code: 0, said: '' });
      const faceModels = await openFaceModels(data);
      expect(faceModels.embedder(name).convention).toMatchObject(convention);
      const inference = new Inference({
        models: MODELS,
        threads: 1,
        faceModels,
        load: installedLoader(faceModels),
      });
      const { same, different } = await sampleFaces();
      const vectors = async (version: string) => [
        ...(await inference.embed(same.picture, same.faces, version)),
        ...(await inference.embed(different.picture, different.faces, version)),
      ];
      const [original, theirs] = [await vectors('1.0'), await vectors(name)];
      expect(theirs[0]!.vector).toHaveLength(wrapping.dimension ?? 192);
      for (let i = 0; i < original.length; i++) {
        for (let j = 0; j < i; j++) {
          const difference = dot(original, i, j) - dot(theirs, i, j);
          // Values of half precision are 2^-11 apart before the network sees them.
          expect(Math.abs(difference)).toBeLessThan(wrapping.halfInput ? 1e-3 : 1e-4);
        }
      }
      await inference.close();
    },
    120_000,
  );

  it('notices the wrong order of channels, and proposes the right one', async () => {
    const { code, said } = await add('swapped', { raw: true, bgr: true }, RAW);
    expect(code).toBe(1);
    expect(said).toMatch(/fed wrongly: with --channels BGR --mean 0 --scale 1/);
    expect(await readdir(path.join(data, 'models'))).not.toContain('swapped');
  }, 300_000);

  it.runIf(isThorough)(
    'notices the wrong scale',
    async () => {
      const { code, said } = await add('unscaled', { raw: true });
      expect(code).toBe(1);
      expect(said).toMatch(/fed wrongly: with --channels RGB --mean 0 --scale 1/);
    },
    300_000,
  );
});

describe('a collection with an added model', () => {
  let client: RekognitionClient;
  let stack: Awaited<ReturnType<typeof startLocal>>;
  const start = async () => {
    stack = await startLocal({
      host: '127.0.0.1',
      port: 0,
      s3Port: 0,
      data,
      foldAt: 1,
      threads: 1,
    });
    client = rekognitionClient(stack.endpoint);
  };
  const stop = async () => {
    client.destroy();
    await stack.close();
  };
  const index = async (CollectionId: string, photo: 1 | 3) =>
    client.send(
      new IndexFacesCommand({
        CollectionId,
        Image: { Bytes: await sample(photo) },
        ExternalImageId: `s${photo}`,
      }),
    );
  const found = async (CollectionId: string) => {
    const Image = { Bytes: await sample(3) };
    const faces = await client.send(
      new SearchFacesByImageCommand({ CollectionId, Image, FaceMatchThreshold: 0 }),
    );
    const users = await client.send(
      new SearchUsersByImageCommand({ CollectionId, Image, UserMatchThreshold: 0 }),
    );
    return [
      ...(faces.FaceMatches ?? []).map((match) => match.Similarity ?? Number.NaN),
      ...(users.UserMatches ?? []).map((match) => match.Similarity ?? Number.NaN),
    ];
  };

  it('is refused until the model is calibrated', async () => {
    expect(await ran(['models', 'default', 'all', '--data', data])).toMatchObject({
      code: 1,
      said: expect.stringMatching(/has no calibration.*recollect models calibrate/),
    });
    await start();
    const Tags = { 'recollect:face-model': 'all' };
    const refused = await failure(
      client.send(new CreateCollectionCommand({ CollectionId: 'no', Tags })),
    );
    expect(refused).toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining('recollect models calibrate'),
    });
    const unknown = { 'recollect:face-model': 'nobody' };
    expect(
      await failure(
        client.send(new CreateCollectionCommand({ CollectionId: 'no', Tags: unknown })),
      ),
    ).toMatchObject({ message: expect.stringContaining('nobody is not installed; there are 1.0') });
    await stop();
  }, 300_000);

  it('indexes, searches, has users, folds and restarts with the similarities of the original', async () => {
    await calibrated('all');
    await start();
    const Tags = { 'recollect:face-model': 'all' };
    const created = await client.send(
      new CreateCollectionCommand({ CollectionId: 'theirs', Tags }),
    );
    expect(created.FaceModelVersion).toBe('all');
    await client.send(new CreateCollectionCommand({ CollectionId: 'ours' }));
    for (const CollectionId of ['ours', 'theirs']) {
      const { FaceRecords = [] } = await index(CollectionId, 1);
      await client.send(new CreateUserCommand({ CollectionId, UserId: 'ada' }));
      await client.send(
        new AssociateFacesCommand({
          CollectionId,
          UserId: 'ada',
          FaceIds: FaceRecords.map(({ Face }) => Face!.FaceId!),
          UserMatchThreshold: 0,
        }),
      );
    }
    const expected = await found('ours');
    expect(expected.length).toBeGreaterThanOrEqual(4);
    const compare = async () => {
      const theirs = await found('theirs');
      expect(theirs).toHaveLength(expected.length);
      theirs.forEach((similarity, i) => {
        expect(Math.abs(similarity - expected[i]!)).toBeLessThan(0.05);
      });
    };
    await compare();
    await stop();

    expect(await ran(['fold', '--all', '--data', data])).toMatchObject({ code: 0 });
    expect(await ran(['verify', '--all', '--data', data])).toMatchObject({ code: 0 });
    await start();
    await compare();
    const { FaceModelVersion } = await client.send(
      new DescribeCollectionCommand({ CollectionId: 'theirs' }),
    );
    expect(FaceModelVersion).toBe('all');
    const FaceId = (await index('theirs', 1)).FaceRecords![0]!.Face!.FaceId!;
    await client.send(new SearchFacesCommand({ CollectionId: 'theirs', FaceId }));
    await stop();
  }, 300_000);

  it('keeps its model, whatever the tags say later', async () => {
    await start();
    const ResourceArn = created('theirs');
    const change = { ResourceArn, Tags: { 'recollect:face-model': '1.0' } };
    expect(await failure(client.send(new TagResourceCommand(change)))).toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining('has the face model all; upgrade it to 1.0'),
    });
    await client.send(
      new TagResourceCommand({ ...change, Tags: { 'recollect:face-model': 'all' } }),
    );
    await stop();
  }, 300_000);

  it('keeps its model from being removed', async () => {
    const refused = await ran(['models', 'remove', 'all', '--data', data]);
    expect(refused).toMatchObject({
      code: 1,
      said: expect.stringMatching(/1 collection still needs the face model all: theirs\. Delete/),
    });
    const other = (await readInstalled(data)).find(({ version }) => version !== 'all')!.version;
    expect(await ran(['models', 'remove', other, '--data', data])).toMatchObject({ code: 0 });
    expect(await readdir(path.join(data, 'models'))).not.toContain(other);
  }, 300_000);

  it('is what new collections get once it is the default, and CompareFaces too', async () => {
    expect(await ran(['models', 'default', 'all', '--data', data])).toMatchObject({ code: 0 });
    await start();
    const answer = await client.send(new CreateCollectionCommand({ CollectionId: 'new' }));
    expect(answer.FaceModelVersion).toBe('all');
    const [SourceImage, TargetImage] = [{ Bytes: await sample(1) }, { Bytes: await sample(3) }];
    await client.send(new CompareFacesCommand({ SourceImage, TargetImage }));
    await stop();
    expect(await ran(['models', 'remove', 'all', '--data', data])).toMatchObject({ code: 1 });
  }, 300_000);
});

const created = (id: string) => `arn:aws:rekognition:eu-central-1:000000000000:collection/${id}`;

function dot(list: readonly { readonly vector: Float32Array }[], i: number, j: number): number {
  return list[i]!.vector.reduce((sum, value, k) => sum + value * list[j]!.vector[k]!, 0);
}
