/**
 * What an import has done so far, so that it can be interrupted anywhere: a line of JSON for every photograph
 * that was answered for. A line that a crash cut off does not count; that photograph is sent again, which
 * stores nothing twice.
 */
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Failure } from '../cli/index.ts';

export interface JournalEntry {
  readonly name: string;
  readonly version: string;
  readonly faces: number;
  /** Of a photograph that was rejected. */
  readonly rejected?: { readonly code: string; readonly message: string };
  /** Why the largest face was not associated with its user. */
  readonly userProblem?: string;
}

export interface Totals {
  readonly photographs: number;
  readonly faces: number;
  readonly rejected: number;
  readonly userProblems: number;
}

/** A journal is of another import. */
export class JournalError extends Failure {
  override readonly name = 'JournalError';
}

export class Journal {
  readonly file: string;
  readonly #handle: FileHandle;
  /** By name: the version that is done. */
  readonly #done: Map<string, string>;
  #totals: Totals;
  #last: Promise<void> = Promise.resolve();

  private constructor(file: string, handle: FileHandle, done: Map<string, string>, totals: Totals) {
    this.file = file;
    this.#handle = handle;
    this.#done = done;
    this.#totals = totals;
  }

  /**
   * @param subject says what is imported, and where; a journal serves one
   * @param retryRejected whether what was rejected counts as not done
   * @throws JournalError
   */
  static async open(file: string, subject: string, retryRejected: boolean): Promise<Journal> {
    await mkdir(path.dirname(file), { recursive: true });
    const handle = await open(file, 'a+');
    const { size } = await handle.stat();
    const entries = new Map<string, JournalEntry>();
    if (size === 0) await handle.appendFile(`${JSON.stringify({ import: subject })}\n`);
    else {
      if (!(await endsWithNewline(handle, size))) await handle.appendFile('\n');
      const first = await readEntries(file, (entry) => entries.set(entry.name, entry));
      if (first !== subject) {
        await handle.close();
        throw new JournalError(`${file} is the journal of another import: ${first}`);
      }
    }
    const counted = [...entries.values()].filter((entry) => !(retryRejected && entry.rejected));
    const done = new Map(counted.map(({ name, version }) => [name, version]));
    const totals = counted.reduce(add, { photographs: 0, faces: 0, rejected: 0, userProblems: 0 });
    return new Journal(file, handle, done, totals);
  }

  get totals(): Totals {
    return this.#totals;
  }

  isDone(name: string, version: string): boolean {
    return this.#done.get(name) === version;
  }

  /** One after the other, so that lines stay whole. */
  write(entry: JournalEntry): Promise<void> {
    this.#totals = add(this.#totals, entry);
    this.#last = this.#last.then(() => this.#handle.appendFile(`${JSON.stringify(entry)}\n`));
    return this.#last;
  }

  /** What is rejected as of now, the last word on each photograph. */
  async rejected(): Promise<JournalEntry[]> {
    const rejected = new Map<string, JournalEntry>();
    await readEntries(this.file, (entry) => {
      if (entry.rejected) rejected.set(entry.name, entry);
      else rejected.delete(entry.name);
    });
    return [...rejected.values()];
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#handle.close();
  }
}

function add(totals: Totals, { faces, rejected, userProblem }: JournalEntry): Totals {
  return {
    photographs: totals.photographs + 1,
    faces: totals.faces + faces,
    rejected: totals.rejected + (rejected ? 1 : 0),
    userProblems: totals.userProblems + (userProblem === undefined ? 0 : 1),
  };
}

/** @returns the subject */
async function readEntries(
  file: string,
  take: (entry: JournalEntry) => void,
): Promise<string | undefined> {
  let subject: string | undefined;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const parsed = parse(line);
    if (parsed === undefined) continue;
    if ('import' in parsed) subject = String(parsed.import);
    else if ('name' in parsed) take(parsed as JournalEntry);
  }
  return subject;
}

function parse(line: string): object | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}

async function endsWithNewline(handle: FileHandle, size: number): Promise<boolean> {
  const last = Buffer.alloc(1);
  await handle.read(last, 0, 1, size - 1);
  return last.toString() === '\n';
}
