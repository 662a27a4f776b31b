/** The video that a job is about: an object in S3, read by ranges and only as it was when the job began. */
import type { S3Client } from '@aws-sdk/client-s3';
import { GetObjectCommand, HeadObjectCommand, S3ServiceException } from '@aws-sdk/client-s3';
import type { Infer, members } from '../../layers/protocol/index.ts';
import { ServiceError } from '../../layers/protocol/index.ts';
import type { VideoRequest } from '../../layers/records/index.ts';
import { VideoError, type VideoSource } from '../../layers/video/index.ts';
import { download } from '../common/download.ts';
import { INVALID_OBJECT, objectError } from '../common/images.ts';
import { INVALID_PARAMETERS } from '../common/texts.ts';

type Video = Infer<typeof members.Video>;

export type VideoHead = Pick<VideoRequest, 'bucket' | 'name' | 'version' | 'etag' | 'size'>;

/** 10 GB, as documented. */
export const LARGEST_VIDEO = 10 * 1024 ** 3;

export class VideoObjects {
  readonly #s3: S3Client;

  constructor(s3: S3Client) {
    this.#s3 = s3;
  }

  /**
   * Looks whether there is such an object.
   * @throws ServiceError InvalidParameter-, InvalidS3Object-, VideoTooLarge-, ProvisionedThroughputExceededException
   */
  async head({ S3Object }: Video): Promise<VideoHead> {
    if (S3Object === undefined) {
      throw new ServiceError('InvalidParameterException', INVALID_PARAMETERS);
    }
    const { Bucket: bucket, Name: name, Version: version } = S3Object;
    if (bucket === undefined || name === undefined) {
      throw new ServiceError('InvalidS3ObjectException', INVALID_OBJECT);
    }
    const address = addressOf({ bucket, name, version });
    try {
      const { ETag, ContentLength = 0 } = await this.#s3.send(new HeadObjectCommand(address));
      if (ContentLength > LARGEST_VIDEO) {
        throw new ServiceError('VideoTooLargeException', 'Video size is too large.');
      }
      return { bucket, name, version, etag: ETag ?? '', size: ContentLength };
    } catch (error) {
      throw error instanceof ServiceError ? error : objectError(error);
    }
  }

  /** @returns a source that fails with a VideoError once the object is another one, or gone */
  source(head: VideoHead, signal: AbortSignal): VideoSource {
    return {
      size: head.size,
      read: (start, end) => this.#read(head, start, end, signal),
      close: async () => undefined,
    };
  }

  async #read(
    head: VideoHead,
    start: number,
    end: number,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    try {
      const command = new GetObjectCommand({
        ...addressOf(head),
        IfMatch: head.etag,
        Range: `bytes=${start}-${end - 1}`,
      });
      return await download(
        () => this.#s3.send(command, { abortSignal: signal }),
        async ({ Body }) => (await Body?.transformToByteArray()) ?? new Uint8Array(),
      );
    } catch (error) {
      signal.throwIfAborted();
      throw changeOf(error) ?? error;
    }
  }
}

function addressOf({ bucket, name, version }: Pick<VideoHead, 'bucket' | 'name' | 'version'>) {
  return { Bucket: bucket, Key: name, ...(version === undefined ? {} : { VersionId: version }) };
}

/** What has become of an object that was there when the job began. */
function changeOf(cause: unknown): VideoError | undefined {
  if (!(cause instanceof S3ServiceException)) return undefined;
  switch (cause.$metadata.httpStatusCode) {
    case 412:
      return new VideoError('The object has been overwritten since the job was started.', {
        cause,
      });
    case 404:
      return new VideoError('The object has been deleted since the job was started.', { cause });
    case 403:
      return new VideoError('The object may not be read any more.', { cause });
    default:
      return undefined;
  }
}
