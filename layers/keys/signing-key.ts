/**
 * The key that receipts are signed with: Ed25519 (RFC 8032), made at first use and kept for good. Who has the
 * public half can verify a receipt anywhere, at any time; so keep a copy of it where this service cannot
 * change it.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';

export interface SigningKey {
  readonly privateKey: KeyObject;
  /** PEM, SubjectPublicKeyInfo. */
  readonly publicKey: string;
  /** {@link fingerprint} of the public key. */
  readonly id: string;
}

export interface SigningKeyStore {
  /**
   * The same one for all who ask, also at the same time.
   * @throws SigningKeyDamagedError
   */
  get(): Promise<SigningKey>;
}

/** What is kept is no private key of Ed25519. It is not replaced: receipts that were given out need it. */
export class SigningKeyDamagedError extends Error {
  override readonly name = 'SigningKeyDamagedError';

  constructor(where: string, options?: ErrorOptions) {
    super(`${where} is not the key that was written there; restore it from a backup.`, options);
  }
}

/** @returns a private key as PEM (PKCS #8) */
export function newSigningKey(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** @param where it was read, for the message. @throws SigningKeyDamagedError */
export function signingKey(pem: string, where: string): SigningKey {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch (cause) {
    throw new SigningKeyDamagedError(where, { cause });
  }
  if (privateKey.asymmetricKeyType !== 'ed25519') throw new SigningKeyDamagedError(where);
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
  return { privateKey, publicKey, id: fingerprint(publicKey) };
}

/** @param publicKey PEM. @returns the SHA-256 of its DER, as 64 hexadecimal digits */
export function fingerprint(publicKey: string): string {
  const der = createPublicKey(publicKey).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex');
}
