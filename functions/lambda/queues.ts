/** Sending work to the queues. */
import type { SQSClient } from '@aws-sdk/client-sqs';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { FoldRequest, PurgeRequest } from '../common/services.ts';

/**
 * Two requests to fold the same tail within this time are one; the second finds nothing that the first,
 * or the next one, does not fold. Within SQS's own five minutes.
 */
const FOLD_PERIOD_MS = 30_000;

/**
 * Every search that meets a lost shard asks for it to be made anew, which takes a while: as long as SQS
 * tells repetitions, all of them are one request for each shard. It is none of those above, which trust the
 * shards.
 */
const REPAIR_PERIOD_MS = 300_000;

export interface QueueOptions {
  readonly client: SQSClient;
  /** URL of the FIFO queue; none where nobody asks for folds. */
  readonly foldQueue?: string;
  readonly purgeQueue: string;
  readonly clock: () => number;
}

export class Queues {
  readonly #options: QueueOptions;
  /** By group and kind, the last request that went out from here. */
  readonly #sent = new Map<string, string>();

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** Folds of one index run one after the other, those of different ones side by side. */
  async fold(request: FoldRequest): Promise<void> {
    const { client, foldQueue, clock } = this.#options;
    const group = `${request.generation}-${request.index}`;
    const { lostShard } = request;
    const kind = lostShard === undefined ? group : `${group}-${nameOf(lostShard)}`;
    const period = lostShard === undefined ? FOLD_PERIOD_MS : REPAIR_PERIOD_MS;
    const deduplication = `${kind}-${Math.floor(clock() / period)}`;
    if (this.#sent.get(kind) === deduplication) return;
    await client.send(
      new SendMessageCommand({
        QueueUrl: foldQueue,
        MessageBody: JSON.stringify(request),
        MessageGroupId: group,
        MessageDeduplicationId: deduplication,
      }),
    );
    this.#sent.set(kind, deduplication);
  }

  async purge(request: PurgeRequest): Promise<void> {
    const { client, purgeQueue } = this.#options;
    await client.send(
      new SendMessageCommand({ QueueUrl: purgeQueue, MessageBody: JSON.stringify(request) }),
    );
  }
}

/** The last part of a shard's key, in at most 80 of the characters that SQS takes. */
function nameOf(shardKey: string): string {
  const name = shardKey.slice(shardKey.lastIndexOf('/') + 1);
  return name.replace(/[^A-Za-z0-9]/g, '-').slice(0, 80);
}
