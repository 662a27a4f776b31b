/** What the errors of the layers are called in the API, in the texts that clients know. */
import { describe, expect, it } from 'vitest';
import { translate } from '../../functions/common/faults.ts';
import {
  ImageFormatError,
  ImageTooLargeError,
  ImageTooSmallError,
} from '../../layers/inference/index.ts';
import { ServiceError } from '../../layers/protocol/index.ts';
import {
  BusyError,
  CollectionExistsError,
  CollectionNotFoundError,
  TokenMismatchError,
  TooManyTagsError,
  UserBusyError,
  UserExistsError,
  UserNotFoundError,
} from '../../layers/records/index.ts';

describe('translate', () => {
  it.each([
    [
      new CollectionNotFoundError('family'),
      'ResourceNotFoundException',
      'The collection id: family does not exist',
    ],
    [
      new CollectionExistsError('family'),
      'ResourceAlreadyExistsException',
      'The collection id: family already exists',
    ],
    [new TooManyTagsError('No more.'), 'ServiceQuotaExceededException', 'No more.'],
    [
      new ImageFormatError('libspng said so'),
      'InvalidImageFormatException',
      'Request has invalid image format',
    ],
    [
      new ImageTooSmallError('79 pixels'),
      'InvalidParameterException',
      'Request has Invalid Parameters',
    ],
    [new ImageTooLargeError('a bomb'), 'ImageTooLargeException', 'Image size is too large.'],
    [new UserNotFoundError('ada'), 'ResourceNotFoundException', 'The user id: ada does not exist'],
    [new UserExistsError('ada'), 'ConflictException', 'The user id: ada already exists'],
    [
      new UserBusyError('ada', { cause: new BusyError('conflict') }),
      'ConflictException',
      'The user id: ada is being changed by other requests',
    ],
    [
      new TokenMismatchError('t-1'),
      'IdempotentParameterMismatchException',
      'The ClientRequestToken: t-1 you have supplied is already in use.',
    ],
    [
      new BusyError('load'),
      'ThrottlingException',
      'Slow down; sudden increase in rate of requests.',
    ],
  ])('%s becomes %s', (error, name, message) => {
    const translated = translate(error);
    expect(translated).toBeInstanceOf(ServiceError);
    expect(translated).toMatchObject({ name, message, modelled: true });
    expect(translated?.cause).toBe(error);
  });

  it('leaves errors of the API as they are', () => {
    const error = new ServiceError('ValidationException', 'text');
    expect(translate(error)).toBe(error);
  });

  it.each([new Error('no'), new TypeError('x is undefined'), 'text', undefined, null, {}])(
    'knows no name for a fault of ours: %s',
    (error) => {
      expect(translate(error)).toBeUndefined();
    },
  );

  it('does not judge errors by what they call themselves', () => {
    const error = Object.assign(new Error('no'), { name: 'BusyError' });
    expect(translate(error)).toBeUndefined();
  });
});
