/** The names of collections as AWS resources, in the spellings that are in use. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectionArn, collectionIdOf, shortCollectionArn } from '../../layers/protocol/index.ts';

const CALL = { requestId: 'r', region: 'eu-central-1', accountId: '123456789012' };

const collectionId = fc.string({
  unit: fc.constantFrom(...'abyzABYZ0189_.-'),
  minLength: 1,
  maxLength: 255,
});

describe('an ARN', () => {
  it('is spelt as the service spells it', () => {
    expect(collectionArn(CALL, 'family')).toBe(
      'arn:aws:rekognition:eu-central-1:123456789012:collection/family',
    );
    expect(shortCollectionArn(CALL, 'family')).toBe(
      'aws:rekognition:eu-central-1:123456789012:collection/family',
    );
  });

  it('leads back to the collection, with its prefix and without', () => {
    fc.assert(
      fc.property(collectionId, (id) => {
        expect(collectionIdOf(collectionArn(CALL, id))).toBe(id);
        expect(collectionIdOf(shortCollectionArn(CALL, id))).toBe(id);
      }),
    );
  });

  it('may be of another partition', () => {
    const arn = 'arn:aws-us-gov:rekognition:us-gov-west-1:123456789012:collection/family';
    expect(collectionIdOf(arn)).toBe('family');
  });

  it.each([
    'family',
    'collection/family',
    'arn:aws:s3:::a-bucket-with-photographs',
    'arn:aws:rekognition:eu-central-1:123456789012:project/family',
    'arn:aws:rekognition:eu-central-1:123456789012:collection/',
    'arn:aws:rekognition:eu-central-1:123456789012:collection/a/b',
    'arn:aws:rekognition:eu-central-1:123456789012:collection/a b',
    'arn:aws:rekognition:eu-central-1:123456789012:collection/a\n',
    'arn:aws:rekognition:eu-central-1:someone:collection/family',
    ' arn:aws:rekognition:eu-central-1:123456789012:collection/family',
    `arn:aws:rekognition:eu-central-1:123456789012:collection/${'a'.repeat(256)}`,
  ])('of no collection is refused: %j', (arn) => {
    expect(() => collectionIdOf(arn)).toThrow(
      expect.objectContaining({
        name: 'InvalidParameterException',
        message: expect.stringContaining(`Not the ARN of a collection: ${arn}.`),
      }),
    );
  });
});
