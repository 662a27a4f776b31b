/**
 * Receipts of deletions as they are given out: a statement in JSON, its signature, and which key signed it. Pure.
 *
 * What is signed is the text of the statement itself, so that nobody has to agree on how JSON is written.
 */
import { createPublicKey, sign, verify } from 'node:crypto';
import { fingerprint, type SigningKey } from '../../layers/keys/index.ts';
import { ERASURE_PLACES, type ErasureReceipt, subjectDigest } from '../../layers/records/index.ts';

export interface SignedReceipt {
  /** A {@link Statement} as JSON. */
  readonly Statement: string;
  /** Of the bytes of the statement: Ed25519, in base64. */
  readonly Signature: string;
  /** The fingerprint of the public key: SHA-256 of its DER, in hexadecimal digits. */
  readonly KeyId: string;
}

/** Times are ISO 8601, in UTC. */
export interface Statement {
  readonly Format: typeof FORMAT;
  readonly ReceiptId: string;
  readonly CollectionId: string;
  readonly Subject: ErasureReceipt['subject'];
  readonly Cause: ErasureReceipt['cause'];
  /** `DONE`: nothing is left in any place. `PENDING`: ask again. */
  readonly State: 'DONE' | 'PENDING';
  /** SHA-256 of the JSON `[ReceiptId, CollectionId, id]`, the first half, in base64url. */
  readonly Subjects: readonly string[];
  /** Those of them that were stored again meanwhile. */
  readonly StoredAgain: readonly string[];
  /** No answer has had it since. */
  readonly InvisibleSince: string;
  readonly GoneFromTable: string | null;
  readonly GoneFromTail: string | null;
  readonly GoneFromShards: string | null;
  readonly GoneFromTraces: string | null;
  /** Until then a point-in-time backup of the table may hold it; null where there are none. */
  readonly BackupsUntil: string | null;
  readonly IssuedAt: string;
}

export const FORMAT = 'recollect-deletion-receipt-1';

/** A receipt that says what nobody has signed. */
export class ReceiptForgedError extends Error {
  override readonly name = 'ReceiptForgedError';
}

export function statementOf(
  collectionId: string,
  receipt: ErasureReceipt,
  issuedAt: number,
): Statement {
  const { id, subject, cause, digests, storedAgain, deletedAt, gone, backupsUntil } = receipt;
  const isDone = ERASURE_PLACES.every((place) => gone[place] !== undefined);
  return {
    Format: FORMAT,
    ReceiptId: id,
    CollectionId: collectionId,
    Subject: subject,
    Cause: cause,
    State: isDone ? 'DONE' : 'PENDING',
    Subjects: digests,
    StoredAgain: storedAgain,
    InvisibleSince: time(deletedAt),
    GoneFromTable: timeOrNull(gone.table),
    GoneFromTail: timeOrNull(gone.tail),
    GoneFromShards: timeOrNull(gone.shards),
    GoneFromTraces: timeOrNull(gone.traces),
    BackupsUntil: timeOrNull(backupsUntil),
    IssuedAt: time(issuedAt),
  };
}

export function signReceipt(statement: Statement, { privateKey, id }: SigningKey): SignedReceipt {
  const text = JSON.stringify(statement);
  const signature = sign(null, Buffer.from(text), privateKey).toString('base64');
  return { Statement: text, Signature: signature, KeyId: id };
}

/**
 * @param publicKey PEM, from whom the verifier trusts
 * @returns what was signed
 * @throws ReceiptForgedError
 */
export function verifyReceipt(
  { Statement: text, Signature, KeyId }: SignedReceipt,
  publicKey: string,
): Statement {
  const expected = fingerprint(publicKey);
  if (KeyId !== expected) {
    throw new ReceiptForgedError(
      `The receipt names the key ${KeyId}, and this public key is ${expected}.`,
    );
  }
  const signature = Buffer.from(Signature, 'base64');
  if (!verify(null, Buffer.from(text), createPublicKey(publicKey), signature)) {
    throw new ReceiptForgedError('The signature is not that of this statement.');
  }
  const statement = JSON.parse(text) as Statement;
  if (statement.Format !== FORMAT) {
    throw new ReceiptForgedError(`What was signed is no ${FORMAT}.`);
  }
  return statement;
}

/** Whether a receipt speaks of a face, a user or a collection. @param id as clients know it */
export function speaksOf({ ReceiptId, CollectionId, Subjects }: Statement, id: string): boolean {
  return Subjects.includes(subjectDigest(ReceiptId, CollectionId, id));
}

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

function timeOrNull(milliseconds: number | undefined): string | null {
  return milliseconds === undefined ? null : time(milliseconds);
}
