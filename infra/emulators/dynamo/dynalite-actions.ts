/**
 * The door to dynalite's actions: what Get, Put, Update, Delete, BatchGet, Query and Scan do.
 *
 * An action reads and writes through the store it is given. A write gets one that holds a single
 * item and keeps the result for the caller to commit; a read gets one that looks at real storage.
 */
import { Stream } from 'node:stream';
import batchGetItem from 'dynalite/actions/batchGetItem.js';
import deleteItem from 'dynalite/actions/deleteItem.js';
import getItem from 'dynalite/actions/getItem.js';
import putItem from 'dynalite/actions/putItem.js';
import query from 'dynalite/actions/query.js';
import scan from 'dynalite/actions/scan.js';
import updateItem from 'dynalite/actions/updateItem.js';
import type { Callback, ItemDb, Store } from 'dynalite/types';
import { fromDynalite, OPTIONS, translated, unexpected } from './dynalite.ts';
import type { TableRange } from './items.ts';
import type { Item, Response, TableSchema } from './wire.ts';

const READS = { getItem, batchGetItem, query, scan };
const WRITES = { putItem, updateItem, deleteItem };
export type ReadAction = keyof typeof READS;
export type WriteAction = keyof typeof WRITES;

/** The outcome of a write that has not happened yet. */
export interface StagedWrite {
  /** What to store: an item, null to delete. */
  next: Item | null;
  response: Response;
}

/** What a read looks at. Keys and ranges are relative to the table. */
export interface ReadSource {
  table(name: string): TableSchema;
  read(tableName: string, key: string): Promise<unknown>;
  values(tableName: string, range: TableRange): AsyncIterable<unknown[]>;
}

/**
 * Works out a single-item write against the item as it is stored now. Nothing is stored.
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
    // With every callback called at once, the action is over when its call returns.
    const outcome: { error?: unknown; response?: Response } = {};
    WRITES[action](store, request, (error, response) =>
      Object.assign(outcome, { error, response }),
    );
    if (outcome.error != null) throw outcome.error;
    if (outcome.response === undefined) throw new Error(`dynalite's ${action} has not answered`);
    return { next, response: outcome.response };
  });
}

/** @throws DynamoError whatever the operation documents */
export async function runRead(
  action: ReadAction,
  request: object,
  source: ReadSource,
): Promise<Response> {
  let feed: ValueFeed | undefined;
  let fail: (error: unknown) => void = () => undefined;
  const store: Store = {
    options: OPTIONS,
    getTable: (name, callback) => settle(callback, () => source.table(name)),
    getItemDb: (tableName) => ({
      lock: () => unexpected('lock'),
      // What dynalite throws while it takes a value rejects the request too.
      get: (key, callback) => {
        source
          .read(tableName, key)
          .then((value) => callback(null, value), callback)
          .catch(fail);
      },
      put: () => unexpected('put'),
      del: () => unexpected('del'),
      createValueStream: (range) => {
        feed = new ValueFeed(source.values(tableName, range));
        return feed;
      },
    }),
  };
  const answered = new Promise<Response>((resolve, reject) => {
    fail = reject;
    READS[action](store, request, (error, response = {}) => {
      if (error == null) resolve(response);
      else reject(error);
    });
  });
  try {
    const [response] = await Promise.all([answered, feed?.run()]);
    return response;
  } catch (error) {
    throw fromDynalite(error);
  }
}

/**
 * The stream of stored values that Query and Scan listen to. It is driven from `run` rather than by
 * the event loop, so that what a listener throws rejects the request instead of ending the process.
 * A Stream, and not an EventEmitter, because dynalite would listen to that twice.
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
