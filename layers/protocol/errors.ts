/**
 * The errors of the API, by their names on the wire.
 *
 * A {@link ServiceError} is thrown once, where the condition is known, and becomes a response in one
 * place (`wire.ts`). Texts are those of the service: clients compare some of them as strings.
 */

/** Errors of the API's model and their HTTP status; the body carries `Code`, `Logref` and `Message`. */
const MODELLED = {
  AccessDeniedException: 400,
  ConflictException: 400,
  IdempotentParameterMismatchException: 400,
  ImageTooLargeException: 400,
  InternalServerError: 500,
  InvalidImageFormatException: 400,
  InvalidPaginationTokenException: 400,
  InvalidParameterException: 400,
  InvalidS3ObjectException: 400,
  LimitExceededException: 400,
  ProvisionedThroughputExceededException: 400,
  ResourceAlreadyExistsException: 400,
  ResourceNotFoundException: 400,
  ServiceQuotaExceededException: 400,
  ThrottlingException: 400,
  VideoTooLargeException: 400,
} as const;

/** Errors of the framework in front of every AWS service; the body is `__type` and lower-case `message`. */
const FRAMEWORK = {
  ExpiredTokenException: 400,
  IncompleteSignatureException: 400,
  InvalidSignatureException: 400,
  MissingAuthenticationTokenException: 400,
  RequestEntityTooLargeException: 413,
  SerializationException: 400,
  UnknownOperationException: 400,
  UnrecognizedClientException: 400,
  ValidationException: 400,
} as const;

export type ModelledErrorName = keyof typeof MODELLED;
export type FrameworkErrorName = keyof typeof FRAMEWORK;
/** What every operation may answer. */
export const COMMON_ERRORS = [
  'AccessDeniedException',
  'InternalServerError',
  'InvalidParameterException',
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
] as const satisfies readonly ModelledErrorName[];

/** What an operation that reads a photograph may answer besides. */
export const IMAGE_ERRORS = [
  'ImageTooLargeException',
  'InvalidImageFormatException',
  'InvalidS3ObjectException',
] as const satisfies readonly ModelledErrorName[];

/** What an operation that begins a job on stored video may answer besides. */
export const VIDEO_ERRORS = [
  'IdempotentParameterMismatchException',
  'InvalidS3ObjectException',
  'LimitExceededException',
  'VideoTooLargeException',
] as const satisfies readonly ModelledErrorName[];

export type ErrorName = ModelledErrorName | FrameworkErrorName;

export class ServiceError extends Error {
  override readonly name: ErrorName;

  constructor(name: ErrorName, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = name;
  }

  get status(): number {
    return isModelled(this.name) ? MODELLED[this.name] : FRAMEWORK[this.name];
  }

  get modelled(): boolean {
    return isModelled(this.name);
  }
}

function isModelled(name: ErrorName): name is ModelledErrorName {
  return Object.hasOwn(MODELLED, name);
}
