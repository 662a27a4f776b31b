/** The key of receipts in a folder: `private.pem` for the service alone (0600), `public.pem` for everybody. */
import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { newSigningKey, type SigningKey, type SigningKeyStore, signingKey } from './signing-key.ts';

export class FileSigningKey implements SigningKeyStore {
  readonly #folder: string;

  /** @param folder made by the first use */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Where the public half is, once the key has been made. */
  get publicFile(): string {
    return path.join(this.#folder, 'public.pem');
  }

  async get(): Promise<SigningKey> {
    const file = path.join(this.#folder, 'private.pem');
    const pem = (await textOf(file)) ?? (await this.#create(file));
    const key = signingKey(pem, file);
    if ((await textOf(this.publicFile)) === undefined) {
      await putWhole(this.publicFile, key.publicKey, 0o644);
    }
    return key;
  }

  /** @returns the key that is there then, whoever made it */
  async #create(file: string): Promise<string> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await putWhole(file, newSigningKey(), 0o600);
    return readFile(file, 'utf8');
  }
}

/** The file appears whole, and takes nobody's place. */
async function putWhole(file: string, text: string, mode: number): Promise<void> {
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    const handle = await open(temporary, 'wx', mode);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await link(temporary, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
