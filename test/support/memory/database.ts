/**
 * DynamoDB in memory, for as many calls as a thousand simulated lives make. It knows the operations and
 * expressions that the records use; test/faults/simulation.test.ts lives the same lives over it and over
 * the local DynamoDB, and compares.
 */
import {
  ConditionalCheckFailedException,
  IdempotentParameterMismatchException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Fields } from '../faults.ts';
import type { TestDatabase } from '../tables.ts';
import { databaseClient } from './client.ts';
import { holds, type Operands, projected, updated } from './expressions.ts';

interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** What stands under a key, and what stood there before it was last written, if anything. */
interface Versions {
  readonly now: Fields | undefined;
  readonly before: Fields | undefined;
}

/** By partition, then by sort key. */
type Table = Map<string, Map<string, Versions>>;

const META = { message: 'from the database in memory', $metadata: {} };

export function memoryDatabase(): TestDatabase {
  const tables = new Map<string, Table>();
  /** By token, the requests that have been carried out. */
  const tokens = new Map<string, string>();
  const table = (name: unknown): Table => {
    const found = tables.get(String(name));
    if (found === undefined) throw new RangeError(`There is no table ${name}.`);
    return found;
  };
  const operations: Readonly<Record<string, (input: Fields) => Fields>> = {
    GetItem(input) {
      const item = read(table(input['TableName']), input['Key'] as Key, input);
      return item === undefined ? {} : { Item: copied(item) };
    },
    PutItem(input) {
      const within = table(input['TableName']);
      const item = input['Item'] as Fields & Key;
      if (!isAllowed(input, find(within, item)))
        throw new ConditionalCheckFailedException({ ...META });
      put(within, item);
      return {};
    },
    UpdateItem(input) {
      const { isRefused, apply } = stage({ Update: input }, table);
      if (isRefused) throw new ConditionalCheckFailedException({ ...META });
      apply();
      return {};
    },
    Query: (input) => query(table(input['TableName']), input),
    BatchGetItem(input) {
      const [name, { Keys, ...rest }] = only<Fields & { Keys: Key[] }>(input);
      const within = table(name);
      const items = Keys.map((key) => read(within, key, rest)).filter(isThere);
      const { ProjectionExpression } = rest;
      const answer = items.map((item) =>
        copied(projected(item, ProjectionExpression, operands(rest))),
      );
      return { Responses: { [name]: answer }, UnprocessedKeys: {} };
    },
    BatchWriteItem(input) {
      const [name, requests] = only<{ DeleteRequest: { Key: Key } }[]>(input);
      for (const { DeleteRequest } of requests) remove(table(name), DeleteRequest.Key);
      return { UnprocessedItems: {} };
    },
    TransactWriteItems(input) {
      const token = String(input['ClientRequestToken']);
      const writes = input['TransactItems'] as Record<string, Fields>[];
      const request = JSON.stringify(writes);
      const known = tokens.get(token);
      if (known !== undefined && known !== request)
        throw new IdempotentParameterMismatchException({ ...META });
      if (known === undefined) transact(writes, table);
      tokens.set(token, request);
      return {};
    },
  };
  return {
    connect: () =>
      databaseClient((operation, input) => {
        const serve = operations[operation];
        if (serve === undefined) throw new RangeError(`Nobody serves ${operation}.`);
        return serve(input);
      }),
    async createTable(name) {
      tables.set(name, new Map());
    },
    async scan(name) {
      return [...table(name).values()].flatMap((items) =>
        [...items.values()].flatMap(({ now }) => (now === undefined ? [] : [copied(now)])),
      );
    },
    async close() {
      tables.clear();
    },
  };
}

/** One write of a transaction: what it is of, and what stands there afterwards. */
interface Staged {
  readonly within: Table;
  readonly key: Key;
  readonly isRefused: boolean;
  readonly old: Fields | undefined;
  readonly returnOld: boolean;
  readonly apply: () => void;
}

function transact(
  writes: readonly Record<string, Fields>[],
  table: (name: unknown) => Table,
): void {
  const staged = writes.map((write) => stage(write, table));
  if (staged.some(({ isRefused }) => isRefused)) {
    throw new TransactionCanceledException({
      ...META,
      CancellationReasons: staged.map(({ isRefused, old, returnOld }) => {
        if (!isRefused) return { Code: 'None' };
        const Item = returnOld && old !== undefined ? { Item: marshall(old) } : {};
        return { Code: 'ConditionalCheckFailed', ...Item };
      }),
    });
  }
  for (const { apply } of staged) apply();
}

function stage(write: Record<string, Fields>, table: (name: unknown) => Table): Staged {
  const [[kind, input] = ['', {}]] = Object.entries(write);
  const within = table(input['TableName']);
  const { pk, sk } = (kind === 'Put' ? input['Item'] : input['Key']) as Key;
  const key = { pk, sk };
  const old = find(within, key);
  const apply = () => {
    if (kind === 'Put') put(within, input['Item'] as Fields & Key);
    else if (kind === 'Delete') remove(within, key);
    else if (kind === 'Update') {
      const expression = String(input['UpdateExpression']);
      put(within, { ...updated(expression, { ...key, ...old }, operands(input)), ...key });
    }
  };
  const returnOld = input['ReturnValuesOnConditionCheckFailure'] === 'ALL_OLD';
  return { within, key, isRefused: !isAllowed(input, old), old, returnOld, apply };
}

function query(within: Table, input: Fields): Fields {
  const given = operands(input);
  const partition = new Map(
    [...(within.get(String(given.values[':pk'])) ?? [])].flatMap(([sk, { now, before }]) => {
      const item = input['ConsistentRead'] === true ? now : before;
      return item === undefined ? [] : [[sk, item] as const];
    }),
  );
  const after = (input['ExclusiveStartKey'] as Key | undefined)?.sk;
  const limit = Number(input['Limit'] ?? Number.POSITIVE_INFINITY);
  const keys = [...partition.keys()]
    .sort(byBytes)
    .filter((sk) => after === undefined || sk > after)
    .filter((sk) => isWithin(sk, given.values));
  const taken = keys.slice(0, limit);
  const Items = taken.map((sk) =>
    copied(projected(partition.get(sk) ?? {}, input['ProjectionExpression'], given)),
  );
  // Like DynamoDB, which has not looked whether there is more.
  const last = taken.length === limit ? taken.at(-1) : undefined;
  return last === undefined
    ? { Items }
    : { Items, LastEvaluatedKey: { pk: given.values[':pk'], sk: last } };
}

/** Of a condition with BETWEEN, both ends included. */
function isWithin(sk: string, { ':from': from, ':to': to }: Fields): boolean {
  return from === undefined || (sk >= String(from) && sk <= String(to));
}

/** UTF-8, which for the ASCII that sort keys are made of is the order of code units. */
const byBytes = (a: string, b: string) => (a < b ? -1 : 1);

function operands(input: Fields): Operands {
  return {
    names: (input['ExpressionAttributeNames'] ?? {}) as Record<string, string>,
    values: (input['ExpressionAttributeValues'] ?? {}) as Fields,
  };
}

function isAllowed(input: Fields, item: Fields | undefined): boolean {
  const condition = input['ConditionExpression'];
  return condition === undefined || holds(String(condition), item, operands(input));
}

function find(within: Table, { pk, sk }: Key): Fields | undefined {
  return within.get(pk)?.get(sk)?.now;
}

/** As DynamoDB may, a read that does not ask for consistency sees what was there before the last write. */
function read(within: Table, { pk, sk }: Key, { ConsistentRead }: Fields): Fields | undefined {
  const versions = within.get(pk)?.get(sk);
  return ConsistentRead === true ? versions?.now : versions?.before;
}

function isThere(item: Fields | undefined): item is Fields {
  return item !== undefined;
}

function put(within: Table, item: Fields & Key): void {
  const partition = within.get(item.pk) ?? new Map<string, Versions>();
  const before = partition.get(item.sk)?.now;
  within.set(item.pk, partition.set(item.sk, { now: copied(item), before }));
}

function remove(within: Table, { pk, sk }: Key): void {
  const before = within.get(pk)?.get(sk)?.now;
  if (before !== undefined) within.get(pk)?.set(sk, { now: undefined, before });
}

function only<T>(input: Fields): [string, T] {
  const [entry] = Object.entries(input['RequestItems'] as Record<string, T>);
  if (entry === undefined) throw new RangeError('The batch is empty.');
  return entry;
}

/** What the wire does to an item: nothing is shared, and nothing is undefined. */
function copied(item: Fields): Fields {
  return copy(item) as Fields;
}

function copy(value: unknown): unknown {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(copy);
  if (typeof value !== 'object' || value === null) return value;
  const result: Fields = {};
  for (const [name, member] of Object.entries(value)) {
    if (member !== undefined) result[name] = copy(member);
  }
  return result;
}
