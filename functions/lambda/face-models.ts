/**
 * The face models of a stack: those that Recollect brings, and those that its owner has added, which synthesis
 * writes into every bundle in place of a constant. A network that is too large for the layer is an object in S3,
 * read into memory on its first use and checked against its SHA-256.
 */
import { createHash } from 'node:crypto';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import {
  BUILT_IN_ENTRIES,
  DEFAULT_FACE_MODEL,
  type FaceModelEntry,
  FaceModels,
  type ModelLoader,
} from '../../layers/inference/index.ts';

/** Set when the functions are bundled; not there where the sources run as they are. */
declare const ADDED_FACE_MODELS: readonly FaceModelEntry[];

/** The object is not the network that was checked when the stack was made. */
export class ModelObjectError extends Error {
  override readonly name = 'ModelObjectError';
}

export function entries(): readonly FaceModelEntry[] {
  return typeof ADDED_FACE_MODELS === 'undefined'
    ? BUILT_IN_ENTRIES
    : [...BUILT_IN_ENTRIES, ...ADDED_FACE_MODELS];
}

/** For functions that only have to know how long vectors are. */
export function installed(): FaceModels {
  return new FaceModels(entries(), DEFAULT_FACE_MODEL);
}

const OBJECT = /^s3:\/\/([^/]+)\/(.+)$/;

/** Reads networks whose file is `s3://bucket/key`; those of the layer are left to the layer. */
export function loader(faceModels: FaceModels, client: () => S3Client): ModelLoader {
  return async (file) => {
    const [, Bucket, Key] = OBJECT.exec(file) ?? [];
    if (Bucket === undefined || Key === undefined) return undefined;
    const expected = faceModels.entries.find(({ embedder }) => embedder.file === file)?.embedder;
    const { Body } = await client().send(new GetObjectCommand({ Bucket, Key }));
    const bytes = await Body?.transformToByteArray();
    const digest = createHash('sha256')
      .update(bytes ?? '')
      .digest('hex');
    if (bytes === undefined || digest !== expected?.sha256) {
      throw new ModelObjectError(
        `${file} has the SHA-256 ${digest}, not ${expected?.sha256}: deploy the stack again.`,
      );
    }
    return bytes;
  };
}
