/** The photographs of an upgrade: each as it is sent, and what says which faces are of it. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Image } from '@aws-sdk/client-rekognition';
import { GetObjectCommand, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import { imageId } from '../../../functions/common/identity.ts';
import { FolderSource } from '../import/folder-source.ts';
import { inlineImage } from '../import/inline-image.ts';
import type { SourceAddress } from '../import/request.ts';
import { S3Source } from '../import/s3-source.ts';
import { type Photograph, UnusableError } from '../import/source.ts';

export interface FoundPhotograph {
  readonly name: string;
  /** What the faces of it have in common. @throws UnusableError, and the system's error */
  key(): Promise<string>;
  /** For a request. @throws UnusableError, and the system's error */
  image(): Promise<Image>;
}

export const PLACEHOLDER = '{ExternalImageId}';

/** All that there are; faces are known by their ImageId, which is that of the bytes. */
export async function* byBytes(
  source: SourceAddress,
  s3: () => S3Client,
): AsyncGenerator<FoundPhotograph> {
  if (source.kind === 'folder') {
    for await (const { name, image } of new FolderSource(source.folder).photographs()) {
      let read: Promise<Image> | undefined;
      const once = () => (read ??= image());
      yield {
        name,
        key: async () => imageId((await once()).Bytes ?? new Uint8Array()),
        image: once,
      };
    }
    return;
  }
  const client = s3();
  for await (const photograph of new S3Source(client, source.bucket, source.prefix).photographs()) {
    yield { ...named(photograph), key: async () => imageId(await objectOf(client, photograph)) };
  }
}

/** For each ExternalImageId the one that the template names. */
export function* byTemplate(
  source: SourceAddress,
  template: string,
  externalImageIds: Iterable<string>,
): Generator<FoundPhotograph> {
  for (const id of externalImageIds) {
    const name = template.replaceAll(PLACEHOLDER, id);
    const key = async () => id;
    if (source.kind === 'folder') {
      const file = path.join(source.folder, name);
      yield { name, key, image: async () => ({ Bytes: await inlineImage(await readFile(file)) }) };
    } else {
      const Name = source.prefix === '' ? name : `${source.prefix.replace(/\/$/, '')}/${name}`;
      yield { name, key, image: async () => ({ S3Object: { Bucket: source.bucket, Name } }) };
    }
  }
}

function named({ name, image }: Photograph) {
  return { name, image };
}

/** The service reads the object itself; here its bytes only say which it is. */
async function objectOf(s3: S3Client, { name, image }: Photograph): Promise<Uint8Array> {
  const { S3Object: { Bucket, Name } = {} } = await image();
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: Name }));
    return (await Body?.transformToByteArray()) ?? new Uint8Array();
  } catch (error) {
    if (!(error instanceof NoSuchKey)) throw error;
    throw new UnusableError('NoSuchKey', `The object ${name} is gone.`, { cause: error });
  }
}
