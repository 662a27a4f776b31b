/**
 * The stores of access keys, and of the key that receipts are signed with. Apart from the rest of the protocol, so that only those who keep keys load the
 * client of the place where they are kept.
 */
export { FileSigningKey } from './file-signing-key.ts';
export { FileKeyStore } from './file-store.ts';
export type { SigningKey, SigningKeyStore } from './signing-key.ts';
export { fingerprint, SigningKeyDamagedError } from './signing-key.ts';
export { receiptKeyName, SsmSigningKey } from './ssm-signing-key.ts';
export { keyPrefix, SsmKeyStore } from './ssm-store.ts';
export type { KeyStore } from './store.ts';
export { KeyExistsError, UnknownKeyError } from './store.ts';
