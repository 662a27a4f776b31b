/** The objects of the upload bucket: reading them, and what becomes of them once they are indexed. */
import type { GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  NoSuchKey,
  NotFound,
  PutObjectTaggingCommand,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { ServiceError } from '../../layers/protocol/index.ts';
import { download } from '../common/download.ts';

/** What tells one version of an object from another. */
export interface ObjectHead {
  /** Without quotes. */
  readonly etag: string;
  /** Milliseconds since the epoch; S3 knows seconds. */
  readonly modified: number;
  /** By name without `x-amz-meta-`, in lower case. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface UploadedObject extends ObjectHead {
  readonly bytes: Uint8Array;
  readonly size: number;
}

/** 15 MB, as documented for images in S3. */
const LARGEST_OBJECT = 15 * 1024 * 1024;

/** The key of the tag that says what became of an object. */
export const OUTCOME_TAG = 'recollect';

export class UploadedObjects {
  readonly #s3: S3Client;

  constructor(s3: S3Client) {
    this.#s3 = s3;
  }

  /**
   * The object as it is now.
   * @returns undefined if there is none
   * @throws ServiceError ImageTooLargeException, and what S3 throws
   */
  async read(bucket: string, key: string): Promise<UploadedObject | undefined> {
    return download(
      () => this.#get(bucket, key),
      async (object) =>
        object && {
          ...headOf(object),
          bytes: (await object.Body?.transformToByteArray()) ?? new Uint8Array(),
          size: object.ContentLength ?? 0,
        },
    );
  }

  async #get(bucket: string, key: string): Promise<GetObjectCommandOutput | undefined> {
    let object: GetObjectCommandOutput;
    try {
      object = await this.#s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
    if ((object.ContentLength ?? 0) > LARGEST_OBJECT) {
      await object.Body?.transformToWebStream().cancel();
      throw new ServiceError('ImageTooLargeException', 'Image size is too large.');
    }
    return object;
  }

  /** @returns undefined if there is no such object now */
  async head(bucket: string, key: string): Promise<ObjectHead | undefined> {
    try {
      return headOf(await this.#s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key })));
    } catch (error) {
      if (error instanceof NotFound) return undefined;
      throw error;
    }
  }

  /** Deletes the object unless it has been overwritten since. */
  async delete(bucket: string, key: string, etag: string): Promise<void> {
    try {
      await this.#s3.send(
        new DeleteObjectCommand({ Bucket: bucket, Key: key, IfMatch: `"${etag}"` }),
      );
    } catch (error) {
      if (!isGone(error) && !isReplaced(error)) throw error;
    }
  }

  /** Sets the tag {@link OUTCOME_TAG}, beside the others that the object has. */
  async tag(bucket: string, key: string, value: string): Promise<void> {
    const address = { Bucket: bucket, Key: key };
    try {
      const { TagSet = [] } = await this.#s3.send(new GetObjectTaggingCommand(address));
      const others = TagSet.filter((tag) => tag.Key !== OUTCOME_TAG);
      const Tagging = { TagSet: [...others, { Key: OUTCOME_TAG, Value: value }] };
      await this.#s3.send(new PutObjectTaggingCommand({ ...address, Tagging }));
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
}

function headOf({
  ETag = '',
  LastModified,
  Metadata = {},
}: Pick<GetObjectCommandOutput, 'ETag' | 'LastModified' | 'Metadata'>): ObjectHead {
  return {
    etag: ETag.replaceAll('"', ''),
    modified: LastModified?.getTime() ?? 0,
    metadata: Metadata,
  };
}

function isGone(error: unknown): boolean {
  return error instanceof S3ServiceException && error.name === 'NoSuchKey';
}

function isReplaced(error: unknown): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 412;
}
