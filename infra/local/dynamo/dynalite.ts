/**
 * The one door to dynalite. From it come the validation of requests, the expression language and
 * what Get, Put, Update, Delete, BatchGet, Query and Scan mean. Its HTTP server, its storage, its
 * locks and its tables are not used: every action gets a store of ours, which is the interface
 * dynalite's actions read and write through, so nothing of dynalite is patched.
 */
import { Stream } from 'node:stream';
import batchGetItem from 'dynalite/actions/batchGetItem.js';
import deleteItem from 'dynalite/actions/deleteItem.js';
import getItem from 'dynalite/actions/getItem.js';
import putItem from 'dynalite/actions/putItem.js';
import query from 'dynalite/actions/query.js';
import scan from 'dynalite/actions/scan.js';
import updateItem from 'dynalite/actions/updateItem.js';
import db from 'dynalite/db/index.js';
import type { Callback, ItemDb, MemberTypes, Store } from 'dynalite/types';
import validations from 'dynalite/validations/index.js';
import { DynamoError } from './errors.ts';
import type { Range } from './storage.ts';
import type { Item, Response, TableSchema } from './wire.ts';

/** A request's members with their constraints, and the checks that span members. */
export interface RequestModel {
  types: MemberTypes;
  custom?: (request: object, store: Store) => string | undefined;
}

const READS = { getItem, batchGetItem, query, scan };
const WRITES = { putItem, updateItem, deleteItem };
export type ReadAction = keyof typeof READS;
export type WriteAction = keyof typeof WRITES;

/**
 * dynalite ends a BatchGetItem page at 1 MiB + maxItemSize - 3, DynamoDB at 16 MB. The limit on
 * items themselves, which dynalite would count in UTF-16 units, is checked with `itemSize` instead.
 */
const OPTIONS = { maxItemSize: 15 * 1024 * 1024 + 3 };

const NO_TABLES: Store = {
  options: OPTIONS,
  getTable: () => unexpected('getTable'),
  getItemDb: () => unexpected('getItemDb'),
};

/**
 * The request with the members its model knows, expressions parsed into hidden members.
 * @throws DynamoError ValidationException or SerializationException, worded as DynamoDB does
 */
export function validate<Request extends object>(model: RequestModel, body: object): Request {
  return translated(() => {
    const request = validations.checkTypes<Request>(body, model.types);
    validations.checkValidations(request, model.types, model.custom, NO_TABLES);
    return request;
  });
}

/** The checks that span members, for a request whose members have been checked already. */
export function validateAcross(model: RequestModel, request: object): void {
  translated(() => validations.checkValidations(request, {}, model.custom, NO_TABLES));
}

/** Where the item of this key, or with this key, is stored: unique per table and in sort order. */
export function storageKey(keyOrItem: Item, table: TableSchema): string {
  return db.createKey(keyOrItem, table);
}

/** What is wrong with the key attributes of `item`, or undefined. */
export function itemKeyError(item: Item, table: TableSchema): DynamoError | undefined {
  return keyError(db.validateItem(item, table));
}

/** What is wrong with `key` as a key of `table`, or undefined. */
export function lookupKeyError(key: Item, table: TableSchema): DynamoError | undefined {
  return keyError(db.validateKey(key, table));
}

/** Whether a request's ConditionExpression holds for the stored item. */
export function conditionHolds(request: object, stored: Item | undefined): boolean {
  return db.checkConditional(request, stored) == null;
}

/** The part of `item` that a validated request's ProjectionExpression names; all of it without. */
export function project(request: { _projection?: { paths: unknown[] } }, item: Item): Item {
  return request._projection === undefined ? item : db.mapPaths(request._projection.paths, item);
}

/** Write capacity units of replacing one state of an item by another. */
export function writeUnits(before: Item | undefined, after: Item | null): number {
  return Math.max(
    db.capacityUnits(before, false, true),
    db.capacityUnits(after ?? undefined, false, true),
  );
}

/** Read capacity units of a strongly consistent read. */
export function readUnits(item: Item | undefined): number {
  return db.capacityUnits(item, true, true);
}

/** The outcome of a write that has not happened yet. */
export interface StagedWrite {
  /** What to store: an item, null to delete. */
  next: Item | null;
  response: Response;
}

/**
 * Works out a single-item write against the item as it is stored now. Pure: nothing is stored.
 * @throws DynamoError ConditionalCheckFailedException, or ValidationException for an update that
 *   does not fit the item
 */
export function stageWrite(
  action: WriteAction,
  request: object,
  table: TableSchema,
  stored: Item | undefined,
): StagedWrite {
  let next: Item | null = null;
  const itemDb: ItemDb = {
    lock: (_key, run) => run((callback) => callback),
    get: (_key, callback) => callback(null, stored),
    put: (_key, item, callback) => {
      next = item as Item;
      callback(null);
    },
    del: (_key, callback) => callback(null),
    createValueStream: () => unexpected('createValueStream'),
  };
  const store: Store = {
    options: OPTIONS,
    getTable: (_name, callback) => callback(null, table),
    getItemDb: () => itemDb,
  };
  return translated(() => {
    const outcome = new Outcome();
    WRITES[action](store, request, outcome.callback);
    return { next, response: outcome.result() };
  });
}

/** What a read looks at. Ranges are relative to the table's own keys. */
export interface ReadSource {
  table(name: string): TableSchema;
  read(tableName: string, key: string): unknown;
  values(tableName: string, range: Range): AsyncIterable<unknown[]>;
}

/** @throws DynamoError whatever the operation documents */
export async function runRead(
  action: ReadAction,
  request: object,
  source: ReadSource,
): Promise<Response> {
  let feed: ValueFeed | undefined;
  const store: Store = {
    options: OPTIONS,
    getTable: (name, callback) => settle(callback, () => source.table(name)),
    getItemDb: (tableName) => ({
      lock: () => unexpected('lock'),
      get: (key, callback) => settle(callback, () => source.read(tableName, key)),
      put: () => unexpected('put'),
      del: () => unexpected('del'),
      createValueStream: (range) => {
        feed = new ValueFeed(source.values(tableName, range));
        return feed;
      },
    }),
  };
  const outcome = new Outcome();
  try {
    READS[action](store, request, outcome.callback);
    await feed?.run();
    return await outcome.settled;
  } catch (error) {
    throw fromDynalite(error);
  }
}

/**
 * The stream of stored values dynalite's Query and Scan listen to. It is driven from `run` rather
 * than by the event loop, so whatever a listener throws rejects the request instead of ending the
 * process. A Stream, and not an EventEmitter, because dynalite would then listen twice.
 */
class ValueFeed extends Stream {
  readonly #values: AsyncIterable<unknown[]>;
  #stopped = false;

  constructor(values: AsyncIterable<unknown[]>) {
    super();
    this.#values = values;
  }

  /** Called by dynalite when its page is full. */
  destroy(): void {
    this.#stopped = true;
  }

  async run(): Promise<void> {
    for await (const chunk of this.#values) {
      for (const value of chunk) {
        if (this.#stopped) return;
        this.emit('data', value);
      }
      if (this.#stopped) return;
    }
    this.emit('end');
  }
}

/** The result of an action, whether it calls back at once or later. */
class Outcome {
  readonly settled: Promise<Response>;
  readonly callback: Callback<Response>;
  #last: { error: unknown; response: Response } | undefined;

  constructor() {
    let settle: Callback<Response> = () => undefined;
    this.settled = new Promise((resolve, reject) => {
      settle = (error, response = {}) => (error == null ? resolve(response) : reject(error));
    });
    // `result` may report the same error first; it must not also count as unhandled.
    this.settled.catch(() => undefined);
    this.callback = (error, response = {}) => {
      this.#last = { error, response };
      settle(error, response);
    };
  }

  /** For an action that has called back already, as one on in-memory values does. */
  result(): Response {
    if (this.#last === undefined) throw new Error('dynalite has not called back');
    if (this.#last.error != null) throw this.#last.error;
    return this.#last.response;
  }
}

function settle<T>(callback: Callback<T>, read: () => T): void {
  let value: T;
  try {
    value = read();
  } catch (error) {
    callback(error);
    return;
  }
  callback(null, value);
}

function translated<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw fromDynalite(error);
  }
}

/** dynalite's errors are plain Errors that carry the response body; others pass unchanged. */
function fromDynalite(error: unknown): unknown {
  if (!(error instanceof Error) || !('body' in error)) return error;
  const body: unknown = error.body;
  if (typeof body !== 'object' || body === null || !('__type' in body)) return error;
  const name = String(body.__type).split('#').at(-1) ?? 'InternalServerError';
  return new DynamoError(name, error.message);
}

function keyError(error: Error | null | undefined): DynamoError | undefined {
  if (error == null) return undefined;
  // DynamoDB words an empty key value alike for items and lookups; dynalite does not.
  const message = error.message.replace(
    'were invalid: The AttributeValue for a key',
    'are not valid. The AttributeValue for a key',
  );
  return new DynamoError('ValidationException', message);
}

function unexpected(member: string): never {
  throw new Error(`dynalite called ${member}, which this action never needs`);
}
