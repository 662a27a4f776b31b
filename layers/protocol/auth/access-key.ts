/**
 * Access keys: what is issued, kept in a key store, and looked up for every request.
 *
 * Ids and secrets have the form of AWS's own, so that every SDK and tool accepts them: `AKIA` and sixteen
 * characters of base32 (80 random bits), and forty characters of base64 (240 random bits). The secret is
 * kept as it is: a server can only verify an HMAC with the key it was made with.
 *
 * Where looking a key up costs something, ids prove themselves: their last six characters are a mark, an HMAC of the
 * others with a secret of the store. An id that somebody made up is recognised without asking the store. The mark
 * says nothing of who may do what.
 */
import { createHmac } from 'node:crypto';
import type { Permissions } from './permissions.ts';
import { isPattern } from './permissions.ts';

export interface AccessKey extends Permissions {
  readonly id: string;
  readonly secret: string;
  /** For people; may be empty. */
  readonly name: string;
  readonly created: Date;
  /** From then on the key is refused; `undefined` for a key that lasts. */
  readonly expires: Date | undefined;
}

/** What may be shown of a key. */
export type KeyDescription = Omit<AccessKey, 'secret'>;

/** What whoever issues a key decides. */
export type Grant = Omit<AccessKey, 'id' | 'secret' | 'created'>;

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const ID = /^AKIA[A-Z2-7]{16}$/;
const SECRET_BYTES = 30;
const ID_CHARACTERS = 16;
/** 30 bits: of a thousand million ids that are made up, one is looked up. */
const MARK_CHARACTERS = 6;
/** Bytes of the secret that marks are made with. */
export const MARK_SECRET_BYTES = 32;

/** Whether a text has the form of an access key id. */
export function isKeyId(text: string): boolean {
  return ID.test(text);
}

/**
 * @param random so many random bytes, fit for secrets
 * @param mark the secret of a store whose ids prove themselves
 */
export function issueKey(
  grant: Grant,
  random: (bytes: number) => Buffer,
  now: Date,
  mark?: Uint8Array,
): AccessKey {
  const drawn = `AKIA${base32(random(ID_CHARACTERS))}`;
  return {
    ...grant,
    id: mark === undefined ? drawn : marked(drawn, mark),
    secret: random(SECRET_BYTES).toString('base64'),
    created: now,
  };
}

/** Whether an id was issued with the secret of this store. */
export function bearsMark(id: string, mark: Uint8Array): boolean {
  return isKeyId(id) && marked(id, mark) === id;
}

function marked(id: string, mark: Uint8Array): string {
  const body = id.slice(0, -MARK_CHARACTERS);
  const digest = createHmac('sha256', mark).update(body).digest();
  return body + base32(digest.subarray(0, MARK_CHARACTERS));
}

/** A character for each byte. */
function base32(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => BASE32[byte % BASE32.length]).join('');
}

export function describeKey({ secret: _, ...description }: AccessKey): KeyDescription {
  return description;
}

/** A stored key is not what {@link encodeKey} writes. The text is left out: it may hold a secret. */
export class DamagedKeyError extends Error {
  override readonly name = 'DamagedKeyError';

  constructor(id: string, options?: { cause?: unknown }) {
    super(`The stored access key ${id} is damaged; revoke it and create another.`, options);
  }
}

/** The form in which stores keep a key: JSON. */
export function encodeKey(key: AccessKey): string {
  return JSON.stringify({
    ...key,
    created: key.created.toISOString(),
    expires: key.expires?.toISOString(),
  });
}

/** @throws DamagedKeyError, also when the text is that of another key than `id` */
export function decodeKey(id: string, text: string): AccessKey {
  const stored = parse(id, text);
  const { secret, name, operations, collections } = stored;
  const created = toDate(stored['created']);
  const expires = stored['expires'] === undefined ? undefined : toDate(stored['expires']);
  if (
    stored['id'] !== id ||
    typeof secret !== 'string' ||
    secret === '' ||
    typeof name !== 'string' ||
    !(operations === 'all' || isStrings(operations)) ||
    typeof collections !== 'string' ||
    !isPattern(collections) ||
    created === undefined ||
    (stored['expires'] !== undefined && expires === undefined)
  ) {
    throw new DamagedKeyError(id);
  }
  return { id, secret, name, operations, collections, created, expires };
}

function parse(id: string, text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    // The cause would quote the text, and the text holds a secret.
    throw new DamagedKeyError(id);
  }
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function toDate(value: unknown): Date | undefined {
  const date = new Date(typeof value === 'string' ? value : Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
