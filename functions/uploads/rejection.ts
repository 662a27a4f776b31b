/**
 * Why an object cannot be indexed, now or ever: another attempt at the same object would end in the same
 * way. Whatever is not a rejection passes by itself, or is a fault, and is tried again.
 */
import { ServiceError } from '../../layers/protocol/index.ts';
import { translate } from '../common/faults.ts';

export interface Reason {
  /** An error of the API, or one of {@link RejectionCode}. */
  readonly Code: string;
  readonly Message: string;
}

/** What has no error in the API. */
export type RejectionCode =
  | 'InvalidKey'
  | 'InvalidMetadata'
  | 'MalformedMessage'
  | 'TooManyAttempts'
  | 'WrongBucket';

export class RejectedError extends Error {
  override readonly name = 'RejectedError';
  readonly code: RejectionCode;

  constructor(code: RejectionCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Errors of the API that the object or the collection is to blame for. */
const LASTING: ReadonlySet<string> = new Set([
  'ImageTooLargeException',
  'InvalidImageFormatException',
  'InvalidParameterException',
  'ResourceNotFoundException',
  'ServiceQuotaExceededException',
]);

/** What of the API says too little outside of a request. */
const PLAINER: Readonly<Record<string, string>> = {
  InvalidImageFormatException: 'The object is neither a JPEG nor a PNG, or it is damaged.',
  ImageTooLargeException: 'The object has more than 15 MB, or takes too much memory to decode.',
  InvalidParameterException: 'The image has fewer than 80 pixels on a side.',
};

/** @returns undefined for what may go better another time */
export function rejectionOf(error: unknown): Reason | undefined {
  if (error instanceof RejectedError) return { Code: error.code, Message: error.message };
  const known = translate(error);
  if (!(known instanceof ServiceError) || !LASTING.has(known.name)) return undefined;
  return { Code: known.name, Message: PLAINER[known.name] ?? known.message };
}

/** What is said of an object whose last attempt failed for a reason that might have passed. */
export function exhausted(error: unknown, attempts: number): Reason {
  const known = translate(error) ?? error;
  const why = known instanceof Error ? `${known.name}: ${known.message}` : String(known);
  return { Code: 'TooManyAttempts', Message: `Failed ${attempts} times, at last with ${why}` };
}
