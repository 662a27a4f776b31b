/** How items lie in storage: one value per item, keyed so that a table's items are in its order. */

import type { Range, Store, Write } from '../storage/index.ts';
import { keysUnder } from '../storage/index.ts';
import { storageKey } from './dynalite.ts';
import type { Item, TableSchema } from './wire.ts';

/** What the storage keys of a table's items start with. */
export function itemsPrefix(tableName: string): `${string}/` {
  return `item/${tableName}/`;
}

/** The item's key in storage, from its key or from all of it. */
export function itemStorageKey(keyOrItem: Item, table: TableSchema): string {
  return itemsPrefix(table.TableName) + storageKey(keyOrItem, table);
}

/** What lies at an item's key is an item. */
export async function storedItem(storage: Store, key: string): Promise<Item | undefined> {
  return (await storage.get(key)) as Item | undefined;
}

/** The items at `keys` as they were at one moment. */
export async function storedItems(
  storage: Store,
  keys: readonly string[],
): Promise<(Item | undefined)[]> {
  return (await storage.getMany(keys)) as (Item | undefined)[];
}

/** The writes that take the item at `key` from one state to the next; null is no item. */
export function writesFor(key: string, before: Item | undefined, next: Item | null): Write[] {
  if (next !== null) return [{ type: 'put', key, value: next }];
  return before === undefined ? [] : [{ type: 'del', key }];
}

/** A range whose bounds are relative to a table, as dynalite asks for it, as one of storage keys. */
export interface TableRange {
  gt?: string;
  gte?: string;
  lt?: string;
  lte?: string;
  reverse?: boolean;
  /** At most so many values; -1 for all. */
  limit?: number;
}

/** `range`, whose bounds are relative to `prefix`, as a range of storage keys. */
export function within(prefix: `${string}/`, range: TableRange): Range {
  const { gt, gte, lt, lte, ...rest } = range;
  const all = keysUnder(prefix);
  return {
    ...rest,
    ...(gt !== undefined
      ? { gt: prefix + gt }
      : { gte: gte === undefined ? all.gte : prefix + gte }),
    ...(lte !== undefined
      ? { lte: prefix + lte }
      : { lt: lt === undefined ? all.lt : prefix + lt }),
  };
}
