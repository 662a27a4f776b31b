/**
 * A DynamoDB for one machine, called by the unmodified AWS SDK.
 *
 * What items, expressions and queries mean comes from dynalite; transactions, idempotency tokens,
 * item sizes, tables, storage and the HTTP server are here. Every acknowledged write is on disk,
 * and a transaction is there as a whole or not at all, whenever the process dies. There are no
 * secondary indexes, no streams, no backups and no PartiQL; nothing is throttled, and transactions
 * that meet on an item wait for each other where DynamoDB would cancel one.
 */
import { loadOperations } from './operations.ts';
import { type RunningServer, serve } from './server.ts';
import { Storage } from './storage.ts';

export { DatabaseLockedError } from './errors.ts';

export interface DynamoOptions {
  /** The folder of the database, created if absent. Without it all data is in memory. */
  path?: string;
  /** 0, the default, means any free port. */
  port?: number;
  /** Signatures are not verified: keep this a loopback address. */
  host?: string;
}

export interface RunningDynamo {
  /** `http://host:port`, for the SDK's `endpoint`. */
  endpoint: string;
  /** Answers the requests under way, then closes the port and the database. */
  close(): Promise<void>;
}

/**
 * @throws DatabaseLockedError if another process has the folder open
 * @throws the listen error, such as EADDRINUSE
 */
export async function startDynamo(options: DynamoOptions = {}): Promise<RunningDynamo> {
  const { path, port = 0, host = '127.0.0.1' } = options;
  const storage = await Storage.open(path);
  let server: RunningServer;
  try {
    server = await serve(await loadOperations(storage, Date.now), port, host);
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
