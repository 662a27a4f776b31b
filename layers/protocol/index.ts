/** The wire: AWS JSON 1.1, authentication, validation, errors, and the declaration of operations. */
export { collectionArn, collectionIdOf, shortCollectionArn } from './arn.ts';
export type {
  AccessKey,
  Authenticate,
  AuthenticationOptions,
  KeySource,
  Permissions,
  Principal,
} from './auth/index.ts';
export { authentication, KeyCache } from './auth/index.ts';
export type { Endpoint, EndpointOptions, RequestLog } from './endpoint.ts';
export { endpoint } from './endpoint.ts';
export type { ErrorName, FrameworkErrorName, ModelledErrorName } from './errors.ts';
export { COMMON_ERRORS, IMAGE_ERRORS, ServiceError } from './errors.ts';
export { type GatewayEvent, type GatewayResult, headersOf } from './gateway.ts';
export * as members from './members.ts';
export type { Call, Declaration, Job, Operation, Uses } from './operation.ts';
export { operation } from './operation.ts';
export { decodeToken, encodeToken, LONGEST_POSITION } from './pagination.ts';
export type { Infer, Shape, StructureShape } from './shapes.ts';
export { enumeration, integer, list, string, structure, timestamp } from './shapes.ts';
export { failure } from './wire.ts';
