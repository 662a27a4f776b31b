/**
 * A folder with all that is in it, as deep as it goes. Names are taken as bytes, and what cannot be read ends
 * nothing but itself.
 */
import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { bytesOf, textOf } from './file-name.ts';
import { inlineImage, weightOf } from './inline-image.ts';
import type { PassedOver } from './passed-over.ts';
import { IMAGE, type Photograph, type Source, UnusableError } from './source.ts';
import { inWords } from './words.ts';

type Tell = (passed: PassedOver) => void;

export class FolderSource implements Source {
  readonly #folder: Buffer;

  constructor(folder: string) {
    this.#folder = Buffer.from(folder);
  }

  /** @throws the system's error if the folder itself cannot be read */
  async *photographs(tell: Tell = () => undefined): AsyncGenerator<Photograph> {
    for await (const name of this.#below('', await this.#entries(''), tell)) {
      const file = this.#path(name);
      yield {
        name,
        version: async () => {
          const { size, mtimeMs } = await stat(file);
          return `${size}-${Math.trunc(mtimeMs)}`;
        },
        weight: async () => weightOf((await stat(file)).size),
        image: async () => {
          const bytes = await readFile(file);
          if (bytes.length === 0) throw new UnusableError('EmptyFile', 'The file is empty.');
          return { Bytes: await inlineImage(bytes) };
        },
      };
    }
  }

  async *#below(folder: string, entries: Dirent<Buffer>[], tell: Tell): AsyncGenerator<string> {
    const named = entries.map((entry) => ({ entry, text: textOf(entry.name) }));
    named.sort((a, b) => (a.text < b.text ? -1 : 1));
    for (const { entry, text } of named) {
      const name = folder === '' ? text : `${folder}/${text}`;
      if (text.startsWith('.')) tell({ name, why: 'hidden' });
      else if (entry.isDirectory()) yield* this.#inside(name, tell);
      else if (entry.isSymbolicLink() && !(await this.#leadsToFile(name))) {
        tell({ name, why: 'link' });
      } else if (!entry.isSymbolicLink() && !entry.isFile()) tell({ name, why: 'special' });
      else if (!IMAGE.test(text)) tell({ name, why: 'ending' });
      else yield name;
    }
  }

  async *#inside(name: string, tell: Tell): AsyncGenerator<string> {
    let entries: Dirent<Buffer>[];
    try {
      entries = await this.#entries(name);
    } catch (error) {
      tell({ name, why: 'unreadable', reason: inWords(error) });
      return;
    }
    yield* this.#below(name, entries, tell);
  }

  #entries(name: string): Promise<Dirent<Buffer>[]> {
    return readdir(this.#path(name), { withFileTypes: true, encoding: 'buffer' });
  }

  #path(name: string): Buffer {
    if (name === '') return this.#folder;
    return Buffer.concat([this.#folder, Buffer.from('/'), bytesOf(name)]);
  }

  /** Links to files count, links to folders could go in circles. */
  async #leadsToFile(name: string): Promise<boolean> {
    const target = await stat(this.#path(name)).catch(() => undefined);
    return target?.isFile() ?? false;
  }
}
