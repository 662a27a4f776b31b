/** How items lie in storage: one value per item, keyed so that a table's items are in its order. */
import { storageKey } from './dynalite.ts';
import type { Storage, Write } from './storage.ts';
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
export function storedItem(storage: Storage, key: string): Item | undefined {
  return storage.read(key) as Item | undefined;
}

/** The items at `keys` as they were at one moment. */
export async function storedItems(storage: Storage, keys: string[]): Promise<(Item | undefined)[]> {
  return (await storage.readTogether(keys)) as (Item | undefined)[];
}

/** The writes that take the item at `key` from one state to the next; null is no item. */
export function writesFor(key: string, before: Item | undefined, next: Item | null): Write[] {
  if (next !== null) return [{ type: 'put', key, value: next }];
  return before === undefined ? [] : [{ type: 'del', key }];
}
