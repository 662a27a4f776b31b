/** Every error that inference throws of its own. */
import { WeightsError } from './attributes/weights.ts';
import { EmbeddingError } from './embedder.ts';
import {
  FaceModelMissingError,
  ImageFormatError,
  ImageTooLargeError,
  ImageTooSmallError,
} from './errors.ts';

export type ErrorClass = new (message: string, options?: ErrorOptions) => Error;

export const ERROR_CLASSES: readonly ErrorClass[] = [
  ImageFormatError,
  ImageTooSmallError,
  ImageTooLargeError,
  FaceModelMissingError,
  EmbeddingError,
  WeightsError,
];
