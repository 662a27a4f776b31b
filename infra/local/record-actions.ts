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

  /** Listens to what is sent. */
  listenTo(client: DynamoDBClient): void {
    client.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          const operation = this.#current.getStore();
          if (operation !== undefined) {
            for (const action of actionsOf(String(commandName), args.input)) {
              this.#tell(operation, action);
            }
          }
          return next(args);
        },
      { step: 'initialize', name: 'recordActions' },
    );
  }
}

function actionsOf(command: string, input: object): RecordAction[] {
  if (!('TransactItems' in input)) return [command.replace(/Command$/, '') as RecordAction];
  const items = input.TransactItems as readonly Readonly<Partial<Record<Kind, object>>>[];
  return items.flatMap((item) => Object.keys(item).map((kind) => OF_TRANSACTION[kind as Kind]));
}
