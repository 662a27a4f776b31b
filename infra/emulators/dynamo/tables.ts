/**
 * The tables: their descriptions, kept in memory and in storage, and the operations on them.
 *
 * A table is ACTIVE as soon as CreateTable answers and gone as soon as DeleteTable does. There are
 * no secondary indexes, and asking for one is an error. Streams, encryption and tags are accepted
 * and ignored. Time to live is recorded, but nothing expires: DynamoDB, too, may return an expired
 * item for days.
 */
import { keysUnder, type Store } from '../storage/index.ts';
import { DynamoError, tableNotFound, validationError } from './errors.ts';
import { itemsPrefix } from './items.ts';
import { KeyLocks } from './key-locks.ts';
import {
  type CreateTableRequest,
  describeNew,
  type TableDescription,
} from './table-description.ts';
import type { Response, TableSchema } from './wire.ts';

export interface UpdateTableRequest {
  TableName: string;
  DeletionProtectionEnabled?: boolean;
  BillingMode?: string;
  GlobalSecondaryIndexUpdates?: unknown[];
}

export interface ListTablesRequest {
  ExclusiveStartTableName?: string;
  Limit?: number;
}

export interface TimeToLiveRequest {
  TableName: string;
  TimeToLiveSpecification: { Enabled: boolean; AttributeName: string };
}

interface Table {
  description: TableDescription;
  timeToLiveAttribute?: string;
}

const TABLES = 'table/';
const LIST_LIMIT = 100;

export class Tables {
  readonly #storage: Store;
  readonly #now: () => number;
  readonly #locks = new KeyLocks();
  readonly #tables = new Map<string, Table>();

  private constructor(storage: Store, now: () => number) {
    this.#storage = storage;
    this.#now = now;
  }

  /** @param now the clock, in milliseconds since the epoch */
  static async load(storage: Store, now: () => number): Promise<Tables> {
    const tables = new Tables(storage, now);
    for await (const chunk of storage.values(keysUnder(TABLES))) {
      for (const table of chunk as Table[]) {
        tables.#tables.set(table.description.TableName, table);
      }
    }
    return tables;
  }

  /** @throws DynamoError ResourceNotFoundException */
  schema(tableName: string): TableSchema {
    const table = this.#tables.get(tableName);
    if (table === undefined) throw tableNotFound();
    return table.description;
  }

  create(request: CreateTableRequest): Promise<Response> {
    if (request.LocalSecondaryIndexes ?? request.GlobalSecondaryIndexes) throw noIndexes();
    return this.#exclusively(request.TableName, async () => {
      if (this.#tables.has(request.TableName)) {
        throw new DynamoError(
          'ResourceInUseException',
          `Table already exists: ${request.TableName}`,
        );
      }
      // A crash in the middle of DeleteTable may have left items behind.
      await this.#storage.clear(keysUnder(itemsPrefix(request.TableName)));
      const table: Table = { description: describeNew(request, this.#now()) };
      await this.#save(table);
      return { TableDescription: table.description };
    });
  }

  describe(request: { TableName: string }): Response {
    return { Table: this.#existing(request.TableName).description };
  }

  update(request: UpdateTableRequest): Promise<Response> {
    if (request.GlobalSecondaryIndexUpdates) throw noIndexes();
    return this.#exclusively(request.TableName, async () => {
      const table = this.#existing(request.TableName);
      const { DeletionProtectionEnabled } = request;
      if (DeletionProtectionEnabled === undefined) {
        throw validationError('Only DeletionProtectionEnabled of a local table can be updated');
      }
      const description = { ...table.description, DeletionProtectionEnabled };
      await this.#save({ ...table, description });
      return { TableDescription: description };
    });
  }

  delete(request: { TableName: string }): Promise<Response> {
    return this.#exclusively(request.TableName, async () => {
      const { description } = this.#existing(request.TableName);
      if (description.DeletionProtectionEnabled) {
        throw validationError(
          'Resource cannot be deleted as it is currently protected against deletion. ' +
            'Disable deletion protection first.',
        );
      }
      await this.#storage.commit([{ type: 'del', key: TABLES + request.TableName }]);
      this.#tables.delete(request.TableName);
      await this.#storage.clear(keysUnder(itemsPrefix(request.TableName)));
      return { TableDescription: { ...description, TableStatus: 'DELETING' } };
    });
  }

  list({ ExclusiveStartTableName = '', Limit = LIST_LIMIT }: ListTablesRequest): Response {
    const names = [...this.#tables.keys()].sort().filter((name) => name > ExclusiveStartTableName);
    const TableNames = names.slice(0, Limit);
    const last = TableNames.at(-1);
    return names.length > Limit && last !== undefined
      ? { TableNames, LastEvaluatedTableName: last }
      : { TableNames };
  }

  updateTimeToLive(request: TimeToLiveRequest): Promise<Response> {
    const { TableName, TimeToLiveSpecification } = request;
    return this.#exclusively(TableName, async () => {
      const { timeToLiveAttribute, ...table } = this.#existing(TableName);
      const enabled = timeToLiveAttribute !== undefined;
      if (TimeToLiveSpecification.Enabled === enabled) {
        throw validationError(`TimeToLive is already ${enabled ? 'enabled' : 'disabled'}`);
      }
      const attribute = TimeToLiveSpecification.AttributeName;
      await this.#save(enabled ? table : { ...table, timeToLiveAttribute: attribute });
      return { TimeToLiveSpecification };
    });
  }

  describeTimeToLive(request: { TableName: string }): Response {
    const attribute = this.#existing(request.TableName).timeToLiveAttribute;
    return {
      TimeToLiveDescription:
        attribute === undefined
          ? { TimeToLiveStatus: 'DISABLED' }
          : { TimeToLiveStatus: 'ENABLED', AttributeName: attribute },
    };
  }

  #existing(tableName: string): Table {
    const table = this.#tables.get(tableName);
    if (table === undefined) throw tableNotFound(tableName);
    return table;
  }

  async #save(table: Table): Promise<void> {
    const name = table.description.TableName;
    await this.#storage.commit([{ type: 'put', key: TABLES + name, value: table }]);
    this.#tables.set(name, table);
  }

  async #exclusively<T>(tableName: string, change: () => Promise<T>): Promise<T> {
    const release = await this.#locks.acquire([tableName]);
    try {
      return await change();
    } finally {
      release();
    }
  }
}

function noIndexes(): DynamoError {
  return validationError(
    'One or more parameter values were invalid: ' +
      "Recollect's local DynamoDB has no secondary indexes",
  );
}
