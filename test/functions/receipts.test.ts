/** Receipts as they are given out: what is signed is verified, what is not is not. */
import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from 'vitest';
import {
  ReceiptForgedError,
  type SignedReceipt,
  signReceipt,
  speaksOf,
  statementOf,
  verifyReceipt,
} from '../../functions/common/receipts.ts';
import { newSigningKey, signingKey } from '../../layers/keys/signing-key.ts';
import { subjectDigest } from '../../layers/records/index.ts';

const ID = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const FACE = '8c1b7c0e-2c8f-4a9e-9b57-0d4b7f1f6c11';
const key = signingKey(newSigningKey(), 'memory');
const statement = statementOf(
  'family',
  {
    id: ID,
    subject: 'FACES',
    cause: 'REQUEST',
    digests: [subjectDigest(ID, 'family', FACE)],
    storedAgain: [],
    deletedAt: 1_900_000_000_000,
    gone: { table: 1, tail: 2, shards: 3, traces: 4 },
    backupsUntil: 1_903_024_000_000,
  },
  1_900_000_100_000,
);
const signed = signReceipt(statement, key);

it('is verified with the public key alone', () => {
  expect(verifyReceipt(signed, key.publicKey)).toEqual(statement);
  expect(statement).toMatchObject({
    State: 'DONE',
    InvisibleSince: '2030-03-17T17:46:40.000Z',
    BackupsUntil: '2030-04-21T17:46:40.000Z',
  });
});

it('speaks of what was deleted, without naming it', () => {
  expect(speaksOf(statement, FACE)).toBe(true);
  expect(speaksOf(statement, FACE.replace('8', '9'))).toBe(false);
  expect(signed.Statement).not.toContain(FACE);
});

it('is pending as long as a place is missing', () => {
  const receipt = {
    id: ID,
    subject: 'USER',
    cause: 'REQUEST',
    digests: [],
    storedAgain: [],
  } as const;
  const pending = statementOf('a', { ...receipt, deletedAt: 0, gone: { table: 1 } }, 0);
  expect(pending).toMatchObject({ State: 'PENDING', GoneFromTail: null, BackupsUntil: null });
});

const stranger = signingKey(newSigningKey(), 'memory');
it.each<[string, SignedReceipt]>([
  [
    'of which a letter was changed',
    { ...signed, Statement: signed.Statement.replace('DONE', 'DOME') },
  ],
  ['signed by somebody else', signReceipt(statement, stranger)],
  [
    'signed by somebody else in the name of the key',
    { ...signReceipt(statement, stranger), KeyId: key.id },
  ],
  ['without a signature', { ...signed, Signature: '' }],
  ['of another kind', signReceipt({ ...statement, Format: 'other' as never }, key)],
])('is no receipt: one %s', (_, forged) => {
  expect(() => verifyReceipt(forged, key.publicKey)).toThrow(ReceiptForgedError);
});

it('is signed by no other kind of key', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  expect(() => signingKey(pem, 'the file')).toThrow('the file is not the key');
  expect(() => signingKey('nothing', 'the file')).toThrow('the file is not the key');
});
