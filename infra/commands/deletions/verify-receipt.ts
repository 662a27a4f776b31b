/** Verifies receipts offline, against a public key that the verifier has. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  ReceiptForgedError,
  type SignedReceipt,
  type Statement,
  speaksOf,
  verifyReceipt,
} from '../../../functions/common/receipts.ts';
import { fingerprint } from '../../../layers/keys/index.ts';
import { EXIT, Failure, type Surroundings } from '../cli/index.ts';

export interface Asked {
  readonly file: string;
  readonly key: string | undefined;
  readonly of: string | undefined;
  readonly data: string;
  readonly json: boolean;
}

type Verdict =
  | { readonly genuine: true; readonly statement: Statement }
  | { readonly genuine: false; readonly problem: string };

export async function run(asked: Asked, { print, say }: Surroundings): Promise<number> {
  const publicKey = await publicKeyOf(asked);
  const receipts = readReceipts(await readFile(asked.file, 'utf8'), asked.file);
  const verdicts = receipts
    .map((receipt) => judge(receipt, publicKey))
    .filter((verdict) => !verdict.genuine || isAskedFor(verdict.statement, asked.of));
  if (asked.json) print(JSON.stringify(verdicts, null, 2));
  else for (const verdict of verdicts) print(describe(verdict));
  if (verdicts.length === 0) {
    say(asked.of === undefined ? 'There are no receipts in it.' : `None speaks of ${asked.of}.`);
  }
  return verdicts.length > 0 && verdicts.every(({ genuine }) => genuine) ? 0 : EXIT.failed;
}

async function publicKeyOf({ key, data }: Asked): Promise<string> {
  const file = key ?? path.join(data, 'receipts', 'public.pem');
  const pem = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' || key !== undefined) throw error;
    throw new Failure(`There is no public key in ${data}; name it with --key FILE.`);
  });
  try {
    fingerprint(pem);
  } catch (cause) {
    throw new Failure(`${file} is no public key in PEM.`, { cause });
  }
  return pem;
}

/** @throws Failure */
function readReceipts(text: string, file: string): SignedReceipt[] {
  const parsed = parse(text);
  const listed =
    isObject(parsed) && Array.isArray(parsed['Receipts']) ? parsed['Receipts'] : parsed;
  const all: unknown[] = Array.isArray(listed) ? listed : [listed];
  if (!all.every(isReceipt)) {
    throw new Failure(`${file} has no receipts; get-deletion-receipts --json prints them.`);
  }
  return all;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isReceipt(value: unknown): value is SignedReceipt {
  return (
    isObject(value) &&
    ['Statement', 'Signature', 'KeyId'].every((name) => typeof value[name] === 'string')
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function judge(receipt: SignedReceipt, publicKey: string): Verdict {
  try {
    return { genuine: true, statement: verifyReceipt(receipt, publicKey) };
  } catch (error) {
    if (error instanceof ReceiptForgedError) return { genuine: false, problem: error.message };
    throw error;
  }
}

function isAskedFor(statement: Statement, id: string | undefined): boolean {
  return id === undefined || speaksOf(statement, id);
}

function describe(verdict: Verdict): string {
  if (!verdict.genuine) return `FORGED: ${verdict.problem}`;
  const { statement } = verdict;
  const { ReceiptId, CollectionId, Subject, Subjects, StoredAgain, Cause, State } = statement;
  const what = Subject === 'FACES' ? `${Subjects.length} faces` : `a ${Subject.toLowerCase()}`;
  const places = [
    ['table', statement.GoneFromTable],
    ['tail', statement.GoneFromTail],
    ['shards', statement.GoneFromShards],
    ['traces', statement.GoneFromTraces],
  ].map(([place, at]) => `  ${`${place}:`.padEnd(8)}${at ?? 'something is left'}`);
  return [
    `Genuine: ${ReceiptId}, ${what} of ${CollectionId}, by ${Cause.toLowerCase()}: ${State}`,
    `  in no answer since ${statement.InvisibleSince}`,
    ...places,
    `  backups: ${statement.BackupsUntil === null ? 'none are made' : `may hold it until ${statement.BackupsUntil}`}`,
    ...(StoredAgain.length > 0 ? [`  ${StoredAgain.length} were stored again meanwhile`] : []),
  ].join('\n');
}
