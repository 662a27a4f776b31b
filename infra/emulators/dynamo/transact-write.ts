/**
 * TransactWriteItems: up to 100 actions on as many items, all or none.
 *
 * Every item is locked with the locks single writes use, each action is worked out against the
 * stored item, and all results are committed as one. Whereas DynamoDB cancels one of two
 * transactions that meet on an item, here the later one waits.
 */

import type { Write } from '../storage/index.ts';
import { totalPerTable } from './capacity.ts';
import {
  conditionHolds,
  itemKeyError,
  lookupKeyError,
  validateAcross,
  writeUnits,
} from './dynalite.ts';
import type { WriteAction } from './dynalite-actions.ts';
import { DynamoError, validationError } from './errors.ts';
import { itemStorageKey, storedItems, writesFor } from './items.ts';
import { models } from './models.ts';
import { fingerprintOf, type RequestTokens } from './request-tokens.ts';
import {
  type CancellationReason,
  cancelForAny,
  checkTransactionSize,
  keyReason,
  NO_REASON,
  refuseRepeated,
} from './transaction-checks.ts';
import type { Item, KeyedWriteRequest, PutRequest, Response, TableSchema } from './wire.ts';
import { checkPutSize, stage, type WriteContext } from './writes.ts';

export interface TransactWriteRequest {
  TransactItems: {
    ConditionCheck?: KeyedWriteRequest;
    Put?: PutRequest;
    Delete?: KeyedWriteRequest;
    Update?: KeyedWriteRequest;
  }[];
  ClientRequestToken?: string;
  ReturnConsumedCapacity?: string;
}

interface Action {
  action: WriteAction | 'conditionCheck';
  request: PutRequest | KeyedWriteRequest;
}

interface PlannedAction extends Action {
  table: TableSchema;
  /** The item's key in storage. */
  key: string;
}

interface Outcome {
  reason: CancellationReason;
  before: Item | undefined;
  /** The item as the action leaves it, null if it deletes it. */
  after: Item | null;
  writes: Write[];
}

/** Transactions cost twice the capacity of plain writes. */
const CAPACITY_FACTOR = 2;

export async function transactWriteItems(
  context: WriteContext & { tokens: RequestTokens },
  request: TransactWriteRequest,
): Promise<Response> {
  // Taken first: validation adds the parsed expressions to the actions.
  const fingerprint = fingerprintOf(request.TransactItems);
  const planned = plan(context, request.TransactItems.map(parse));
  let outcomes: Outcome[] = [];
  await context.tokens.once(request.ClientRequestToken, fingerprint, async (tokenWrites) => {
    outcomes = await perform(context, planned, tokenWrites);
  });
  const { ReturnConsumedCapacity = 'NONE' } = request;
  if (ReturnConsumedCapacity === 'NONE') return {};
  const consumed = planned.map(({ table: { TableName } }, index) => {
    const { before, after = null } = outcomes[index] ?? {};
    return { TableName, CapacityUnits: CAPACITY_FACTOR * writeUnits(before, after) };
  });
  return { ConsumedCapacity: totalPerTable(consumed) };
}

function parse(item: TransactWriteRequest['TransactItems'][number]): Action {
  const actions: Action[] = [];
  if (item.ConditionCheck) actions.push({ action: 'conditionCheck', request: item.ConditionCheck });
  if (item.Put) actions.push({ action: 'putItem', request: item.Put });
  if (item.Delete) actions.push({ action: 'deleteItem', request: item.Delete });
  if (item.Update) actions.push({ action: 'updateItem', request: item.Update });
  const [only, ...more] = actions;
  if (only === undefined || more.length > 0) {
    throw validationError('TransactItems can only contain one of Check, Put, Update or Delete');
  }
  // A check is a delete that does not delete: a key and a condition.
  const model = only.action === 'conditionCheck' ? models.deleteItem : models[only.action];
  validateAcross(model, only.request);
  if ('Item' in only.request) checkPutSize(only.request.Item);
  return only;
}

function plan({ tables }: WriteContext, actions: readonly Action[]): PlannedAction[] {
  const placed = actions.map((action) => {
    const { request } = action;
    const table = tables.schema(request.TableName);
    return 'Item' in request
      ? { ...action, table, target: request.Item, invalid: itemKeyError(request.Item, table) }
      : { ...action, table, target: request.Key, invalid: lookupKeyError(request.Key, table) };
  });
  cancelForAny(placed.map(({ invalid }) => keyReason(invalid)));
  const planned = placed.map(({ action, request, table, target }) => {
    return { action, request, table, key: itemStorageKey(target, table) };
  });
  refuseRepeated(planned.map(({ key }) => key));
  return planned;
}

async function perform(
  { storage, locks }: WriteContext,
  planned: readonly PlannedAction[],
  tokenWrites: readonly Write[],
): Promise<Outcome[]> {
  const release = await locks.acquire(planned.map(({ key }) => key));
  try {
    const stored = await storedItems(
      storage,
      planned.map(({ key }) => key),
    );
    const outcomes = planned.map((action, i) => attempt(action, stored[i]));
    cancelForAny(outcomes.map(({ reason }) => reason));
    checkTransactionSize(outcomes.map(({ before, after }) => after ?? before));
    await storage.commit([...outcomes.flatMap(({ writes }) => writes), ...tokenWrites]);
    return outcomes;
  } finally {
    release();
  }
}

function attempt(
  { action, request, table, key }: PlannedAction,
  before: Item | undefined,
): Outcome {
  const unchanged = { before, after: before ?? null, writes: [] };
  if (action === 'conditionCheck') {
    const holds = conditionHolds(request, before);
    return { ...unchanged, reason: holds ? NO_REASON : conditionFailed(request, before) };
  }
  try {
    const { next } = stage({ action, request, table }, before);
    return { reason: NO_REASON, before, after: next, writes: writesFor(key, before, next) };
  } catch (error) {
    if (!(error instanceof DynamoError)) throw error;
    const reason: CancellationReason =
      error.name === 'ConditionalCheckFailedException'
        ? conditionFailed(request, before)
        : { Code: 'ValidationError', Message: error.message };
    return { ...unchanged, reason };
  }
}

function conditionFailed(
  request: PutRequest | KeyedWriteRequest,
  stored: Item | undefined,
): CancellationReason {
  const returnsOld = request.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
  return {
    Code: 'ConditionalCheckFailed',
    Message: 'The conditional request failed',
    ...(returnsOld && stored !== undefined && { Item: stored }),
  };
}
