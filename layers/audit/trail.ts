/**
 * The trail in a DynamoDB table of its own, to which those who write may add and nothing else.
 *
 * | pk          | sk                      | what                                        |
 * |-------------|-------------------------|---------------------------------------------|
 * | CHAIN#chain | sequence, twelve digits | `text`, the line; `expires`, for the TTL     |
 *
 * A process writes to one chain, one line after the other; a line stands under the number that follows the
 * last, on the condition that nothing does. So two who write to one chain, which is rare, put their lines one
 * behind the other: who loses looks for the end again.
 */
import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchWriteCommand,
  DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import { TrailBusyError } from './errors.ts';
import { type AuditEntry, BEGINNING, follow, type Head, hashOf } from './line.ts';

export interface TrailOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** For how long a line is kept at least. */
  readonly days: number;
  /** How many chains there are; each process chooses one of them by chance. */
  readonly chains: number;
  readonly clock?: () => Date;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
}

/** Lines of one chain, and where it goes on. */
export interface TrailPage {
  readonly lines: readonly string[];
  /** Undefined at the end of the last chain. */
  readonly next: Position | undefined;
}

export interface Position {
  readonly chain: number;
  /** The sequence after which to begin. */
  readonly after: number;
}

const DAY_S = 24 * 60 * 60;
const ATTEMPTS = 20;
const BATCH_WRITE = 25;

export class Trail {
  readonly #client: DynamoDBDocumentClient;
  readonly #options: TrailOptions;
  readonly #clock: () => Date;
  readonly #chain: string;
  #head: Head | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: TrailOptions) {
    this.#options = options;
    this.#clock = options.clock ?? (() => new Date());
    this.#client = DynamoDBDocumentClient.from(options.client, {
      marshallOptions: { removeUndefinedValues: true },
    });
    const random = options.random ?? Math.random;
    this.#chain = chainName(Math.floor(random() * options.chains));
  }

  /** Adds lines in their order. Resolves when they are kept. @throws TrailBusyError, and the database's errors */
  append(entries: readonly AuditEntry[]): Promise<void> {
    const written = this.#last.then(async () => {
      for (const entry of entries) await this.#append(entry);
    });
    // What failed for one request must not fail the next.
    this.#last = written.catch(() => {
      this.#head = undefined;
    });
    return written;
  }

  async #append(entry: AuditEntry): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const before = this.#head ?? (await this.#readHead());
      const expires = Math.floor(this.#clock().getTime() / 1000) + this.#options.days * DAY_S;
      const { text, head } = follow(this.#chain, before, entry, expires);
      try {
        await this.#client.send(
          new PutCommand({
            TableName: this.#options.table,
            Item: { ...keyOf(this.#chain, head.sequence), text, expires: head.expires },
            ConditionExpression: 'attribute_not_exists(pk)',
          }),
        );
        this.#head = head;
        return;
      } catch (error) {
        this.#head = undefined;
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        // Perhaps this very line, by an attempt whose answer was lost.
        const now = await this.#readHead();
        if (now.hash === head.hash) {
          this.#head = now;
          return;
        }
      }
    }
    throw new TrailBusyError(this.#chain);
  }

  async #readHead(): Promise<Head> {
    const { Items: items = [] } = await this.#client.send(
      new QueryCommand({
        TableName: this.#options.table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': partition(this.#chain) },
        ScanIndexForward: false,
        Limit: 1,
      }),
    );
    const [item] = items;
    if (item === undefined) return BEGINNING;
    const { sk, text, expires } = item;
    return { sequence: Number(sk), hash: hashOf(String(text)), expires: Number(expires) };
  }

  /** Lines that have not expired, chain after chain. @param most at least 1 */
  async read({ chain, after }: Position, most: number): Promise<TrailPage> {
    const name = chainName(chain);
    const { Items: items = [], LastEvaluatedKey: goesOn } = await this.#client.send(
      new QueryCommand({
        TableName: this.#options.table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND sk > :after',
        ExpressionAttributeValues: { ':pk': partition(name), ':after': sortKey(after) },
        Limit: most,
      }),
    );
    const now = this.#clock().getTime() / 1000;
    const lines = items
      .filter(({ expires }) => Number(expires) > now)
      .map(({ text }) => String(text));
    const last = items.at(-1);
    if (goesOn !== undefined && last !== undefined) {
      return { lines, next: { chain, after: Number(last['sk']) } };
    }
    const next = chain + 1 < this.#options.chains ? { chain: chain + 1, after: 0 } : undefined;
    return { lines, next };
  }

  /** Deletes what has expired, where no TTL does. @returns how many lines */
  async forget(): Promise<number> {
    let forgotten = 0;
    for (let chain = 0; chain < this.#options.chains; chain++) {
      for (;;) {
        const keys = await this.#expired(chainName(chain));
        if (keys.length === 0) break;
        await this.#client.send(
          new BatchWriteCommand({
            RequestItems: {
              [this.#options.table]: keys.map((Key) => ({ DeleteRequest: { Key } })),
            },
          }),
        );
        forgotten += keys.length;
      }
    }
    return forgotten;
  }

  /** The oldest lines, as far as they have expired; never the last, from which the chain goes on. */
  async #expired(chain: string): Promise<{ pk: string; sk: string }[]> {
    const { Items: items = [] } = await this.#client.send(
      new QueryCommand({
        TableName: this.#options.table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': partition(chain) },
        Limit: BATCH_WRITE + 1,
      }),
    );
    const now = this.#clock().getTime() / 1000;
    return items
      .slice(0, -1)
      .filter(({ expires }) => Number(expires) <= now)
      .map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) }));
  }
}

const chainName = (chain: number) => String(chain).padStart(2, '0');
const partition = (chain: string) => `CHAIN#${chain}`;
const sortKey = (sequence: number) => String(sequence).padStart(12, '0');
const keyOf = (chain: string, sequence: number) => ({
  pk: partition(chain),
  sk: sortKey(sequence),
});
