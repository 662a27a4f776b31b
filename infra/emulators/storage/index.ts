/** Where the emulators keep what is not bytes of objects: ordered keys, JSON values, atomic commits. */
export type { Problem } from './entries.ts';
export { printable } from './entries.ts';
export {
  StoreDamagedError,
  StoreError,
  StoreFullError,
  StoreInUseError,
  StoreMissingError,
  StoreOutdatedError,
  StoreReadOnlyError,
  storeError,
} from './errors.ts';
export { type FolderLock, lockFolder } from './lock.ts';
export { type Repair, repairStore } from './repair.ts';
export {
  keysUnder,
  type Range,
  STORE_FILE,
  Store,
  type StoreOptions,
  type Write,
} from './store.ts';
