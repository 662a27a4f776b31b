/**
 * What EventBridge is on AWS: every outcome of an upload as an event, one line of JSON each, in a file of the
 * data folder, and over HTTP to whoever follows (`curl -N http://127.0.0.1:8000/events`).
 *
 * A file that has grown large is put aside as the one before (`outcomes.1.ndjson`), and the one that was
 * before it goes. Of people who are deleted the lines are overwritten where they are, with fewer members and
 * spaces to the same length, so that followers keep their places.
 */
import { EventEmitter, once } from 'node:events';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readFile, rename, stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Outcome, Outcomes } from '../../functions/uploads/outcome.ts';
import { OUTCOME_SOURCE, OUTCOME_TYPE, outcomeDetail } from '../../functions/uploads/outcome.ts';
import type { Present } from '../../layers/records/index.ts';
import { storeError } from '../emulators/storage/index.ts';
import { type OutcomeEvent, withoutTheDeleted } from './forgetting.ts';
import { isSealed, sealed } from './sealed-event.ts';

export interface OutcomeLogOptions {
  readonly file: string;
  readonly account: string;
  readonly region: string;
  readonly clock?: () => Date;
  /** Bytes at which a file is put aside. Default 32 MiB. */
  readonly largest?: number;
}

const LARGEST = 32 * 1024 * 1024;
/** Only the owner may read what became of photographs. */
const MODE = 0o600;

/** A place in the log: how often the file had been put aside, and bytes into the one of then. */
interface Place {
  epoch: number;
  sent: number;
}

export class OutcomeLog implements Outcomes {
  readonly #options: OutcomeLogOptions;
  readonly #events = new EventEmitter<{ line: []; end: [] }>();
  readonly #followers = new Set<Promise<void>>();
  #handle: FileHandle;
  /** Bytes that are in the file, in whole lines. */
  #size: number;
  #epoch = 1;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  private constructor(options: OutcomeLogOptions, handle: FileHandle, size: number) {
    this.#options = options;
    this.#handle = handle;
    this.#size = size;
    this.#events.setMaxListeners(0);
  }

  /** @throws StoreError */
  static async open(options: OutcomeLogOptions): Promise<OutcomeLog> {
    const { file } = options;
    try {
      const handle = await open(file, 'a+', MODE);
      let { size } = await handle.stat();
      const last = Buffer.alloc(1);
      if (size > 0) await handle.read(last, 0, 1, size - 1);
      // The end of a line that a crash cut off; what it was about is told again.
      if (size > 0 && last.toString() !== '\n') size += (await handle.write('\n')).bytesWritten;
      return new OutcomeLog(options, handle, size);
    } catch (cause) {
      throw storeError(file, cause);
    }
  }

  /** One after the other, so that lines stay whole. */
  publish(outcome: Outcome): Promise<void> {
    return this.tell(OUTCOME_TYPE, JSON.parse(outcomeDetail(outcome)));
  }

  /** Another event. @param detail as JSON has it */
  tell(type: string, detail: object): Promise<void> {
    return this.#inTurn(() => this.#write(type, detail));
  }

  /**
   * Overwrites what is said of faces, users and collections that are gone.
   * @param presentIn who is there in a collection, by its id; undefined for one that is gone
   */
  forget(presentIn: (collectionId: string) => Present | undefined): Promise<void> {
    return this.#inTurn(async () => {
      for (const file of [this.#before, this.#options.file]) await overwrite(file, presentIn);
    });
  }

  /**
   * Sends events until the client goes away or the log is closed.
   * @param fromStart with those that there are already
   */
  async follow(response: ServerResponse, fromStart: boolean): Promise<void> {
    const following = this.#follow(response, fromStart);
    this.#followers.add(following);
    await following.finally(() => this.#followers.delete(following));
  }

  /** Ends all that follow, and lets nobody follow any more. */
  async endFollowers(): Promise<void> {
    this.#closed = true;
    this.#events.emit('end');
    await Promise.allSettled(this.#followers);
  }

  async close(): Promise<void> {
    await this.endFollowers();
    await this.#last;
    await this.#handle.close();
  }

  /** The file that was put aside. */
  get #before(): string {
    const { dir, name, ext } = path.parse(this.#options.file);
    return path.join(dir, `${name}.1${ext}`);
  }

  #inTurn(task: () => Promise<void>): Promise<void> {
    const done = this.#last.then(task);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #write(type: string, detail: object): Promise<void> {
    const { account, region, largest = LARGEST, clock = () => new Date() } = this.#options;
    const event = sealed({
      version: '0',
      'detail-type': type,
      source: OUTCOME_SOURCE,
      account,
      time: clock().toISOString(),
      region,
      resources: [],
      detail,
    });
    const line = Buffer.from(`${JSON.stringify(event)}\n`);
    if (this.#size > 0 && this.#size + line.length > largest) await this.#putAside();
    try {
      await this.#handle.appendFile(line);
      await this.#handle.datasync();
    } catch (cause) {
      // Half a line would make the next one unreadable.
      await this.#handle.truncate(this.#size).catch(() => undefined);
      throw storeError(this.#options.file, cause);
    }
    this.#size += line.length;
    this.#events.emit('line');
  }

  async #putAside(): Promise<void> {
    await this.#handle.close();
    await rename(this.#options.file, this.#before);
    this.#handle = await open(this.#options.file, 'a+', MODE);
    this.#epoch += 1;
    this.#size = 0;
  }

  async #follow(response: ServerResponse, fromStart: boolean): Promise<void> {
    const place: Place = fromStart
      ? { epoch: this.#epoch - 1, sent: 0 }
      : { epoch: this.#epoch, sent: this.#size };
    const gone = new AbortController();
    const stop = () => gone.abort();
    response.once('close', stop);
    this.#events.once('end', stop);
    response.writeHead(200, {
      'content-type': 'application/x-ndjson',
      'cache-control': 'no-store',
    });
    response.flushHeaders();
    try {
      while (!gone.signal.aborted && !this.#closed) {
        const { file, end } = await this.#next(place);
        if (end > place.sent) {
          const input = createReadStream(file, { start: place.sent, end: end - 1 });
          for await (const line of createInterface({ input })) {
            // What is no event, or another one than was written, is not told.
            if (!isSound(line)) continue;
            const isTaken = response.write(`${line.trimEnd()}\n`);
            if (!isTaken) await once(response, 'drain', { signal: gone.signal });
          }
          place.sent = end;
        } else if (place.epoch < this.#epoch) {
          place.epoch += 1;
          place.sent = 0;
        } else if (this.#size === place.sent) {
          await once(this.#events, 'line', { signal: gone.signal });
        }
      }
    } catch (error) {
      if (!gone.signal.aborted) throw error;
    } finally {
      this.#events.off('end', stop);
      response.end();
    }
  }

  /** Where a follower reads on, and how far. Whoever is far behind has missed what has gone. */
  async #next(place: Place): Promise<{ file: string; end: number }> {
    if (place.epoch === this.#epoch) return { file: this.#options.file, end: this.#size };
    if (place.epoch < this.#epoch - 1) Object.assign(place, { epoch: this.#epoch - 1, sent: 0 });
    const size = await stat(this.#before).then(
      (found) => found.size,
      () => 0,
    );
    return { file: this.#before, end: size };
  }
}

function isSound(line: string): boolean {
  try {
    return isSealed(JSON.parse(line));
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** The numbers, from 1, of the lines of a log that are not what was written. */
export async function damagedLines(file: string): Promise<number[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text
    .split('\n')
    .flatMap((line, i) => (line.trim() === '' || isSound(line) ? [] : [i + 1]));
}

/** Overwrites lines of a file in place. Doing it twice, or dying in between, does no harm. */
async function overwrite(
  file: string,
  presentIn: (collectionId: string) => Present | undefined,
): Promise<void> {
  const text = await readFile(file).catch(() => undefined);
  if (text === undefined || text.length === 0) return;
  const handle = await open(file, 'r+');
  try {
    let isChanged = false;
    for (let start = 0; start < text.length; ) {
      const found = text.indexOf('\n', start);
      const end = found < 0 ? text.length : found;
      const line = text.subarray(start, end);
      const next = await rewritten(line, presentIn);
      if (!next.equals(line)) {
        await handle.write(next, 0, next.length, start);
        isChanged = true;
      }
      start = end + 1;
    }
    if (isChanged) await handle.datasync();
  } finally {
    await handle.close();
  }
}

/** The line with as many bytes. What is no event, which a crash may leave, is blotted out. */
async function rewritten(
  line: Buffer,
  presentIn: (collectionId: string) => Present | undefined,
): Promise<Buffer> {
  let event: OutcomeEvent;
  try {
    event = JSON.parse(line.toString());
    if (typeof event.detail !== 'object') return line;
  } catch {
    return Buffer.alloc(line.length, ' ');
  }
  const next = await withoutTheDeleted(event, presentIn);
  if (next === event) return line;
  const bytes = Buffer.from(JSON.stringify(sealed(next)));
  const padded = Buffer.alloc(line.length, ' ');
  // Fewer members are never longer; if ever they were, nothing is better than too much.
  if (bytes.length <= padded.length) bytes.copy(padded);
  else padded.write('{}');
  return padded;
}
