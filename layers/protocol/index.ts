/** The wire: AWS JSON 1.1, authentication, validation, errors, and the declaration of operations. */
export { collectionArn, collectionIdOf, shortCollectionArn } from './arn.ts';
export {
  type AccessKey,
  type Authenticate,
  type AuthenticationOptions,
  authentication,
  type Claim,
  claimOf,
  DamagedKeyError,
  decodeKey,
  describeKey,
  encodeKey,
  type Grant,
  isKeyId,
  isPattern,
  issueKey,
  KeyCache,
  type KeyDescription,
  type KeySource,
  MARK_SECRET_BYTES,
  matchesEverything,
  type Permissions,
  type Principal,
} from './auth/index.ts';
export type { Call } from './call.ts';
export { type Endpoint, endpoint } from './endpoint.ts';
export type { EndpointOptions, RequestLog, RequestRecord } from './endpoint-options.ts';
export type { ErrorName, FrameworkErrorName, ModelledErrorName } from './errors.ts';
export { COMMON_ERRORS, IMAGE_ERRORS, ServiceError, VIDEO_ERRORS } from './errors.ts';
export type { GatewayEvent, GatewayRequest, GatewayResult } from './gateway.ts';
export { receive } from './gateway.ts';
export * as members from './members.ts';
export type {
  Declaration,
  ExtensionContract,
  Job,
  Kind,
  Operation,
  RecordAction,
  Uses,
} from './operation.ts';
export { extension, extensionContract, operation, targetOf } from './operation.ts';
export { decodeToken, encodeToken, LONGEST_POSITION } from './pagination.ts';
export type { Infer, Shape, StructureShape } from './shapes.ts';
export {
  blob,
  boolean,
  double,
  enumeration,
  integer,
  list,
  string,
  structure,
  timestamp,
} from './shapes.ts';
export { failure } from './wire.ts';
