/** Where photographs are imported from: a folder with all that is in it, or the objects under a prefix in S3. */
import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Image } from '@aws-sdk/client-rekognition';
import type { S3Client } from '@aws-sdk/client-s3';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { inlineImage } from './inline-image.ts';

export interface Photograph {
  /** Below the folder or the prefix, with slashes. */
  readonly name: string;
  /** Another one when the photograph has been replaced. */
  version(): Promise<string>;
  /** For a request. @throws the system's error for a file that cannot be read */
  image(): Promise<Image>;
}

export interface Source {
  /** Always in the same order, as far as it has not changed. */
  photographs(): AsyncGenerator<Photograph>;
}

const IMAGE = /\.(jpe?g|png)$/i;

/** Files that look like JPEG or PNG by their names; hidden ones and folders are left out. */
export class FolderSource implements Source {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async *photographs(): AsyncGenerator<Photograph> {
    for await (const name of this.#names('')) {
      const file = path.join(this.#folder, name);
      yield {
        name,
        version: async () => {
          const { size, mtimeMs } = await stat(file);
          return `${size}-${Math.trunc(mtimeMs)}`;
        },
        image: async () => ({ Bytes: await inlineImage(await readFile(file)) }),
      };
    }
  }

  async *#names(below: string): AsyncGenerator<string> {
    const entries = await readdir(path.join(this.#folder, below), { withFileTypes: true });
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue;
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) yield* this.#names(name);
      else if (IMAGE.test(entry.name) && (await this.#isFile(entry, name))) yield name;
    }
  }

  /** Links to files count, links to folders could go in circles. */
  async #isFile(entry: Dirent, name: string): Promise<boolean> {
    if (!entry.isSymbolicLink()) return entry.isFile();
    const target = await stat(path.join(this.#folder, name)).catch(() => undefined);
    return target?.isFile() ?? false;
  }
}

/** Objects that the service reads itself: their bytes do not come here. */
export class S3Source implements Source {
  readonly #s3: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  constructor(s3: S3Client, bucket: string, prefix: string) {
    this.#s3 = s3;
    this.#bucket = bucket;
    this.#prefix = prefix;
  }

  async *photographs(): AsyncGenerator<Photograph> {
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
        if (!IMAGE.test(Key)) continue;
        yield {
          name: Key.slice(this.#prefix.length).replace(/^\//, '') || Key,
          version: async () => ETag,
          image: async () => ({ S3Object: { Bucket: this.#bucket, Name: Key } }),
        };
      }
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
  }
}
