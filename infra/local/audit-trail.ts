/** The audit trail on one machine. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Trail } from '../../layers/audit/index.ts';
import { ensureTable } from '../../layers/records/index.ts';
import { AUDIT_TABLE } from './places.ts';

const FORGET_EVERY_MS = 6 * 60 * 60 * 1000;

/** @returns undefined for no days. One process writes, so there is one chain, and the order of all lines is certain. */
export async function openTrail(client: DynamoDBClient, days: number): Promise<Trail | undefined> {
  if (days === 0) return undefined;
  await ensureTable(client, AUDIT_TABLE);
  return new Trail({ client, table: AUDIT_TABLE, days, chains: 1 });
}

/** Deletes what has expired, now and then. @returns what ends that */
export function forgetting(
  trail: Trail,
  warn: (message: string, error: Error) => void,
): () => Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  const forget = () => {
    last = trail
      .forget()
      .catch((error: Error) =>
        warn('Expired lines of the audit trail could not be deleted.', error),
      );
  };
  forget();
  const timer = setInterval(forget, FORGET_EVERY_MS).unref();
  return async () => {
    clearInterval(timer);
    await last;
  };
}
