/**
 * The file of an export while it grows. Each page is a gzip member of its own, appended and on the disk before
 * the state says so; what a crash left behind it is cut off. Under its own name there is only a whole file.
 */
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Failure } from '../cli/index.ts';
import { type ExportedLine, lineOf, Tally } from './format.ts';
import { linesOf } from './read.ts';
import { forgetState, readState, writeState } from './state.ts';

interface State {
  readonly subject: string;
  /** Of the file, that count. */
  readonly bytes: number;
  /** Where the next page begins. */
  readonly token: string;
}

const compress = promisify(gzip);

export class ExportFile {
  readonly #file: string;
  readonly #subject: string;
  readonly #handle: FileHandle;
  readonly tally: Tally;
  #bytes: number;
  /** Where the next page begins; undefined for the first. */
  #token: string | undefined;

  private constructor(
    file: string,
    subject: string,
    handle: FileHandle,
    begun: { readonly tally: Tally; readonly bytes: number; readonly token: string | undefined },
  ) {
    this.#file = file;
    this.#subject = subject;
    this.#handle = handle;
    this.tally = begun.tally;
    this.#bytes = begun.bytes;
    this.#token = begun.token;
  }

  /** @throws Failure if the file is there already; TransferStateError */
  static async open(file: string, subject: string): Promise<ExportFile> {
    if (await exists(file)) {
      throw new Failure(`${file} is there already; name another with --output, or delete it.`);
    }
    const isBegun = await exists(partialOf(file));
    const state = isBegun ? await readState<State>(stateOf(file), subject) : undefined;
    const handle = await open(partialOf(file), state === undefined ? 'w' : 'r+');
    const tally = new Tally();
    if (state !== undefined) {
      await handle.truncate(state.bytes);
      for await (const { text, line } of linesOf(partialOf(file))) tally.add(text, line);
    }
    return new ExportFile(file, subject, handle, {
      tally,
      bytes: state?.bytes ?? 0,
      token: state?.token,
    });
  }

  get token(): string | undefined {
    return this.#token;
  }

  /** @param token where the page after this one begins */
  async append(lines: readonly ExportedLine[], token: string): Promise<void> {
    await this.#write(lines);
    await writeState<State>(stateOf(this.#file), {
      subject: this.#subject,
      bytes: this.#bytes,
      token,
    });
    this.#token = token;
  }

  /** The last page, and the file gets its name. */
  async finish(lines: readonly ExportedLine[]): Promise<void> {
    await this.#write(lines);
    await this.#write([{ End: this.tally.end() }]);
    await rename(partialOf(this.#file), this.#file);
    await forgetState(stateOf(this.#file));
  }

  /** An export that came to nothing leaves nothing. */
  async close(): Promise<void> {
    await this.#handle.close();
    if (this.#bytes === 0) await rm(partialOf(this.#file), { force: true });
  }

  async #write(lines: readonly ExportedLine[]): Promise<void> {
    if (lines.length === 0) return;
    const texts = lines.map(lineOf);
    texts.forEach((text, i) => {
      const line = lines[i];
      if (line !== undefined) this.tally.add(text, line);
    });
    const member = await compress(texts.join(''));
    await this.#handle.write(member, 0, member.length, this.#bytes);
    await this.#handle.sync();
    this.#bytes += member.length;
  }
}

const partialOf = (file: string) => `${file}.partial`;
const stateOf = (file: string) => `${file}.partial.json`;

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
