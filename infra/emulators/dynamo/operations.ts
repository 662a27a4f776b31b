/** The operations of the local DynamoDB: for each, how a request is checked and answered. */
import type { Store } from '../storage/index.ts';
import { type RequestModel, validate } from './dynalite.ts';
import { type ReadAction, type ReadSource, runRead } from './dynalite-actions.ts';
import { itemsPrefix, within } from './items.ts';
import { KeyLocks } from './key-locks.ts';
import { models } from './models.ts';
import { RequestTokens } from './request-tokens.ts';
import { Tables } from './tables.ts';
import { transactGetItems } from './transact-get.ts';
import { transactWriteItems } from './transact-write.ts';
import type { Response } from './wire.ts';
import { batchWriteItem, writeItem } from './writes.ts';

/** Answers a parsed request body, or throws a DynamoError. */
export type Operation = (body: object) => Promise<Response>;

/** @param now the clock, in milliseconds since the epoch */
export async function loadOperations(
  storage: Store,
  now: () => number,
): Promise<ReadonlyMap<string, Operation>> {
  const tables = await Tables.load(storage, now);
  const tokens = await RequestTokens.load(storage, now);
  const context = { storage, tables, tokens, locks: new KeyLocks() };
  const read = (action: ReadAction) => (request: object) =>
    runRead(action, request, readSource(storage, tables));

  return new Map([
    ['GetItem', operation(models.getItem, read('getItem'))],
    ['BatchGetItem', operation(models.batchGetItem, read('batchGetItem'))],
    ['Query', operation(models.query, read('query'))],
    ['Scan', operation(models.scan, read('scan'))],
    ['PutItem', operation(models.putItem, writeItem.bind(null, context, 'putItem'))],
    ['UpdateItem', operation(models.updateItem, writeItem.bind(null, context, 'updateItem'))],
    ['DeleteItem', operation(models.deleteItem, writeItem.bind(null, context, 'deleteItem'))],
    ['BatchWriteItem', operation(models.batchWriteItem, batchWriteItem.bind(null, context))],
    [
      'TransactWriteItems',
      operation(models.transactWriteItems, transactWriteItems.bind(null, context)),
    ],
    ['TransactGetItems', operation(models.transactGetItems, transactGetItems.bind(null, context))],
    ['CreateTable', operation(models.createTable, tables.create.bind(tables))],
    ['DescribeTable', operation(models.describeTable, tables.describe.bind(tables))],
    ['UpdateTable', operation(models.updateTable, tables.update.bind(tables))],
    ['DeleteTable', operation(models.deleteTable, tables.delete.bind(tables))],
    ['ListTables', operation(models.listTables, tables.list.bind(tables))],
    ['UpdateTimeToLive', operation(models.updateTimeToLive, tables.updateTimeToLive.bind(tables))],
    [
      'DescribeTimeToLive',
      operation(models.describeTimeToLive, tables.describeTimeToLive.bind(tables)),
    ],
  ]);
}

function operation<Request extends object>(
  model: RequestModel,
  answer: (request: Request) => Response | Promise<Response>,
): Operation {
  return async (body) => answer(validate<Request>(model, body));
}

function readSource(storage: Store, tables: Tables): ReadSource {
  return {
    table: (name) => tables.schema(name),
    read: (tableName, key) => storage.get(itemsPrefix(tableName) + key),
    values: (tableName, range) => storage.values(within(itemsPrefix(tableName), range)),
  };
}
