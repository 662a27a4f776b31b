/**
 * PutItem, UpdateItem, DeleteItem and BatchWriteItem: each item is locked, read, worked out and
 * committed, so a condition is checked against exactly what the write replaces.
 */
import type { Store } from '../storage/index.ts';
import { totalPerTable } from './capacity.ts';
import { itemKeyError, lookupKeyError, writeUnits } from './dynalite.ts';
import { type StagedWrite, stageWrite, type WriteAction } from './dynalite-actions.ts';
import { DynamoError, validationError } from './errors.ts';
import { itemSize, MAX_ITEM_BYTES } from './item-size.ts';
import { itemStorageKey, storedItem, writesFor } from './items.ts';
import type { KeyLocks } from './key-locks.ts';
import type { Tables } from './tables.ts';
import type {
  Item,
  KeyedWriteRequest,
  PutRequest,
  Response,
  TableSchema,
  WriteRequest,
} from './wire.ts';

/** What writing needs; transactions share it. `locks` are on the storage keys of items. */
export interface WriteContext {
  storage: Store;
  tables: Tables;
  locks: KeyLocks;
}

interface BatchEntry {
  PutRequest?: { Item: Item };
  DeleteRequest?: { Key: Item };
}

export interface BatchWriteRequest {
  RequestItems: Record<string, BatchEntry[]>;
  ReturnConsumedCapacity?: string;
}

interface PlannedWrite {
  action: WriteAction;
  request: PutRequest | KeyedWriteRequest;
  table: TableSchema;
  /** The item's key in storage. */
  key: string;
}

export async function writeItem(
  context: WriteContext,
  action: WriteAction,
  request: PutRequest | KeyedWriteRequest,
): Promise<Response> {
  const { response } = await perform(context, plan(context, action, request));
  return response;
}

/** Independent puts and deletes; what is wrong with one of them refuses the whole request. */
export async function batchWriteItem(
  context: WriteContext,
  request: BatchWriteRequest,
): Promise<Response> {
  const planned = Object.entries(request.RequestItems).flatMap(([TableName, entries]) =>
    entries.map((entry) => planEntry(context, TableName, entry)),
  );
  if (new Set(planned.map(({ key }) => key)).size < planned.length) {
    throw validationError('Provided list of item keys contains duplicates');
  }
  const performed = await Promise.all(planned.map((write) => perform(context, write)));
  const { ReturnConsumedCapacity = 'NONE' } = request;
  if (ReturnConsumedCapacity === 'NONE') return { UnprocessedItems: {} };
  const consumed = performed.map(({ before, next }, index) => {
    const TableName = planned[index]?.request.TableName ?? '';
    return { TableName, CapacityUnits: writeUnits(before, next) };
  });
  return { UnprocessedItems: {}, ConsumedCapacity: totalPerTable(consumed) };
}

/** @throws DynamoError ValidationException for an item over 400 KB */
export function checkPutSize(item: Item): void {
  if (itemSize(item) > MAX_ITEM_BYTES) {
    throw validationError('Item size has exceeded the maximum allowed size');
  }
}

/**
 * `stageWrite` with what dynalite leaves out: the size of an updated item, and the stored item in a
 * failed condition's error.
 */
export function stage(
  { action, request, table }: Omit<PlannedWrite, 'key'>,
  stored: Item | undefined,
): StagedWrite {
  try {
    const staged = stageWrite(action, request, table, stored);
    if (action === 'updateItem' && staged.next && itemSize(staged.next) > MAX_ITEM_BYTES) {
      throw validationError('Item size to update has exceeded the maximum allowed size');
    }
    return staged;
  } catch (error) {
    throw withStoredItem(error, request, stored);
  }
}

function plan(
  { tables }: WriteContext,
  action: WriteAction,
  request: PutRequest | KeyedWriteRequest,
): PlannedWrite {
  const isPut = 'Item' in request;
  if (isPut) checkPutSize(request.Item);
  const table = tables.schema(request.TableName);
  const keyOrItem = isPut ? request.Item : request.Key;
  const invalid = isPut ? itemKeyError(keyOrItem, table) : lookupKeyError(keyOrItem, table);
  if (invalid) throw invalid;
  return { action, request, table, key: itemStorageKey(keyOrItem, table) };
}

function planEntry(
  context: WriteContext,
  TableName: string,
  { PutRequest, DeleteRequest }: BatchEntry,
): PlannedWrite {
  try {
    if (PutRequest && !DeleteRequest) {
      return plan(context, 'putItem', { TableName, Item: PutRequest.Item });
    }
    if (DeleteRequest && !PutRequest) {
      return plan(context, 'deleteItem', { TableName, Key: DeleteRequest.Key });
    }
  } catch (error) {
    throw asBatchKeyError(error);
  }
  throw validationError(
    'Supplied AttributeValue has more than one datatypes set, ' +
      'must contain exactly one of the supported datatypes',
  );
}

/** A batch words a key that is missing or of the wrong type like a lookup does, even in a put. */
function asBatchKeyError(error: unknown): unknown {
  return error instanceof DynamoError && /Missing the key|Type mismatch for key/.test(error.message)
    ? validationError('The provided key element does not match the schema')
    : error;
}

async function perform(
  { storage, locks }: WriteContext,
  write: PlannedWrite,
): Promise<StagedWrite & { before: Item | undefined }> {
  const release = await locks.acquire([write.key]);
  try {
    const before = await storedItem(storage, write.key);
    const staged = stage(write, before);
    await storage.commit(writesFor(write.key, before, staged.next));
    return { ...staged, before };
  } finally {
    release();
  }
}

function withStoredItem(error: unknown, request: WriteRequest, stored: Item | undefined): unknown {
  const returnsOld =
    request.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && stored !== undefined;
  return returnsOld &&
    error instanceof DynamoError &&
    error.name === 'ConditionalCheckFailedException'
    ? new DynamoError(error.name, error.message, { Item: stored })
    : error;
}
