/** What the errors of the layers are called in the API. */
import { TrailBusyError } from '../../layers/audit/index.ts';
import {
  FaceModelMissingError,
  ImageFormatError,
  ImageTooLargeError,
  ImageTooSmallError,
  InferenceBusyError,
} from '../../layers/inference/index.ts';
import { ServiceError } from '../../layers/protocol/index.ts';
import {
  BusyError,
  CollectionChangedError,
  CollectionExistsError,
  CollectionFullError,
  CollectionNotFoundError,
  MergeNotFoundError,
  TokenMismatchError,
  TooManyJobsError,
  TooManyTagsError,
  UserBusyError,
  UserExistsError,
  UserNotFoundError,
} from '../../layers/records/index.ts';
import { ScannersBusyError } from '../../layers/vectors/index.ts';
import { INVALID_PARAMETERS, SLOW_DOWN } from './texts.ts';

/** The service is there, and has more to do than it can. */
const BUSY = [
  BusyError,
  ScannersBusyError,
  InferenceBusyError,
  CollectionChangedError,
  TrailBusyError,
];

/** @returns undefined for what is a fault of ours */
export function translate(error: unknown): ServiceError | undefined {
  const because = { cause: error };
  if (error instanceof ServiceError) return error;
  if (error instanceof CollectionNotFoundError) {
    const text = `The collection id: ${error.collectionId} does not exist`;
    return new ServiceError('ResourceNotFoundException', text, because);
  }
  if (error instanceof CollectionExistsError) {
    const text = `The collection id: ${error.collectionId} already exists`;
    return new ServiceError('ResourceAlreadyExistsException', text, because);
  }
  if (error instanceof CollectionFullError) {
    const { collectionId, limit, kind } = error;
    const text = `The collection id: ${collectionId} has ${limit} ${kind}, the most a collection can have`;
    return new ServiceError('ServiceQuotaExceededException', text, because);
  }
  if (error instanceof UserNotFoundError) {
    const text = `The user id: ${error.userId} does not exist`;
    return new ServiceError('ResourceNotFoundException', text, because);
  }
  if (error instanceof MergeNotFoundError) {
    const text = `The merge id: ${error.mergeId} does not exist`;
    return new ServiceError('ResourceNotFoundException', text, because);
  }
  if (error instanceof UserExistsError) {
    const text = `The user id: ${error.userId} already exists`;
    return new ServiceError('ConflictException', text, because);
  }
  if (error instanceof UserBusyError) {
    const text = `The user id: ${error.userId} is being changed by other requests`;
    return new ServiceError('ConflictException', text, because);
  }
  if (error instanceof TokenMismatchError) {
    const text = `The ClientRequestToken: ${error.token} you have supplied is already in use.`;
    return new ServiceError('IdempotentParameterMismatchException', text, because);
  }
  if (error instanceof TooManyTagsError) {
    return new ServiceError('ServiceQuotaExceededException', error.message, because);
  }
  if (error instanceof TooManyJobsError) {
    return new ServiceError('LimitExceededException', error.message, because);
  }
  if (error instanceof FaceModelMissingError) {
    return new ServiceError('InvalidParameterException', error.message, because);
  }
  if (error instanceof ImageFormatError) {
    const text = 'Request has invalid image format';
    return new ServiceError('InvalidImageFormatException', text, because);
  }
  if (error instanceof ImageTooSmallError) {
    return new ServiceError('InvalidParameterException', INVALID_PARAMETERS, because);
  }
  if (error instanceof ImageTooLargeError) {
    return new ServiceError('ImageTooLargeException', 'Image size is too large.', because);
  }
  if (BUSY.some((busy) => error instanceof busy)) {
    return new ServiceError('ThrottlingException', SLOW_DOWN, because);
  }
  return undefined;
}
