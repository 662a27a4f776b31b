/**
 * Which DynamoDB actions each operation asks for, told as it happens: its policy on AWS allows those that it declares and
 * no other, and tests hold it to them here.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ServiceOperation } from '../../functions/common/services.ts';
import type { RecordAction } from '../../layers/protocol/index.ts';

/** @param action as policies call it, without `dynamodb:` */
export type OnRecordAction = (operation: string, action: RecordAction) => void;

/** The actions that the writes and checks of a transaction take. */
const OF_TRANSACTION = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
} as const;

type Kind = keyof typeof OF_TRANSACTION;

export class RecordActions {
  readonly #current = new AsyncLocalStorage<string>();
  readonly #tell: OnRecordAction;

  constructor(tell: OnRecordAction) {
    this.#tell = tell;
  }

  /** @returns the operations, each known by its name while it runs */
  ofEach(operations: readonly ServiceOperation[]): ServiceOperation[] {
    return operations.map((operation) => ({
      ...operation,
      prepare: (body) => {
        const prepared = operation.prepare(body);
        return {
          ...prepared,
          run: (services, call) =>
            this.#current.run(operation.name, () => prepared.run(services, call)),
        };
      },
    }));
  }

  /** Listens to what is sent to a table; the audit trail has another one, and a permission of its own. */
  listenTo(client: DynamoDBClient, table: string): void {
    client.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          const operation = this.#current.getStore();
          if (operation !== undefined) {
            for (const action of actionsOf(String(commandName), args.input as Input, table)) {
              this.#tell(operation, action);
            }
          }
          return next(args);
        },
      { step: 'initialize', name: 'recordActions' },
    );
  }
}

interface Input {
  readonly TableName?: string;
  readonly RequestItems?: Readonly<Record<string, unknown>>;
  readonly TransactItems?: readonly Readonly<Partial<Record<Kind, { TableName: string }>>>[];
}

function actionsOf(command: string, input: Input, table: string): RecordAction[] {
  const { TableName, RequestItems = {}, TransactItems = [] } = input;
  if (TableName === table || table in RequestItems) {
    return [command.replace(/Command$/, '') as RecordAction];
  }
  return TransactItems.flatMap((item) =>
    Object.entries(item).flatMap(([kind, write]) =>
      write.TableName === table ? [OF_TRANSACTION[kind as Kind]] : [],
    ),
  );
}
