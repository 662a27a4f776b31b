/**
 * The bytes of an Image member: inline, or an object in S3.
 *
 * What cannot be read from S3, for whatever reason, is one error to the caller: the service says as little
 * about other people's buckets.
 */
import type { GetObjectCommandInput, GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { GetObjectCommand, S3ServiceException } from '@aws-sdk/client-s3';
import type { Infer, members } from '../../layers/protocol/index.ts';
import { ServiceError } from '../../layers/protocol/index.ts';
import { download } from './download.ts';
import { INVALID_PARAMETERS } from './texts.ts';

type Image = Infer<typeof members.Image>;
type S3Object = Infer<typeof members.S3Object>;

/** 15 MB, as documented for images in S3. */
const LARGEST_OBJECT = 15 * 1024 * 1024;

/** Of an object that is named by half. */
export const INVALID_OBJECT = 'Request has invalid S3 object.';

export class ImageLoader {
  readonly #s3: S3Client;
  readonly #reserve: () => Promise<void>;

  /** @param reserve resolves when an object may be loaded into memory */
  constructor(s3: S3Client, reserve: () => Promise<void> = async () => undefined) {
    this.#s3 = s3;
    this.#reserve = reserve;
  }

  /** @throws ServiceError InvalidParameter-, InvalidS3Object-, ImageTooLarge-, ProvisionedThroughputExceededException */
  async load({ Bytes, S3Object }: Image): Promise<Uint8Array> {
    if ((Bytes === undefined) === (S3Object === undefined)) {
      throw new ServiceError('InvalidParameterException', INVALID_PARAMETERS);
    }
    return Bytes ?? this.#loadObject(S3Object ?? {});
  }

  async #loadObject({ Bucket, Name, Version }: S3Object): Promise<Uint8Array> {
    if (Bucket === undefined || Name === undefined) {
      throw new ServiceError('InvalidS3ObjectException', INVALID_OBJECT);
    }
    const address = { Bucket, Key: Name, ...(Version === undefined ? {} : { VersionId: Version }) };
    await this.#reserve();
    return download(
      () => this.#get(address),
      async ({ Body }) => (await Body?.transformToByteArray()) ?? new Uint8Array(),
    );
  }

  async #get(address: GetObjectCommandInput): Promise<GetObjectCommandOutput> {
    let object: GetObjectCommandOutput;
    try {
      object = await this.#s3.send(new GetObjectCommand(address));
    } catch (error) {
      throw objectError(error);
    }
    if ((object.ContentLength ?? 0) > LARGEST_OBJECT) {
      object.Body?.transformToWebStream().cancel();
      throw new ServiceError('ImageTooLargeException', 'Image size is too large.');
    }
    return object;
  }
}

/** What an error of S3, or of its SDK, is called in the API. */
export function objectError(error: unknown): unknown {
  if (isUnaddressable(error)) {
    return new ServiceError('InvalidS3ObjectException', INVALID_OBJECT, { cause: error });
  }
  if (!(error instanceof S3ServiceException)) return error;
  const status = error.$metadata.httpStatusCode ?? 500;
  if (status === 503 || status === 429) {
    const text = 'S3 download limit exceeded.';
    return new ServiceError('ProvisionedThroughputExceededException', text, { cause: error });
  }
  if (status >= 500) return error;
  const text =
    'Unable to get object metadata from S3. Check object key, region and/or access permissions.';
  return new ServiceError('InvalidS3ObjectException', text, { cause: error });
}

/** The SDK finds no URL for the object: half a surrogate pair in its key, or no such form of bucket. */
function isUnaddressable(error: unknown): boolean {
  return error instanceof URIError || (error instanceof Error && error.name === 'EndpointError');
}
