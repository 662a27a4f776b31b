/**
 * The database and the store of tests that make very many calls: in memory, where a call costs a hundredth, and over
 * sockets in a thorough run. That both do the same is what test/faults/simulation.test.ts compares, line by line.
 */
import { memoryDatabase } from './memory/database.ts';
import { memoryStore } from './memory/store.ts';
import { openDatabase, openStore, type TestDatabase, type TestStore } from './tables.ts';
import { isThorough } from './thorough.ts';

export async function quickDatabase(): Promise<TestDatabase> {
  return isThorough ? openDatabase() : memoryDatabase();
}

export async function quickStore(): Promise<TestStore> {
  return isThorough ? openStore() : memoryStore();
}
