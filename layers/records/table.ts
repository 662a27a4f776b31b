/**
 * The DynamoDB table: consistent reads, conditional writes, transactions.
 *
 * Throttling, and transactions that met another one on the same item, are tried again (`retries.ts`). A
 * condition that does not hold is an answer, not a failure.
 */
import { randomUUID } from 'node:crypto';
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
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { chunks, inParallel } from './batches.ts';
import type { IdRange } from './id-ranges.ts';
import type { Key } from './keys.ts';
import type { Retries } from './retries.ts';

export type Item = Key & { readonly [attribute: string]: unknown };

/** A condition on the item that stands under the key of a write. */
export interface Condition {
  readonly condition?: string;
  readonly values?: Readonly<Record<string, unknown>>;
  /** For attributes whose names are words of the expression language. */
  readonly names?: Readonly<Record<string, string>>;
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

export interface TableOptions {
  readonly client: DynamoDBDocumentClient;
  readonly name: string;
  readonly retries: Retries;
}

/** Limits of the DynamoDB API. */
const BATCH_GET = 100;
const BATCH_WRITE = 25;
const PARALLEL_BATCHES = 8;

export class Table {
  readonly #client: DynamoDBDocumentClient;
  readonly #name: string;
  readonly #retries: Retries;

  constructor({ client, name, retries }: TableOptions) {
    this.#client = client;
    this.#name = name;
    this.#retries = retries;
  }

  async get(key: Key): Promise<Item | undefined> {
    const { Item: item } = await this.#retries.untilAnswered(() =>
      this.#client.send(new GetCommand({ TableName: this.#name, Key: key, ConsistentRead: true })),
    );
    return item as Item | undefined;
  }

  /** Writes an item. @returns false if the condition does not hold */
  async put(item: Item, condition: string, values: Record<string, unknown> = {}): Promise<boolean> {
    try {
      await this.#retries.untilAnswered(() =>
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

  /** Changes an item. @returns false if the condition does not hold */
  async update(
    key: Key,
    {
      expression,
      condition,
      values,
    }: {
      readonly expression: string;
      readonly condition: string;
      readonly values: Readonly<Record<string, unknown>>;
    },
  ): Promise<boolean> {
    try {
      await this.#retries.untilAnswered(() =>
        this.#client.send(
          new UpdateCommand({
            TableName: this.#name,
            Key: key,
            UpdateExpression: expression,
            ConditionExpression: condition,
            ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: { ...values } }),
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
      readonly pageSize?: number;
      /** Default: the whole partition. */
      readonly range?: IdRange | undefined;
    } = {},
  ): AsyncGenerator<Item[]> {
    const { after, attributes, pageSize, range } = options;
    const input: QueryCommandInput = {
      TableName: this.#name,
      ConsistentRead: true,
      ...(range === undefined
        ? { KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': pk } }
        : {
            KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
            ExpressionAttributeValues: { ':pk': pk, ':from': range.from, ':to': range.to },
          }),
      ...projection(attributes),
      ...(pageSize === undefined ? {} : { Limit: pageSize }),
    };
    let start: Record<string, unknown> | undefined =
      after === undefined ? undefined : { pk, sk: after };
    do {
      const page = await this.#retries.untilAnswered(() =>
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
    const found: Item[] = [];
    let remaining: readonly Key[] = keys;
    await this.#retries.untilDone(async () => {
      const { Responses, UnprocessedKeys } = await this.#retries.untilAnswered(() =>
        this.#client.send(
          new BatchGetCommand({
            RequestItems: {
              [this.#name]: {
                Keys: remaining.map(({ pk, sk }) => ({ pk, sk })),
                ConsistentRead: true,
                ...projection(attributes),
              },
            },
          }),
        ),
      );
      const items = (Responses?.[this.#name] ?? []) as Item[];
      found.push(...items);
      remaining = (UnprocessedKeys?.[this.#name]?.Keys ?? []) as Key[];
      return { done: remaining.length === 0, progress: items.length > 0 };
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
    await this.#retries.untilDone(async () => {
      const before = requests.length;
      const { UnprocessedItems } = await this.#retries.untilAnswered(() =>
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
    // One token for all attempts: an attempt that is still in progress may yet commit, and its repetition
    // must then be answered by that commit, not be refused because of it.
    const ClientRequestToken = randomUUID();
    try {
      await this.#retries.untilAnswered(() =>
        this.#client.send(
          new TransactWriteCommand({
            TransactItems: writes.map((write) => transactItem(write, this.#name)),
            ClientRequestToken,
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
}

/** Which attributes are read; all of them if none is named. */
function projection(attributes: readonly string[] | undefined) {
  if (attributes === undefined) return {};
  return {
    ProjectionExpression: attributes.map((_, i) => `#${i}`).join(', '),
    ExpressionAttributeNames: Object.fromEntries(attributes.map((name, i) => [`#${i}`, name])),
  };
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
    ...(write.names === undefined ? {} : { ExpressionAttributeNames: { ...write.names } }),
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
