/**
 * A queue as SQS's standard queues are: what was sent is delivered at least once, after any crash; a
 * message that was received is invisible for a while and comes again unless it is deleted; one that came
 * too often goes to the dead letters.
 *
 * Messages are in a store, in the order in which they were sent. No other process works on
 * them, so that whatever was received when this one ended comes again at once.
 */
import { randomUUID } from 'node:crypto';
import type { Range, Store, Write } from '../storage/index.ts';

export interface Message {
  readonly id: string;
  readonly body: string;
  /** Message attributes of type String. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly sentAt: number;
  /** How often it was received, this time included. */
  readonly receiveCount: number;
  readonly firstReceivedAt: number;
}

export interface Received extends Message {
  /** With which this reception is ended. */
  readonly receipt: string;
}

export interface QueueOptions {
  readonly store: Store;
  readonly name: string;
  /** Milliseconds for which a message that was received is invisible. */
  readonly visibilityTimeout: number;
  /** Where a message goes that was received so often. */
  readonly redrive?: { readonly to: LocalQueue; readonly maxReceiveCount: number };
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
}

interface Stored extends Message {
  /** Milliseconds since the epoch; 0 for one that nobody has received. */
  readonly visibleAt: number;
}

export class LocalQueue {
  readonly #options: QueueOptions;
  /** What the keys of the messages begin with. */
  readonly #prefix: string;
  readonly #clock: () => number;
  readonly #listeners = new Set<() => void>();
  /** Receptions run one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  #sequence = 0;

  private constructor(options: QueueOptions) {
    this.#options = options;
    this.#clock = options.clock ?? Date.now;
    this.#prefix = `!queue-${options.name}!`;
  }

  static async open(options: QueueOptions): Promise<LocalQueue> {
    const queue = new LocalQueue(options);
    for await (const [key, message] of queue.#messages()) {
      if (message.visibleAt > 0) await queue.#put(key, { ...message, visibleAt: 0 });
    }
    return queue;
  }

  get name(): string {
    return this.#options.name;
  }

  get visibilityTimeout(): number {
    return this.#options.visibilityTimeout;
  }

  /** @returns the id of the message */
  async send(body: string, attributes: Readonly<Record<string, string>> = {}): Promise<string> {
    const id = randomUUID();
    const sentAt = this.#clock();
    const message = { id, body, attributes, sentAt, receiveCount: 0, firstReceivedAt: 0 };
    await this.#put(this.#newKey(), { ...message, visibleAt: 0 });
    this.#tell();
    return id;
  }

  /**
   * @param limit the most messages to receive
   * @param visibilityTimeout milliseconds
   */
  receive(limit: number, visibilityTimeout = this.visibilityTimeout): Promise<Received[]> {
    const received = this.#last.then(() => this.#receive(limit, visibilityTimeout));
    this.#last = received.catch(() => undefined);
    return received;
  }

  /** Nothing happens if the message was received again since, or is gone. */
  async delete(receipt: string): Promise<void> {
    const { key, message } = await this.#held(receipt);
    if (message !== undefined) await this.#options.store.commit([{ type: 'del', key }]);
  }

  /** Makes a message that was received visible after so many milliseconds from now. */
  async changeVisibility(receipt: string, timeout: number): Promise<void> {
    const { key, message } = await this.#held(receipt);
    if (message === undefined) return;
    await this.#put(key, { ...message, visibleAt: this.#clock() + timeout });
    if (timeout === 0) this.#tell();
  }

  /** How many messages could be received now, and how many are invisible. */
  async counts(): Promise<{ readonly visible: number; readonly invisible: number }> {
    const now = this.#clock();
    let visible = 0;
    let invisible = 0;
    for await (const [, { visibleAt }] of this.#messages()) {
      if (visibleAt <= now) visible++;
      else invisible++;
    }
    return { visible, invisible };
  }

  /** Calls back whenever a message may have become visible, except by the clock. */
  onMessage(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #receive(limit: number, visibilityTimeout: number): Promise<Received[]> {
    const { redrive } = this.#options;
    const now = this.#clock();
    const received: Received[] = [];
    for await (const [key, message] of this.#messages()) {
      if (received.length === limit) break;
      if (message.visibleAt > now) continue;
      if (redrive !== undefined && message.receiveCount >= redrive.maxReceiveCount) {
        await this.#move(key, message, redrive.to);
        continue;
      }
      const next: Stored = {
        ...message,
        receiveCount: message.receiveCount + 1,
        firstReceivedAt: message.firstReceivedAt || now,
        visibleAt: now + visibilityTimeout,
      };
      await this.#put(key, next);
      received.push({ ...next, receipt: `${key.slice(this.#prefix.length)}#${next.receiveCount}` });
    }
    return received;
  }

  /** In one change, so that the message is in either queue and never in both. */
  async #move(key: string, message: Stored, to: LocalQueue): Promise<void> {
    await this.#options.store.commit([
      { type: 'del', key },
      { type: 'put', key: to.#newKey(), value: { ...message, visibleAt: 0 } },
    ]);
    to.#tell();
  }

  async #held(receipt: string): Promise<{ key: string; message: Stored | undefined }> {
    const [name = '', count] = receipt.split('#');
    const key = this.#prefix + name;
    const message = (await this.#options.store.get(key)) as Stored | undefined;
    const isSame = message !== undefined && String(message.receiveCount) === count;
    return { key, message: isSame ? message : undefined };
  }

  /** Ascends with time; a clock that is set back puts messages before others, and loses none. */
  #newKey(): string {
    this.#sequence += 1;
    const time = String(this.#clock()).padStart(15, '0');
    return `${this.#prefix}${time}-${String(this.#sequence).padStart(10, '0')}-${randomUUID().slice(0, 8)}`;
  }

  /** All messages, in the order in which they were sent. */
  async *#messages(): AsyncGenerator<readonly [key: string, message: Stored]> {
    const range: Range = { gte: this.#prefix, lt: `${this.#prefix}~` };
    for await (const chunk of this.#options.store.entries(range)) {
      for (const [key, message] of chunk) yield [key, message as Stored];
    }
  }

  #put(key: string, value: Stored): Promise<void> {
    const write: Write = { type: 'put', key, value };
    return this.#options.store.commit([write]);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
