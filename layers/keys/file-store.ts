/**
 * Access keys in a folder: `<id>.json` for each, readable by its owner alone (folder 0700, files 0600).
 *
 * A file appears whole or not at all and never changes, so a server may read while keys are created and
 * revoked. A process that dies may leave a `.tmp` file behind, which is never read.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, mkdir, open, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import type { AccessKey, KeyDescription } from '../protocol/index.ts';
import { DamagedKeyError, decodeKey, describeKey, encodeKey, isKeyId } from '../protocol/index.ts';
import type { KeyStore } from './store.ts';
import { byCreation, KeyExistsError, UnknownKeyError } from './store.ts';

const SUFFIX = '.json';

export class FileKeyStore implements KeyStore {
  readonly #folder: string;

  /** @param folder made by the first key */
  constructor(folder: string) {
    this.#folder = folder;
  }

  async create(key: AccessKey): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const temporary = path.join(this.#folder, `${randomUUID()}.tmp`);
    try {
      const file = await open(temporary, 'wx', 0o600);
      try {
        await file.writeFile(withSum(encodeKey(key)));
        await file.sync();
      } finally {
        await file.close();
      }
      // Unlike a rename, a link takes nobody's place.
      await link(temporary, this.#file(key.id));
    } catch (error) {
      throw hasCode(error, 'EEXIST') ? new KeyExistsError(key.id, { cause: error }) : error;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async find(id: string): Promise<AccessKey | undefined> {
    return this.findNow(id);
  }

  /**
   * {@link find} for those who cannot wait; a file of some hundred bytes takes microseconds.
   * @throws DamagedKeyError
   */
  findNow(id: string): AccessKey | undefined {
    // What is not an id might be a path out of the folder.
    if (!isKeyId(id)) return undefined;
    try {
      return decodeKey(id, withoutSum(id, readFileSync(this.#file(id), 'utf8')));
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  async list(): Promise<KeyDescription[]> {
    const names = await readdir(this.#folder).catch((error: unknown) => {
      if (hasCode(error, 'ENOENT')) return [];
      throw error;
    });
    return names
      .filter((name) => name.endsWith(SUFFIX))
      .flatMap((name) => this.findNow(name.slice(0, -SUFFIX.length)) ?? [])
      .map(describeKey)
      .sort(byCreation);
  }

  async revoke(id: string): Promise<void> {
    if (!isKeyId(id)) throw new UnknownKeyError(id);
    try {
      await rm(this.#file(id));
    } catch (error) {
      throw hasCode(error, 'ENOENT') ? new UnknownKeyError(id, { cause: error }) : error;
    }
  }

  #file(id: string): string {
    return path.join(this.#folder, id + SUFFIX);
  }
}

/** A bit that flips on the disk must not make another key of it. */
function withSum(text: string): string {
  return `${text}\n${crc32(text).toString(16)}\n`;
}

/** Earlier versions wrote no checksum. @throws DamagedKeyError */
function withoutSum(id: string, stored: string): string {
  const [text = '', sum, end, ...more] = stored.split('\n');
  if (sum === undefined) return text;
  const isSound = sum === crc32(text).toString(16) && end === '' && more.length === 0;
  if (!isSound) throw new DamagedKeyError(id);
  return text;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
