/**
 * The face models of a stack: those that Recollect brings, and those that its owner has added, which synthesis
 * writes into every bundle in place of a constant. A network that is too large for the layer is an object in S3,
 * read into memory on its first use and checked against its SHA-256.
 */
import { createHash } from 'node:crypto';
import { GetObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import {
  BUILT_IN_ENTRIES,
  DEFAULT_FACE_MODEL,
  type FaceModelEntry,
  FaceModels,
  type ModelLoader,
} from '../../layers/inference/index.ts';
import { download } from '../common/download.ts';
import { variable } from './environment.ts';

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

/** What networks in the stack's bucket are called, before their key. */
const IN_BUCKET = 's3:';

/** Reads networks whose file is `s3:<key>` from the bucket of the stack; those of the layer are left to the layer. */
export function loader(
  faceModels: FaceModels,
  client: () => S3Client,
  bucket: () => string = () => variable('MODEL_BUCKET'),
): ModelLoader {
  return async (file) => {
    if (!file.startsWith(IN_BUCKET)) return undefined;
    const entry = faceModels.entries.find(({ embedder }) => embedder.file === file);
    const bytes = await read(client(), bucket(), file.slice(IN_BUCKET.length), entry?.version);
    const digest = createHash('sha256').update(bytes).digest('hex');
    if (digest !== entry?.embedder.sha256) {
      throw new ModelObjectError(
        `The face model ${entry?.version} in the bucket has the SHA-256 ${digest}, not ${entry?.embedder.sha256}: recollect models upload`,
      );
    }
    return bytes;
  };
}

async function read(
  client: S3Client,
  Bucket: string,
  Key: string,
  version: string | undefined,
): Promise<Uint8Array> {
  try {
    return await download(
      () => client.send(new GetObjectCommand({ Bucket, Key })),
      async ({ Body, ContentLength = 0 }) => {
        // Into one block of memory: collecting parts first would take it twice.
        const bytes = new Uint8Array(ContentLength);
        let at = 0;
        for await (const chunk of (Body ?? []) as AsyncIterable<Uint8Array>) {
          bytes.set(chunk, at);
          at += chunk.length;
        }
        return bytes.subarray(0, at);
      },
    );
  } catch (cause) {
    if (!(cause instanceof S3ServiceException)) throw cause;
    throw new ModelObjectError(
      `The face model ${version} is not in the bucket of the stack: recollect models upload`,
      { cause },
    );
  }
}
