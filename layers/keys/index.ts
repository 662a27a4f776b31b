/**
 * The stores of access keys. Apart from the rest of the protocol, so that only those who keep keys load the
 * client of the place where they are kept.
 */
export { FileKeyStore } from './file-store.ts';
export { keyPrefix, SsmKeyStore } from './ssm-store.ts';
export type { KeyStore } from './store.ts';
export { KeyExistsError, UnknownKeyError } from './store.ts';
