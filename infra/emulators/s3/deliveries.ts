/**
 * Telling somebody of the changes in a bucket, at least once and in their order.
 *
 * The event of a change is stored with the change and forgotten once it is delivered, so a crash between
 * the two delivers it at the next start. What cannot be delivered is tried again.
 */
import type { S3EventRecord } from 'aws-lambda';
import type { Metadata } from './storage/metadata.ts';

export interface Notification {
  readonly bucket: string;
  /** Resolves when whoever is told will not forget it. */
  deliver(record: S3EventRecord): Promise<void>;
}

const PAGE = 100;
const RETRY_MS = 1000;

export class Deliveries {
  readonly #metadata: Pick<Metadata, 'pendingEvents' | 'forgetEvent'>;
  readonly #notification: Notification | undefined;
  readonly #onFault: (error: unknown) => void;
  #running: Promise<void> | undefined;
  #asked = false;
  #stopped = false;
  #retry: NodeJS.Timeout | undefined;

  constructor(
    metadata: Pick<Metadata, 'pendingEvents' | 'forgetEvent'>,
    notification: Notification | undefined,
    onFault: (error: unknown) => void,
  ) {
    this.#metadata = metadata;
    this.#notification = notification;
    this.#onFault = onFault;
  }

  isFor(bucket: string): boolean {
    return this.#notification?.bucket === bucket;
  }

  /** Delivers what waits, unless that is being done already. */
  begin(): void {
    this.#asked = true;
    if (this.#stopped || this.#notification === undefined) return;
    this.#running ??= this.#run(this.#notification).finally(() => {
      this.#running = undefined;
      if (this.#asked) this.begin();
    });
  }

  /** Ends after the event in progress; the others are delivered after the next start. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#retry);
    await this.#running;
  }

  async #run(notification: Notification): Promise<void> {
    try {
      while (this.#asked && !this.#stopped) {
        this.#asked = false;
        await this.#deliverAll(notification);
      }
    } catch (error) {
      this.#onFault(error);
      this.#retry = setTimeout(() => this.begin(), RETRY_MS);
    }
  }

  async #deliverAll({ deliver }: Notification): Promise<void> {
    for (;;) {
      const events = await this.#metadata.pendingEvents(PAGE);
      for (const event of events) {
        if (this.#stopped) return;
        await deliver(event);
        await this.#metadata.forgetEvent(event);
      }
      if (events.length < PAGE) return;
    }
  }
}
