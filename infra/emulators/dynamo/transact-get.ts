/** TransactGetItems: up to 100 items as they were at one moment. */

import { totalPerTable } from './capacity.ts';
import { lookupKeyError, project, readUnits, validateAcross } from './dynalite.ts';
import { itemStorageKey, storedItems } from './items.ts';
import { models } from './models.ts';
import {
  cancelForAny,
  checkTransactionSize,
  keyReason,
  refuseRepeated,
} from './transaction-checks.ts';
import type { Item, Response } from './wire.ts';
import type { WriteContext } from './writes.ts';

export interface TransactGetRequest {
  TransactItems: { Get: { TableName: string; Key: Item; _projection?: { paths: unknown[] } } }[];
  ReturnConsumedCapacity?: string;
}

/** Transactions cost twice the capacity of plain reads. */
const CAPACITY_FACTOR = 2;

export async function transactGetItems(
  { storage, tables }: Pick<WriteContext, 'storage' | 'tables'>,
  request: TransactGetRequest,
): Promise<Response> {
  const gets = request.TransactItems.map(({ Get }) => Get);
  for (const get of gets) validateAcross(models.getItem, get);
  const placed = gets.map((get) => ({ get, table: tables.schema(get.TableName) }));
  cancelForAny(placed.map(({ get, table }) => keyReason(lookupKeyError(get.Key, table))));
  const keys = placed.map(({ get, table }) => itemStorageKey(get.Key, table));
  refuseRepeated(keys);
  const items = await storedItems(storage, keys);
  checkTransactionSize(items);
  const Responses = gets.map((get, index) => {
    const item = items[index];
    return item === undefined ? {} : { Item: project(get, item) };
  });
  const { ReturnConsumedCapacity = 'NONE' } = request;
  if (ReturnConsumedCapacity === 'NONE') return { Responses };
  const consumed = gets.map(({ TableName }, index) => {
    return { TableName, CapacityUnits: CAPACITY_FACTOR * readUnits(items[index]) };
  });
  return { Responses, ConsumedCapacity: totalPerTable(consumed) };
}
