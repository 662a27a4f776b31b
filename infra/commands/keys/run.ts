/** Makes, shows and revokes access keys, and says what came of it. */
import path from 'node:path';
import { SSMClient } from '@aws-sdk/client-ssm';
import { operations as all } from '../../../functions/operations.ts';
import type { KeyStore } from '../../../layers/keys/index.ts';
import { FileKeyStore, keyPrefix, SsmKeyStore } from '../../../layers/keys/index.ts';
import type { KeyDescription } from '../../../layers/protocol/index.ts';
import { issueKey, matchesEverything } from '../../../layers/protocol/index.ts';
import { type Surroundings, type Target, targetOf, UsageError } from '../cli/index.ts';

interface Where {
  readonly stack: string | undefined;
  readonly data: string;
  readonly json: boolean;
}

export interface Grants extends Where {
  readonly name: string;
  /** Empty for all. */
  readonly operations: readonly string[];
  readonly collections: string;
  readonly days: number | undefined;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** @throws UsageError, and what the store throws */
export async function create(grants: Grants, surroundings: Surroundings): Promise<undefined> {
  const { name, operations, collections, days } = grants;
  const { print, random, now } = surroundings;
  const unknown = operations.filter((operation) => !all.some((one) => one.name === operation));
  if (unknown.length > 0) {
    throw new UsageError(unknown.map((operation) => `There is no operation "${operation}".`));
  }
  const created = now();
  const expires = days === undefined ? undefined : new Date(created.getTime() + days * DAY_MS);
  const granted = operations.length === 0 ? 'all' : operations;
  const store = openStore(targetOf(grants));
  const mark = await store.markForNew?.(random);
  const key = issueKey({ name, operations: granted, collections, expires }, random, created, mark);
  await store.create(key);
  if (grants.json) {
    const { id: accessKeyId, secret: secretAccessKey } = key;
    print(JSON.stringify({ accessKeyId, secretAccessKey, ...described(key) }, null, 2));
    return;
  }
  print(`Access key id:      ${key.id}
Secret access key:  ${key.secret}

Keep the secret now: it is not shown again. The key allows ${allows(key)}${expires === undefined ? '' : ` until ${day(expires)}`}.

For AWS SDKs and the AWS CLI:
  export AWS_ACCESS_KEY_ID=${key.id}
  export AWS_SECRET_ACCESS_KEY=${key.secret}
  export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
For plain HTTP:
  Authorization: Bearer ${key.id}.${key.secret}`);
}

export async function list(where: Where, { print, now }: Surroundings): Promise<undefined> {
  const keys = await openStore(targetOf(where)).list();
  if (where.json)
    print(
      JSON.stringify(
        keys.map((key) => ({ accessKeyId: key.id, ...described(key) })),
        null,
        2,
      ),
    );
  else print(table(keys, now()));
}

/** @throws UnknownKeyError */
export async function revoke(
  id: string,
  where: Where,
  { print }: Surroundings,
): Promise<undefined> {
  await openStore(targetOf(where)).revoke(id);
  if (where.json) print(JSON.stringify({ accessKeyId: id, revoked: true }, null, 2));
  else print(`${id} is revoked. Servers that have just used it forget it within a minute.`);
}

function openStore(target: Target): KeyStore {
  return target.kind === 'folder'
    ? new FileKeyStore(path.join(target.data, 'keys'))
    : new SsmKeyStore(new SSMClient({}), keyPrefix(target.stack));
}

function described({ name, operations, collections, created, expires }: KeyDescription) {
  return { name, operations, collections, created, expires: expires ?? null };
}

function table(keys: readonly KeyDescription[], now: Date): string {
  if (keys.length === 0) return 'There are no access keys. Make one:  recollect keys create';
  const rows = keys.map((key) => [
    key.id,
    day(key.created),
    key.expires === undefined ? 'never' : day(key.expires) + (key.expires <= now ? ' (over)' : ''),
    allows(key),
    key.name,
  ]);
  const lines = [['ID', 'CREATED', 'EXPIRES', 'ALLOWS', 'NAME'], ...rows];
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((row) => row[column]!.length)));
  return lines
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
