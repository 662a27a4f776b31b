/** Objects under a prefix, which the service reads itself: their bytes do not come here. */
import type { S3Client } from '@aws-sdk/client-s3';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { PassedOver } from './passed-over.ts';
import { IMAGE, type Photograph, type Source } from './source.ts';

export class S3Source implements Source {
  readonly #s3: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  constructor(s3: S3Client, bucket: string, prefix: string) {
    this.#s3 = s3;
    this.#bucket = bucket;
    this.#prefix = prefix;
  }

  async *photographs(
    tell: (passed: PassedOver) => void = () => undefined,
  ): AsyncGenerator<Photograph> {
    let ContinuationToken: string | undefined;
    do {
      const page = await this.#s3.send(
        new ListObjectsV2Command({
          Bucket: this.#bucket,
          Prefix: this.#prefix,
          ContinuationToken,
        }),
      );
      for (const { Key = '', ETag = '' } of page.Contents ?? []) {
        const name = Key.slice(this.#prefix.length).replace(/^\//, '') || Key;
        if (!IMAGE.test(Key)) {
          // What ends with a slash stands for a folder.
          if (!Key.endsWith('/')) tell({ name, why: 'ending' });
          continue;
        }
        yield {
          name,
          version: async () => ETag,
          weight: async () => 0,
          image: async () => ({ S3Object: { Bucket: this.#bucket, Name: Key } }),
        };
      }
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
  }
}
