/** The check that the end-to-end tests rely on, with answers that are right and answers that are not. */
import { describe, expect, it } from 'vitest';
import { checkResponse } from '../support/model.ts';

const ID = '0d1e2f3a-4b5c-4d6e-8f70-8192a3b4c5d6';
const FACE = {
  FaceId: ID,
  BoundingBox: { Width: 0.25, Height: 0.5, Left: -0.125, Top: 1.5 },
  ImageId: ID,
  Confidence: Math.fround(99.9),
  IndexFacesModelVersion: '1.0',
};

describe('checkResponse', () => {
  it('finds nothing wrong with what is right', () => {
    const match = { Similarity: Math.fround(98.7), Face: FACE };
    const found = { SearchedFaceId: ID, FaceMatches: [match], FaceModelVersion: '1.0' };
    expect(checkResponse('SearchFaces', found)).toEqual([]);
    expect(checkResponse('SearchFaces', {})).toEqual([]);
    expect(checkResponse('TagResource', {})).toEqual([]);
    expect(checkResponse('ListTagsForResource', { Tags: { team: 'blue', empty: '' } })).toEqual([]);
    expect(checkResponse('DescribeCollection', { CreationTimestamp: 1569444828.274 })).toEqual([]);
  });

  it('lets lists be empty that the model wants filled', () => {
    const body = { DeletedFaces: [], UnsuccessfulFaceDeletions: [] };
    expect(checkResponse('DeleteFaces', body)).toEqual([]);
  });

  it.each<[string, string, unknown, string]>([
    ['no object', 'TagResource', null, 'TagResource is no structure.'],
    ['an unknown member', 'TagResource', { Ok: 1 }, 'TagResource.Ok is not in the model.'],
    ['a null', 'ListFaces', { NextToken: null }, 'ListFaces.NextToken is no string.'],
    ['another type', 'ListFaces', { Faces: {} }, 'ListFaces.Faces is no list.'],
    [
      'an inherited name',
      'TagResource',
      { constructor: 1 },
      'TagResource.constructor is not in the model.',
    ],
    [
      'a number below its range',
      'DescribeCollection',
      { FaceCount: -1 },
      'DescribeCollection.FaceCount is -1, less than 0.',
    ],
    [
      'a number above its range',
      'SearchFaces',
      { FaceMatches: [{ Similarity: 100.5 }] },
      'SearchFaces.FaceMatches[0].Similarity is 100.5, more than 100.',
    ],
    [
      'a fraction for a count',
      'DescribeCollection',
      { UserCount: 0.5 },
      'DescribeCollection.UserCount is no integer.',
    ],
    [
      'double precision',
      'ListFaces',
      { Faces: [{ ...FACE, Confidence: 99.9 }] },
      'ListFaces.Faces[0].Confidence is no number of single precision.',
    ],
    [
      'a time in milliseconds',
      'DescribeCollection',
      { CreationTimestamp: 1569444828274 },
      'DescribeCollection.CreationTimestamp is no time in epoch seconds.',
    ],
    [
      'a time in words',
      'DescribeCollection',
      { CreationTimestamp: '2026-01-01T00:00:00Z' },
      'DescribeCollection.CreationTimestamp is no time in epoch seconds.',
    ],
    [
      'an id of another form',
      'DeleteFaces',
      { DeletedFaces: [ID.toUpperCase()] },
      `DeleteFaces.DeletedFaces[0] is "${ID.toUpperCase()}", which does not match [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}.`,
    ],
    [
      'a value outside of its set',
      'DetectFaces',
      { FaceDetails: [{ Gender: { Value: 'male' } }] },
      'DetectFaces.FaceDetails[0].Gender.Value is "male", which is none of Male, Female.',
    ],
    [
      'a long token',
      'ListCollections',
      { NextToken: 'x'.repeat(256) },
      'the length of ListCollections.NextToken is 256, more than 255.',
    ],
    [
      'a forbidden tag',
      'ListTagsForResource',
      { Tags: { 'aws:team': 'blue' } },
      `a key of ListTagsForResource.Tags is "aws:team", which does not match ^(?!aws:)[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*$.`,
    ],
  ])('names %s', (_, operation, body, problem) => {
    expect(checkResponse(operation, body)).toEqual([problem]);
  });

  it('refuses to judge an operation that the API does not have', () => {
    expect(() => checkResponse('NoSuchOperation', {})).toThrow('no operation NoSuchOperation');
  });

  it('names every problem', () => {
    const body = { StatusCode: -1, CollectionArn: 7, Extra: true };
    expect(checkResponse('CreateCollection', body)).toHaveLength(3);
  });
});
