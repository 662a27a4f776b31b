/**
 * What EventBridge is on AWS: every outcome of an upload as an event, one line of JSON each, in a file of the
 * data folder, and over HTTP to whoever follows (`curl -N http://127.0.0.1:8000/events`).
 */
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import type { Outcome, Outcomes } from '../../functions/uploads/outcome.ts';
import { OUTCOME_SOURCE, OUTCOME_TYPE, outcomeDetail } from '../../functions/uploads/outcome.ts';

export interface OutcomeLogOptions {
  readonly file: string;
  readonly account: string;
  readonly region: string;
  readonly clock?: () => Date;
}

export class OutcomeLog implements Outcomes {
  readonly #options: OutcomeLogOptions;
  readonly #handle: FileHandle;
  readonly #events = new EventEmitter<{ line: []; end: [] }>();
  readonly #followers = new Set<Promise<void>>();
  /** Bytes that are in the file, in whole lines. */
  #size: number;
  #last: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(options: OutcomeLogOptions, handle: FileHandle, size: number) {
    this.#options = options;
    this.#handle = handle;
    this.#size = size;
    this.#events.setMaxListeners(0);
  }

  static async open(options: OutcomeLogOptions): Promise<OutcomeLog> {
    const handle = await open(options.file, 'a+');
    let { size } = await handle.stat();
    const last = Buffer.alloc(1);
    if (size > 0) await handle.read(last, 0, 1, size - 1);
    // The end of a line that a crash cut off; what it was about is told again.
    if (size > 0 && last.toString() !== '\n') size += (await handle.write('\n')).bytesWritten;
    return new OutcomeLog(options, handle, size);
  }

  /** One after the other, so that lines stay whole. */
  publish(outcome: Outcome): Promise<void> {
    const written = this.#last.then(() => this.#write(outcome));
    this.#last = written.catch(() => undefined);
    return written;
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

  async #write(outcome: Outcome): Promise<void> {
    const { account, region, clock = () => new Date() } = this.#options;
    const event = {
      version: '0',
      id: randomUUID(),
      'detail-type': OUTCOME_TYPE,
      source: OUTCOME_SOURCE,
      account,
      time: clock().toISOString(),
      region,
      resources: [],
      detail: JSON.parse(outcomeDetail(outcome)),
    };
    const line = Buffer.from(`${JSON.stringify(event)}\n`);
    await this.#handle.appendFile(line);
    this.#size += line.length;
    this.#events.emit('line');
  }

  async #follow(response: ServerResponse, fromStart: boolean): Promise<void> {
    let sent = fromStart ? 0 : this.#size;
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
        const end = this.#size;
        if (end === sent) {
          await once(this.#events, 'line', { signal: gone.signal });
          continue;
        }
        const lines = createReadStream(this.#options.file, { start: sent, end: end - 1 });
        for await (const chunk of lines) {
          if (!response.write(chunk)) await once(response, 'drain', { signal: gone.signal });
        }
        sent = end;
      }
    } catch (error) {
      if (!gone.signal.aborted) throw error;
    } finally {
      this.#events.off('end', stop);
      response.end();
    }
  }
}
