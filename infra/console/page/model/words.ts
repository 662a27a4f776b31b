/** Errors and reasons in people's words. */

interface Named {
  readonly name: string;
  readonly message: string;
}

const ERRORS: Readonly<Record<string, (message: string) => string>> = {
  NoAnswerError: () => 'The service does not answer. Is it running, and is there a connection?',
  MissingAuthenticationTokenException: () =>
    'This service asks for an access key. Sign in under Keys.',
  InvalidSignatureException: () =>
    'The secret does not belong to this key, or this clock is wrong.',
  UnrecognizedClientException: () => 'The service does not know this access key.',
  AccessDeniedException: (message) => `This key may not do that. ${message}`,
  ThrottlingException: () => 'The service has more to do than it can. Try again in a moment.',
  ProvisionedThroughputExceededException: () =>
    'The service has more to do than it can. Try again in a moment.',
  InvalidImageFormatException: () => 'This is no JPEG or PNG that can be read.',
  ImageTooLargeException: () => 'The photograph is too large: 5 MiB at most, or less in pixels.',
  ResourceAlreadyExistsException: () => 'There is one of that name already.',
  UnknownOperationException: () => 'This service does not have that operation.',
};

/** @returns one sentence or two that say what happened and what to do */
export function inWords(error: unknown): string {
  const { name = '', message = String(error) } = (error ?? {}) as Partial<Named>;
  return ERRORS[name]?.(message) ?? message;
}

const REASONS: Readonly<Record<string, string>> = {
  EXCEEDS_MAX_FACES: 'more faces than asked for',
  EXTREME_POSE: 'turned too far away',
  LOW_BRIGHTNESS: 'too dark',
  LOW_SHARPNESS: 'too blurred',
  LOW_CONFIDENCE: 'perhaps no face',
  SMALL_BOUNDING_BOX: 'too small',
  LOW_FACE_QUALITY: 'cannot be told apart well',
  FACE_NOT_FOUND: 'not there any more',
  ASSOCIATED_TO_A_DIFFERENT_USER: 'belongs to somebody else',
  ASSOCIATED_TO_AN_EXISTING_USER: 'belongs to somebody',
  LOW_MATCH_CONFIDENCE: 'does not resemble this person enough',
};

export function reasonInWords(reason: string): string {
  return REASONS[reason] ?? reason.toLowerCase().replaceAll('_', ' ');
}

/** `1 face`, `2 faces`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}
