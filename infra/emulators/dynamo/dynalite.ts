/**
 * The door to dynalite's understanding of requests: their validation, their expressions, the keys of
 * items and what they cost. The other door, dynalite-actions.ts, is to what the operations do.
 *
 * Its HTTP server, storage, locks and tables are not used, and nothing of it is patched.
 */
import db from 'dynalite/db/index.js';
import type { MemberTypes, Store } from 'dynalite/types';
import validations from 'dynalite/validations/index.js';
import { DynamoError, validationError } from './errors.ts';
import type { Item, TableSchema } from './wire.ts';

/**
 * dynalite ends a BatchGetItem page at 1 MiB + maxItemSize - 3, DynamoDB at 16 MB. The limit on
 * items themselves, which dynalite would count in UTF-16 units, is checked with `itemSize` instead.
 */
export const OPTIONS = { maxItemSize: 15 * 1024 * 1024 + 3 };

/** A request's members with their constraints, and the checks that span members. */
export interface RequestModel {
  types: MemberTypes;
  custom?: (request: object, store: Store) => string | undefined;
}

/** Validation looks at the options of the store it is given and at nothing else. */
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
    if (holdsNull(request)) {
      throw validationError(
        'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes',
      );
    }
    validations.checkValidations(request, model.types, model.custom, NO_TABLES);
    return request;
  });
}

/**
 * Whether there is a null in a list or a map. Null members are absent members and gone by now; the
 * rest of dynalite counts on there being no other nulls.
 */
function holdsNull(value: unknown): boolean {
  if (typeof value !== 'object') return false;
  return value === null || Object.values(value).some(holdsNull);
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

/** Runs dynalite's code, its errors as ours. */
export function translated<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw fromDynalite(error);
  }
}

/** dynalite's errors are plain Errors that carry the response body; others pass unchanged. */
export function fromDynalite(error: unknown): unknown {
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

/** Stands in for the members of a store that an action does not use. */
export function unexpected(member: string): never {
  throw new Error(`dynalite called ${member}, which this action never needs`);
}
