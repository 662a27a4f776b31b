/** Who makes a request, and what they may do: access keys, signatures, permissions. */
export type { AccessKey, Grant, KeyDescription } from './access-key.ts';
export {
  DamagedKeyError,
  decodeKey,
  describeKey,
  encodeKey,
  isKeyId,
  issueKey,
  MARK_SECRET_BYTES,
} from './access-key.ts';
export type { Authenticate, AuthenticationOptions } from './authenticate.ts';
export { authentication } from './authenticate.ts';
export { type Claim, claimOf } from './authorization.ts';
export type { KeySource } from './key-cache.ts';
export { KeyCache } from './key-cache.ts';
export type { Permissions, Principal } from './permissions.ts';
export {
  authorizeOperation,
  authorizeResource,
  isPattern,
  matchesEverything,
  matchesPattern,
} from './permissions.ts';
export type { Resource } from './resource.ts';
export { resourceOf } from './resource.ts';
