/**
 * The data folder as a whole: only its owner may enter, and all of it is there.
 *
 *     recollect.json     says that the folder is complete, and in which form
 *     dynamodb/          collections, faces, users
 *     s3/                photographs of uploads, shards
 *     queues/            events of uploads
 *     outcomes.ndjson    what became of uploads
 *     keys/              access keys
 *     receipts/          the key that receipts of deletions are signed with
 *     models/            face models that the owner added
 */
import { chmod, mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  STORE_FILE,
  StoreError,
  StoreMissingError,
  storeError,
} from '../emulators/storage/index.ts';

/** Where each store is, inside the folder. */
export const STORES = {
  dynamodb: 'dynamodb',
  metadata: path.join('s3', 'metadata'),
  queues: 'queues',
} as const;

const MANIFEST = 'recollect.json';
const FORMAT = 2;
const OWNER_ONLY = 0o700;

/**
 * Makes the folder, or looks whether what should be in it is there.
 * @throws StoreMissingError for half a folder, StoreFullError, StoreReadOnlyError, StoreError for one that
 *   a later version made
 */
export async function prepareDataFolder(data: string): Promise<void> {
  try {
    await mkdir(data, { recursive: true, mode: OWNER_ONLY });
    const { mode } = await stat(data);
    if ((mode & 0o077) !== 0) await chmod(data, OWNER_ONLY);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') {
      throw new StoreError(`${data} is a file; the data need a folder. Choose one with --data.`, {
        cause,
      });
    }
    throw storeError(data, cause);
  }
  await requireWhole(data);
}

/** Whether there is anything in the folder that a service has kept. */
export async function hasData(data: string): Promise<boolean> {
  const found = await Promise.all(Object.values(STORES).map((store) => filesOf(data, store)));
  return found.some((files) => files.length > 0) || (await formatOf(data)) !== undefined;
}

/** @throws StoreMissingError for half a folder, StoreError for one of a later version */
export async function requireWhole(data: string): Promise<void> {
  const format = await formatOf(data);
  if (format !== undefined && format > FORMAT) {
    throw new StoreError(
      `${data} was written by a later version: use that one, or another folder.`,
    );
  }
  const found = await Promise.all(
    Object.values(STORES).map(async (store) => ({ store, files: await filesOf(data, store) })),
  );
  // An earlier version, which wrote no manifest, had these two from its first start on.
  const isEarlier = found.some(({ files }) => files.includes('CURRENT'));
  for (const { store, files } of found) {
    const isNeeded = format !== undefined || (isEarlier && store !== STORES.queues);
    const isThere = files.includes(STORE_FILE) || (format === undefined && files.length > 0);
    if (isNeeded && !isThere) throw new StoreMissingError(path.join(data, store, STORE_FILE));
  }
}

/** Notes that all stores have been made. Call before anything is acknowledged. */
export async function noteComplete(data: string): Promise<void> {
  if ((await formatOf(data)) === FORMAT) return;
  const file = path.join(data, MANIFEST);
  try {
    await writeFile(`${file}.new`, `${JSON.stringify({ format: FORMAT })}\n`, {
      mode: 0o600,
      flush: true,
    });
    await rename(`${file}.new`, file);
  } catch (cause) {
    throw storeError(file, cause);
  }
}

async function formatOf(data: string): Promise<number | undefined> {
  const file = path.join(data, MANIFEST);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw storeError(file, cause);
  }
  const format = /^\{"format":(\d+)\}\n$/.exec(text)?.[1];
  if (format === undefined)
    throw new StoreError(`${file} is not what was written. Restore it from a backup.`);
  return Number(format);
}

async function filesOf(data: string, store: string): Promise<string[]> {
  const files = await readdir(path.join(data, store)).catch(() => []);
  return files.filter((name) => !name.startsWith('lock-'));
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
