/**
 * The DynamoDB table: consistent reads, conditional writes, transactions, and the retries they need.
 *
 * Retried here, with full jitter, until {@link RetryPolicy.budget} is spent: throttling, and transactions
 * that met another one on the same item. A condition that does not hold is an answer, not a failure.
 */
import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import type {
  DynamoDBDocumentClient,
  QueryCommandInput,
  TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { BusyError } from './errors.ts';
import type { Key } from './keys.ts';

export type Item = Key & { readonly [attribute: string]: unknown };

/** A condition on the item that stands under the key of a write. */
export interface Condition {
  readonly condition?: string;
  readonly values?: Readonly<Record<string, unknown>>;
  /** Whether a {@link Refusal} shall carry the item that stands there. */
  readonly returnOld?: boolean;
}

/** One write of a transaction. */
export type Write =
  | (Condition & { readonly put: Item })
  | (Condition & { readonly update: Key; readonly expression: string })
  | (Condition & { readonly remove: Key })
  | (Condition & { readonly check: Key });

/** Why an item of a transaction was refused; `item` is what stood there, if the write asked for it. */
export interface Refusal {
  readonly item?: Item | undefined;
}

export interface RetryPolicy {
  /** Milliseconds from the first attempt after which a failure is final. */
  readonly budget: number;
  /** Milliseconds; the wait before attempt n is uniform in 0..min(longest, first * 2^n). */
  readonly first: number;
  readonly longest: number;
}

export interface TableOptions {
  readonly client: DynamoDBDocumentClient;
  readonly name: string;
  readonly retry?: RetryPolicy;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
  /** Milliseconds. */
  readonly clock?: () => number;
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

const DEFAULT_RETRY: RetryPolicy = { budget: 8_000, first: 20, longest: 800 };

/** Limits of the DynamoDB API. */
const BATCH_GET = 100;
const BATCH_WRITE = 25;
const PARALLEL_BATCHES = 8;

export class Table {
  readonly #client: DynamoDBDocumentClient;
  readonly #name: string;
  readonly #retry: RetryPolicy;
  readonly #random: () => number;
  readonly #clock: () => number;
  readonly #sleep: (milliseconds: number) => Promise<void>;

  constructor(options: TableOptions) {
    this.#client = options.client;
    this.#name = options.name;
    this.#retry = options.retry ?? DEFAULT_RETRY;
    this.#random = options.random ?? Math.random;
    this.#clock = options.clock ?? Date.now;
    this.#sleep =
      options.sleep ??
      ((milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)));
  }

  async get(key: Key): Promise<Item | undefined> {
    const { Item: item } = await this.#patiently(() =>
      this.#client.send(new GetCommand({ TableName: this.#name, Key: key, ConsistentRead: true })),
    );
    return item as Item | undefined;
  }

  /** Writes an item. @returns false if the condition does not hold */
  async put(item: Item, condition: string, values: Record<string, unknown> = {}): Promise<boolean> {
    try {
      await this.#patiently(() =>
        this.#client.send(
          new PutCommand({
            TableName: this.#name,
            Item: item,
            ConditionExpression: condition,
            ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}),
          }),
        ),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  /**
   * The items of a partition in the order of their sort keys, read consistently, page after page as the
   * database cuts them.
   */
  async *query(
    pk: string,
    options: {
      readonly after?: string | undefined;
      readonly attributes?: readonly string[];
      readonly equals?: Readonly<Record<string, string>>;
      readonly pageSize?: number;
    } = {},
  ): AsyncGenerator<Item[]> {
    const { after, attributes, equals = {}, pageSize } = options;
    const names = new Map<string, string>();
    const alias = (attribute: string) => {
      const short = `#${names.size}`;
      names.set(short, attribute);
      return short;
    };
    const filters = Object.keys(equals).map((attribute, i) => `${alias(attribute)} = :f${i}`);
    const projection = attributes?.map(alias).join(', ');
    const input: QueryCommandInput = {
      TableName: this.#name,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: {
        ':pk': pk,
        ...Object.fromEntries(Object.values(equals).map((value, i) => [`:f${i}`, value])),
      },
      ...(names.size > 0 ? { ExpressionAttributeNames: Object.fromEntries(names) } : {}),
      ...(filters.length > 0 ? { FilterExpression: filters.join(' AND ') } : {}),
      ...(projection === undefined ? {} : { ProjectionExpression: projection }),
      ...(pageSize === undefined ? {} : { Limit: pageSize }),
    };
    let start: Record<string, unknown> | undefined =
      after === undefined ? undefined : { pk, sk: after };
    do {
      const page = await this.#patiently(() =>
        this.#client.send(
          new QueryCommand({
            ...input,
            ...(start === undefined ? {} : { ExclusiveStartKey: start }),
          }),
        ),
      );
      yield (page.Items ?? []) as Item[];
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
  }

  /** Whatever exists of the given keys, in no order, read consistently. Keys must differ. */
  async batchGet(keys: readonly Key[], attributes?: readonly string[]): Promise<Item[]> {
    const batches = await inParallel(chunks(keys, BATCH_GET), PARALLEL_BATCHES, (batch) =>
      this.#batchGet(batch, attributes),
    );
    return batches.flat();
  }

  async #batchGet(keys: readonly Key[], attributes?: readonly string[]): Promise<Item[]> {
    const projection = {
      ...(attributes === undefined
        ? {}
        : {
            ProjectionExpression: attributes.map((_, i) => `#${i}`).join(', '),
            ExpressionAttributeNames: Object.fromEntries(
              attributes.map((name, i) => [`#${i}`, name]),
            ),
          }),
    };
    const found: Item[] = [];
    let wanted: readonly Key[] = keys;
    await this.#untilDone(async () => {
      const { Responses, UnprocessedKeys } = await this.#patiently(() =>
        this.#client.send(
          new BatchGetCommand({
            RequestItems: {
              [this.#name]: {
                Keys: wanted.map(({ pk, sk }) => ({ pk, sk })),
                ConsistentRead: true,
                ...projection,
              },
            },
          }),
        ),
      );
      const items = (Responses?.[this.#name] ?? []) as Item[];
      found.push(...items);
      wanted = (UnprocessedKeys?.[this.#name]?.Keys ?? []) as Key[];
      return { done: wanted.length === 0, progress: items.length > 0 };
    });
    return found;
  }

  async batchDelete(keys: readonly Key[]): Promise<void> {
    await inParallel(chunks(keys, BATCH_WRITE), PARALLEL_BATCHES, (batch) =>
      this.#batchDelete(batch),
    );
  }

  async #batchDelete(keys: readonly Key[]): Promise<void> {
    let requests = keys.map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk, sk } } }));
    await this.#untilDone(async () => {
      const before = requests.length;
      const { UnprocessedItems } = await this.#patiently(() =>
        this.#client.send(new BatchWriteCommand({ RequestItems: { [this.#name]: requests } })),
      );
      requests = (UnprocessedItems?.[this.#name] ?? []) as typeof requests;
      return { done: requests.length === 0, progress: requests.length < before };
    });
  }

  /**
   * All of the writes or none.
   * @returns undefined when they were made; else, for each write, its refusal or undefined
   */
  async transact(writes: readonly Write[]): Promise<(Refusal | undefined)[] | undefined> {
    try {
      await this.#patiently(() =>
        this.#client.send(
          new TransactWriteCommand({
            TransactItems: writes.map((write) => transactItem(write, this.#name)),
          }),
        ),
      );
      return undefined;
    } catch (error) {
      const refusals = refusalsOf(error);
      if (refusals === undefined) throw error;
      return refusals;
    }
  }

  /** Runs an attempt until it succeeds, fails for good, or the time for retries is over. */
  async #patiently<T>(attempt: () => Promise<T>): Promise<T> {
    const deadline = this.#clock() + this.#retry.budget;
    for (let tries = 0; ; tries++) {
      try {
        return await attempt();
      } catch (error) {
        if (!isPassing(error)) throw error;
        if (this.#clock() >= deadline) {
          throw new BusyError('The database is busy; try again.', { cause: error });
        }
        await this.#pause(tries);
      }
    }
  }

  /** Repeats a step that may do a part of its work, pausing only where nothing was done. */
  async #untilDone(step: () => Promise<{ done: boolean; progress: boolean }>): Promise<void> {
    const deadline = this.#clock() + this.#retry.budget;
    for (let idle = 0; ; ) {
      const { done, progress } = await step();
      if (done) return;
      if (progress) {
        idle = 0;
        continue;
      }
      if (this.#clock() >= deadline) throw new BusyError('The database is busy; try again.');
      await this.#pause(idle++);
    }
  }

  #pause(tries: number): Promise<void> {
    const { first, longest } = this.#retry;
    return this.#sleep(this.#random() * Math.min(longest, first * 2 ** tries));
  }
}

/** Names of errors that pass by themselves. */
const PASSING = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'TransactionInProgressException',
  'TransactionConflictException',
]);

/** Codes of cancellation reasons that say nothing about the conditions. */
const PASSING_REASONS = new Set([
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);

function isPassing(error: unknown): boolean {
  if (error instanceof TransactionCanceledException) {
    const codes = error.CancellationReasons?.map(({ Code }) => Code ?? 'None') ?? [];
    return (
      codes.some((code) => PASSING_REASONS.has(code)) && !codes.includes('ConditionalCheckFailed')
    );
  }
  return error instanceof Error && PASSING.has(error.name);
}

function refusalsOf(error: unknown): (Refusal | undefined)[] | undefined {
  if (!(error instanceof TransactionCanceledException)) return undefined;
  const reasons = error.CancellationReasons ?? [];
  if (!reasons.some(({ Code }) => Code === 'ConditionalCheckFailed')) return undefined;
  return reasons.map(({ Code, Item: item }) =>
    Code === 'ConditionalCheckFailed'
      ? { item: item === undefined ? undefined : (unmarshall(item) as Item) }
      : undefined,
  );
}

type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

function transactItem(write: Write, TableName: string): TransactItem {
  const shared = {
    TableName,
    ...(write.values === undefined ? {} : { ExpressionAttributeValues: { ...write.values } }),
    ...(write.returnOld ? { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const } : {}),
  };
  const ConditionExpression = write.condition;
  const condition = ConditionExpression === undefined ? {} : { ConditionExpression };
  if ('put' in write) return { Put: { ...shared, ...condition, Item: { ...write.put } } };
  if ('remove' in write) return { Delete: { ...shared, ...condition, Key: { ...write.remove } } };
  if ('update' in write) {
    const Key = { ...write.update };
    return { Update: { ...shared, ...condition, Key, UpdateExpression: write.expression } };
  }
  return { ConditionCheck: { ...shared, ConditionExpression, Key: { ...write.check } } };
}

export function chunks<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size));
}

/** Maps items with at most `limit` calls at once, keeping their order. */
export async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  map: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      const item = items[index];
      if (item !== undefined) results[index] = await map(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
