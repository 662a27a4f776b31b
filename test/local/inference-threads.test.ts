/** Photographs in threads: the same answers as without, models of owners, and others meanwhile. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CreateCollectionCommand,
  DetectFacesCommand,
  IndexFacesCommand,
  ListFacesCommand,
} from '@aws-sdk/client-rekognition';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inferenceThreads } from '../../infra/local/inference-threads.ts';
import { InstalledModelError, installedLoader } from '../../infra/models/installed.ts';
import {
  ATTRIBUTES,
  BUILT_IN_ENTRIES,
  DEFAULT_FACE_MODEL,
  FaceModels,
  Inference,
  type InferencePort,
  USUAL_CONVENTION,
  Work,
} from '../../layers/inference/index.ts';
import { sample } from '../support/photos.ts';
import { failure, startStack, type TestStack } from '../support/stack.ts';
import { wrapped } from '../support/wrapped-network.ts';

const models = path.resolve(import.meta.dirname, '../../models');
const never = new AbortController().signal;

let folder: string;
let photograph: Buffer;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'recollect-threads-'));
  photograph = await sharp(await sample(3))
    .resize(640)
    .jpeg()
    .toBuffer();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('inference in threads', () => {
  it('answers as it does without, also by the models of the owner', async () => {
    const network = await wrapped({ bgr: true, dimension: 128 });
    const file = path.join(folder, 'model.onnx');
    await writeFile(file, network);
    const added = (version: string, sha256: string) => ({
      version,
      dimension: 128,
      embedder: {
        file,
        bytes: network.length,
        sha256,
        convention: {
          ...USUAL_CONVENTION,
          scale: 128,
          channels: 'BGR' as const,
          input: 'data',
          output: 'vector',
        },
      },
    });
    const digest = createHash('sha256').update(network).digest('hex');
    const faceModels = new FaceModels(
      [...BUILT_IN_ENTRIES, added('own', digest)],
      DEFAULT_FACE_MODEL,
    );
    const work = new Work();
    const pool = await inferenceThreads({ threads: 1, models, faceModels, work, waiting: 1 });
    const direct = new Inference({
      models,
      threads: 1,
      faceModels,
      load: installedLoader(faceModels),
    });
    try {
      const all = (inference: InferencePort) =>
        work.run(never, async () => {
          const picture = await inference.read(photograph);
          const faces = await inference.findFaces(picture);
          return {
            size: [picture.width, picture.height],
            faces,
            largest: await inference.findFaces(picture, { limit: 1 }),
            embedded: await inference.embed(picture, faces),
            own: await inference.embed(picture, faces, 'own'),
            described: await inference.describe(picture, faces, new Set(ATTRIBUTES)),
          };
        });
      const answer = await all(pool);
      expect(answer.faces.length).toBe(3);
      expect(answer).toEqual(await all(direct));
    } finally {
      await Promise.all([pool.close(), direct.close()]);
    }
  });

  it('tells what is wrong with the model of an owner as it is', async () => {
    const file = path.join(folder, 'changed.onnx');
    await writeFile(file, 'another');
    const [builtIn] = BUILT_IN_ENTRIES;
    const changed = { ...builtIn!, version: 'changed', embedder: { ...builtIn!.embedder, file } };
    const faceModels = new FaceModels([...BUILT_IN_ENTRIES, changed], DEFAULT_FACE_MODEL);
    const work = new Work();
    const pool = await inferenceThreads({ threads: 1, models, faceModels, work, waiting: 1 });
    try {
      await work.run(never, async () => {
        const picture = await pool.read(photograph);
        const faces = await pool.findFaces(picture, { limit: 1 });
        await expect(pool.embed(picture, faces, 'changed')).rejects.toThrow(InstalledModelError);
      });
    } finally {
      await pool.close();
    }
  });
});

describe('a service with one thread', () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await startStack({ threads: 1, waiting: 3 });
    await stack.rekognition.send(new CreateCollectionCommand({ CollectionId: 'crowd' }));
  });
  afterAll(() => stack.stop());

  const index = () =>
    stack.rekognition.send(
      new IndexFacesCommand({ CollectionId: 'crowd', Image: { Bytes: photograph } }),
    );

  it('lists while photographs wait, and turns away whom it could not answer in time', async () => {
    await index();
    let answered = 0;
    // Three are in hand, of which one is looked at, and three wait: the others are too many.
    const crowd = Array.from({ length: 10 }, () =>
      failure(index().finally(() => answered++)).catch(() => undefined),
    );
    const list = await stack.rekognition.send(new ListFacesCommand({ CollectionId: 'crowd' }));
    expect(list.Faces).toHaveLength(3);
    expect(answered).toBeLessThan(10);
    const refused = (await Promise.all(crowd)).filter((error) => error !== undefined);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(5);
    for (const error of refused) {
      expect(error).toEqual({
        name: 'ThrottlingException',
        message: 'Slow down; sudden increase in rate of requests.',
        status: 400,
      });
    }
  });

  it('has its errors under their names, and goes on after them', async () => {
    const damaged = photograph.subarray(0, photograph.length / 2);
    const detect = (Bytes: Uint8Array) =>
      stack.rekognition.send(new DetectFacesCommand({ Image: { Bytes } }));
    expect(await failure(detect(damaged))).toMatchObject({ name: 'InvalidImageFormatException' });
    expect((await detect(photograph)).FaceDetails).toHaveLength(3);
  });
});
