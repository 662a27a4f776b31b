/**
 * Errors on their way from one thread to another. A structured clone would make plain `Error`s of them all, and
 * an error of ours is known by its class.
 */
import { ERROR_CLASSES, type ErrorClass } from '../error-classes.ts';

export interface PackedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Of errors of the system. */
  readonly code: string | undefined;
  readonly cause: PackedError | undefined;
}

/** Those of the language that tell what kind of mistake was made. */
const OF_THE_LANGUAGE: readonly ErrorClass[] = [TypeError, RangeError];

/** Causes of causes, up to here. */
const DEPTH = 4;

/** @param thrown whatever was thrown */
export function packError(thrown: unknown, depth = DEPTH): PackedError {
  if (!(thrown instanceof Error)) return packError(new Error(String(thrown)), depth);
  const { name, message, stack, cause } = thrown;
  return {
    name,
    message,
    stack,
    code: 'code' in thrown ? String(thrown.code) : undefined,
    cause: cause === undefined || depth === 0 ? undefined : packError(cause, depth - 1),
  };
}

/** @param more classes to know an error by, beside those of inference */
export function unpackError(packed: PackedError, more: readonly ErrorClass[] = []): Error {
  const { name, message, stack, code } = packed;
  const cause = packed.cause && unpackError(packed.cause, more);
  const known = [...ERROR_CLASSES, ...OF_THE_LANGUAGE, ...more].find((each) => each.name === name);
  const error = new (known ?? Error)(message, cause && { cause });
  if (known === undefined) Object.defineProperty(error, 'name', { value: name });
  if (code !== undefined) Object.defineProperty(error, 'code', { value: code, enumerable: true });
  if (stack !== undefined) error.stack = stack;
  return error;
}
