/** Carries out a command on a store and says what came of it. */
import type { KeyDescription } from '../../../layers/protocol/auth/index.ts';
import { issueKey, matchesEverything } from '../../../layers/protocol/auth/index.ts';
import type { KeyStore } from '../../../layers/protocol/keys/index.ts';
import type { Command } from './command.ts';

export interface Surroundings {
  readonly store: KeyStore;
  /** So many random bytes, fit for secrets. */
  readonly random: (bytes: number) => Buffer;
  readonly now: Date;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** @returns what to print. @throws UnknownKeyError, and what the store throws */
export async function run(command: Command, surroundings: Surroundings): Promise<string> {
  const { store, now } = surroundings;
  switch (command.action) {
    case 'create':
      return create(command, surroundings);
    case 'list':
      return table(await store.list(), now);
    case 'revoke':
      await store.revoke(command.id);
      return `${command.id} is revoked. Servers that have just used it forget it within a minute.`;
  }
}

async function create(
  { name, operations, collections, days }: Command & { action: 'create' },
  { store, random, now }: Surroundings,
): Promise<string> {
  const expires = days === undefined ? undefined : new Date(now.getTime() + days * DAY_MS);
  const key = issueKey({ name, operations, collections, expires }, random, now);
  await store.create(key);
  return `Access key id:      ${key.id}
Secret access key:  ${key.secret}

Keep the secret now: it is not shown again. The key allows ${allows(key)}${expires === undefined ? '' : ` until ${day(expires)}`}.

For AWS SDKs and the AWS CLI:
  export AWS_ACCESS_KEY_ID=${key.id}
  export AWS_SECRET_ACCESS_KEY=${key.secret}
For plain HTTP:
  Authorization: Bearer ${key.id}.${key.secret}`;
}

function table(keys: readonly KeyDescription[], now: Date): string {
  if (keys.length === 0) return 'There are no access keys. Make one:  npm run keys -- create';
  const rows = keys.map((key) => [
    key.id,
    day(key.created),
    key.expires === undefined ? 'never' : day(key.expires) + (key.expires <= now ? ' (over)' : ''),
    allows(key),
    key.name,
  ]);
  const all = [['ID', 'CREATED', 'EXPIRES', 'ALLOWS', 'NAME'], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function allows({ operations, collections }: Pick<KeyDescription, 'operations' | 'collections'>) {
  const what = operations === 'all' ? 'all operations' : operations.join(', ');
  return matchesEverything(collections)
    ? `${what} on all collections`
    : `${what} on ${collections}`;
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}
