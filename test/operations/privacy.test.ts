/** Guarantee 5: no image is ever written to disk or a log, unless its owner put it into a bucket. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  CompareFacesCommand,
  CreateCollectionCommand,
  DetectFacesCommand,
  IndexFacesCommand,
  SearchFacesByImageCommand,
} from '@aws-sdk/client-rekognition';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sample } from '../support/photos.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

/** The files of the data folder that hold a piece of the photograph, as bytes or as base64. */
async function filesWith(photo: Buffer): Promise<string[]> {
  // Compressed data does not compress again, so LevelDB keeps it as it is; a multiple of three bytes at
  // a multiple of three is the same text wherever base64 of the whole has it.
  const piece = photo.subarray(60_000, 60_048);
  const text = Buffer.from(piece.toString('base64'));
  const found: string[] = [];
  for (const entry of await readdir(stack.data, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const bytes = await readFile(path.join(entry.parentPath, entry.name));
    if (bytes.includes(piece) || bytes.includes(text)) found.push(entry.name);
  }
  return found;
}

it('keeps nothing of a photograph that came with a request', async () => {
  const Bytes = await sample(3);
  const [CollectionId, Image] = ['private', { Bytes }];
  const { rekognition } = stack;
  await rekognition.send(new CreateCollectionCommand({ CollectionId }));
  await rekognition.send(new IndexFacesCommand({ CollectionId, Image }));
  await rekognition.send(new SearchFacesByImageCommand({ CollectionId, Image }));
  await rekognition.send(new DetectFacesCommand({ Image }));
  await rekognition.send(new CompareFacesCommand({ SourceImage: Image, TargetImage: Image }));
  expect(await filesWith(Bytes)).toEqual([]);
  expect(JSON.stringify(stack.requests)).not.toContain(Bytes.toString('base64', 60_000, 60_048));

  // The same look finds a photograph that its owner put into a bucket.
  await stack.s3.send(new CreateBucketCommand({ Bucket: 'mine' }));
  await stack.s3.send(new PutObjectCommand({ Bucket: 'mine', Key: 'photo.jpg', Body: Bytes }));
  expect(await filesWith(Bytes)).toHaveLength(1);
});
