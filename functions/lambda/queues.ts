/** Sending work to the queues. */
import type { SQSClient } from '@aws-sdk/client-sqs';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { FoldRequest, PurgeRequest } from './messages.ts';

/**
 * Two requests to fold the same tail within this time are one; the second finds nothing that the first,
 * or the next one, does not fold. Within SQS's own five minutes.
 */
const FOLD_PERIOD_MS = 30_000;

export interface QueueOptions {
  readonly client: SQSClient;
  /** URL of the FIFO queue. */
  readonly foldQueue: string;
  readonly purgeQueue: string;
  readonly clock: () => number;
}

export class Queues {
  readonly #options: QueueOptions;
  /** By group, the last request that went out from here. */
  readonly #sent = new Map<string, string>();

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** Folds of one index run one after the other, those of different ones side by side. */
  async fold(request: FoldRequest): Promise<void> {
    const { client, foldQueue, clock } = this.#options;
    const group = `${request.generation}-${request.index}`;
    const deduplication = `${group}-${Math.floor(clock() / FOLD_PERIOD_MS)}`;
    if (this.#sent.get(group) === deduplication) return;
    await client.send(
      new SendMessageCommand({
        QueueUrl: foldQueue,
        MessageBody: JSON.stringify(request),
        MessageGroupId: group,
        MessageDeduplicationId: deduplication,
      }),
    );
    this.#sent.set(group, deduplication);
  }

  async purge(request: PurgeRequest): Promise<void> {
    const { client, purgeQueue } = this.#options;
    await client.send(
      new SendMessageCommand({ QueueUrl: purgeQueue, MessageBody: JSON.stringify(request) }),
    );
  }
}
