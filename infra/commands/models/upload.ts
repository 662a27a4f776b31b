/** Puts networks into the bucket of a stack, under their SHA-256, unless they are there. */
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { HeadObjectCommand, NotFound, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { megabytes, verify } from '../../models/download.ts';
import {
  type InstalledModel,
  modelsFolder,
  NETWORK,
  readInstalled,
} from '../../models/installed.ts';
import { Failure, type Surroundings, withProgress } from '../cli/index.ts';
import { environmentsOf } from '../operate/open.ts';

/** @throws Failure where there is no such model, or the stack has no bucket for models */
export async function upload(
  versions: readonly string[],
  { data, stack }: { readonly data: string; readonly stack: string },
  surroundings: Surroundings,
): Promise<undefined> {
  const installed = await readInstalled(data);
  const chosen = versions.map((version) => {
    const model = installed.find((each) => each.version === version);
    if (model === undefined) throw new Failure(`There is no face model ${version} in ${data}.`);
    return model;
  });
  const bucket = await bucketOf(stack);
  const s3 = new S3Client({});
  try {
    for (const model of chosen) {
      const size = megabytes(model.embedder.bytes);
      const isNew = await withProgress(
        surroundings,
        () => `Putting ${model.version} (${size}) into ${bucket}`,
        () => put(s3, bucket, model, data),
      );
      surroundings.print(
        `The face model ${model.version} ${isNew ? 'is now' : 'was already'} in ${bucket}.`,
      );
    }
  } finally {
    s3.destroy();
  }
}

/** @returns whether it was not there yet */
export async function put(
  s3: S3Client,
  Bucket: string,
  { version, embedder: { bytes, sha256 } }: InstalledModel,
  data: string,
): Promise<boolean> {
  const Key = `${sha256}.onnx`;
  const file = path.join(modelsFolder(data), version, NETWORK);
  try {
    const { ContentLength } = await s3.send(new HeadObjectCommand({ Bucket, Key }));
    if (ContentLength === bytes) return false;
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
  }
  await verify(file, { bytes, sha256 }, file);
  // S3 refuses what is not what was signed.
  const ChecksumSHA256 = Buffer.from(sha256, 'hex').toString('base64');
  const Body = createReadStream(file);
  await s3.send(new PutObjectCommand({ Bucket, Key, Body, ContentLength: bytes, ChecksumSHA256 }));
  return true;
}

async function bucketOf(stack: string): Promise<string> {
  let isThere = false;
  for await (const { MODEL_BUCKET: bucket } of environmentsOf(stack)) {
    isThere = true;
    if (bucket) return bucket;
  }
  throw new Failure(
    isThere
      ? `The stack ${stack} has no bucket for models: all of them are in its layer. Deploy it with -c faceModels=... if one is missing.`
      : `There is no stack ${stack} with functions of Recollect in this region.`,
  );
}
