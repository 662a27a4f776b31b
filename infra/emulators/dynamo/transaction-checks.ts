/**
 * What TransactWriteItems and TransactGetItems refuse, and the cancellation reasons they give.
 * DynamoDB tells an action that does not fit its table by a cancellation reason, but an empty key
 * value, a repeated item and too much data by a ValidationException for the whole request.
 */
import { DynamoError, validationError } from './errors.ts';
import { itemSize } from './item-size.ts';
import type { Item } from './wire.ts';

/** Why an action would cancel its transaction, or that it would not. */
export interface CancellationReason {
  Code: 'None' | 'ConditionalCheckFailed' | 'ValidationError';
  Message?: string;
  Item?: Item;
}

export const NO_REASON: CancellationReason = { Code: 'None' };

/** The aggregate size of a transaction's items: 4 MB, in DynamoDB's binary megabytes. */
const MAX_TRANSACTION_BYTES = 4 * 1024 * 1024;

/** @throws DynamoError TransactionCanceledException unless every action has no reason */
export function cancelForAny(reasons: readonly CancellationReason[]): void {
  if (reasons.every(({ Code }) => Code === 'None')) return;
  const codes = reasons.map(({ Code }) => Code).join(', ');
  throw new DynamoError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { CancellationReasons: reasons },
  );
}

/** @throws DynamoError ValidationException for an empty key value */
export function keyReason(invalid: DynamoError | undefined): CancellationReason {
  if (invalid === undefined) return NO_REASON;
  if (invalid.message.includes('cannot contain an empty')) throw invalid;
  return { Code: 'ValidationError', Message: invalid.message };
}

/** @throws DynamoError ValidationException if a key is there twice */
export function refuseRepeated(keys: readonly string[]): void {
  if (new Set(keys).size < keys.length) {
    throw validationError('Transaction request cannot include multiple operations on one item');
  }
}

/** @throws DynamoError ValidationException over 4 MB of items */
export function checkTransactionSize(items: readonly (Item | undefined)[]): void {
  const size = items.reduce((total, item) => total + (item ? itemSize(item) : 0), 0);
  if (size > MAX_TRANSACTION_BYTES) {
    throw validationError('The items of a transaction exceed the aggregate size limit of 4 MB');
  }
}
