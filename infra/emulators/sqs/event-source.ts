/**
 * What Lambda does between a queue and a function: receives messages, calls the function with them, deletes
 * those that succeeded, and has those that failed come again after the queue's visibility timeout.
 */
import { AsyncResource } from 'node:async_hooks';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { LocalQueue, Received } from './queue.ts';

export interface EventSourceOptions {
  readonly queue: LocalQueue;
  readonly handler: (event: SQSEvent) => Promise<SQSBatchResponse>;
  /** The most calls at once; each has one message. */
  readonly concurrency: number;
  readonly warn: (message: string, error: Error) => void;
}

/** A function here has no deadline: nobody else gets its message while it runs. */
const WHILE_IT_RUNS_MS = 24 * 60 * 60 * 1000;

/** How often a queue is looked at for messages that become visible by the clock. */
const POLL_MS = 500;

export class EventSource {
  readonly #options: EventSourceOptions;
  readonly #running = new Set<Promise<void>>();
  #unsubscribe: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #filling: Promise<void> | undefined;
  #asked = false;

  constructor(options: EventSourceOptions) {
    this.#options = options;
  }

  start(): void {
    // What is delivered is no part of the request that sent it.
    this.#unsubscribe = this.#options.queue.onMessage(AsyncResource.bind(() => this.#fill()));
    this.#timer = setInterval(() => this.#fill(), POLL_MS);
    this.#fill();
  }

  /** How many calls are in progress. */
  get running(): number {
    return this.#running.size;
  }

  /** Waits for the calls in progress; what is in the queue stays there. */
  async stop(): Promise<void> {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    clearInterval(this.#timer);
    await this.#filling;
    await Promise.all(this.#running);
  }

  /** Receives as much as may run. */
  #fill(): void {
    this.#asked = true;
    this.#filling ??= this.#receiveAll()
      .catch((error: Error) => this.#options.warn('A queue could not be read.', error))
      .finally(() => {
        this.#filling = undefined;
      });
  }

  async #receiveAll(): Promise<void> {
    const { queue, concurrency } = this.#options;
    while (this.#asked && this.#unsubscribe !== undefined) {
      this.#asked = false;
      const free = concurrency - this.#running.size;
      if (free === 0) return;
      for (const message of await queue.receive(free, WHILE_IT_RUNS_MS)) this.#call(message);
    }
  }

  #call(message: Received): void {
    const call = this.#deliver(message)
      .catch((error: Error) => this.#options.warn('A message was not answered for.', error))
      .finally(() => {
        this.#running.delete(call);
        this.#fill();
      });
    this.#running.add(call);
  }

  async #deliver(message: Received): Promise<void> {
    const { queue, handler, warn } = this.#options;
    let failed: boolean;
    try {
      const { batchItemFailures } = await handler({ Records: [toRecord(queue, message)] });
      failed = batchItemFailures.length > 0;
    } catch (error) {
      warn('A function died of a message; it comes again.', error as Error);
      failed = true;
    }
    if (failed) await queue.changeVisibility(message.receipt, queue.visibilityTimeout);
    else await queue.delete(message.receipt);
  }
}

function toRecord({ name }: LocalQueue, message: Received): SQSRecord {
  return {
    messageId: message.id,
    receiptHandle: message.receipt,
    body: message.body,
    attributes: {
      ApproximateReceiveCount: String(message.receiveCount),
      SentTimestamp: String(message.sentAt),
      SenderId: 'local',
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    },
    messageAttributes: Object.fromEntries(
      Object.entries(message.attributes).map(([key, stringValue]) => [
        key,
        { stringValue, dataType: 'String' },
      ]),
    ),
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:${name}`,
    awsRegion: 'us-east-1',
  };
}
