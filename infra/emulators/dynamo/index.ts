/**
 * A DynamoDB for one machine, called by the unmodified AWS SDK.
 *
 * What items, expressions and queries mean comes from dynalite; transactions, idempotency tokens,
 * item sizes, tables and the HTTP server are here; `../storage` keeps the items. Every acknowledged write is on disk,
 * and a transaction is there as a whole or not at all, whenever the process dies. There are no
 * secondary indexes, no streams, no backups and no PartiQL; nothing is throttled, and transactions
 * that meet on an item wait for each other where DynamoDB would cancel one.
 */
import { Store } from '../storage/index.ts';
import { loadOperations } from './operations.ts';
import { type Credentials, type RunningServer, serve } from './server.ts';

export type { Credentials } from './server.ts';

export interface DynamoOptions {
  /** The folder of the database, created if absent. Without it all data is in memory. */
  path?: string;
  /** 0, the default, means any free port. */
  port?: number;
  /** Default `127.0.0.1`. */
  host?: string;
  /**
   * If given, only requests that are signed with this key are answered. Without it every request is, which
   * is for tests.
   */
  credentials?: Credentials;
  /**
   * `create`, the default, makes what is not there, and carries over what an earlier version left;
   * `existing` opens what is there and changes nothing by opening it.
   */
  mode?: 'create' | 'existing';
  /** Told what was noticed and put right while opening. */
  notice?: (sentence: string) => void;
}

export interface RunningDynamo {
  /** `http://host:port`, for the SDK's `endpoint`. */
  endpoint: string;
  /** Answers the requests under way, then closes the port and the database. */
  close(): Promise<void>;
}

/**
 * @throws StoreError if the folder is in use, missing, damaged, full or not to be written
 * @throws the listen error, such as EADDRINUSE
 */
export async function startDynamo(options: DynamoOptions = {}): Promise<RunningDynamo> {
  const { path, port = 0, host = '127.0.0.1', credentials, mode, notice } = options;
  const storage = await Store.open({ folder: path, mode, notice });
  let server: RunningServer;
  try {
    server = await serve(await loadOperations(storage, Date.now), port, host, credentials);
  } catch (error) {
    await storage.close();
    throw error;
  }
  const { address, family, port: listening } = server.address;
  return {
    endpoint: `http://${family === 'IPv6' ? `[${address}]` : address}:${listening}`,
    async close() {
      await server.close();
      await storage.close();
    },
  };
}
