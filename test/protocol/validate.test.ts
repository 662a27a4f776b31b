/**
 * Validation: the wording of the framework in front of AWS services, for each kind of constraint, and
 * every constraint of the published model on random inputs.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apiOperations } from '../../functions/operations.ts';
import { ServiceError } from '../../layers/protocol/index.ts';
import { brokenInput, type Json, validInput } from './support/inputs.ts';

const FACE_ID = '0d1e2f3a-4b5c-4d6e-8f70-8192a3b4c5d6';
const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const IMAGE = { S3Object: { Bucket: 'photos', Name: 'a.jpg' } };
const ARN = 'arn:aws:rekognition:us-east-1:000000000000:collection/family';

/** @returns the refusal of an input, or undefined if the operation takes it */
function refusal(operation: string, input: Json): ServiceError | undefined {
  const found = apiOperations.find(({ name }) => name === operation);
  if (found === undefined) throw new Error(`There is no operation ${operation}.`);
  try {
    found.prepare(JSON.stringify(input));
    return undefined;
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
}

function message(operation: string, input: Json): string | undefined {
  const error = refusal(operation, input);
  if (error !== undefined) expect(error.name).toBe('ValidationException');
  return error?.message;
}

describe('the text of a violation', () => {
  it.each<[string, string, Json, string]>([
    [
      'a required member',
      'DescribeCollection',
      {},
      "Value null at 'collectionId' failed to satisfy constraint: Member must not be null",
    ],
    [
      'null for a required member',
      'DescribeCollection',
      { CollectionId: null },
      "Value null at 'collectionId' failed to satisfy constraint: Member must not be null",
    ],
    [
      'a pattern',
      'IndexFaces',
      { CollectionId: 'family', Image: IMAGE, ExternalImageId: 'a b' },
      "Value 'a b' at 'externalImageId' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.\\-:]+",
    ],
    [
      'the length of a string',
      'CreateCollection',
      { CollectionId: 'x'.repeat(256) },
      `Value '${'x'.repeat(256)}' at 'collectionId' failed to satisfy constraint: Member must have length less than or equal to 255`,
    ],
    [
      'an enum',
      'IndexFaces',
      { CollectionId: 'family', Image: IMAGE, QualityFilter: 'auto' },
      "Value 'auto' at 'qualityFilter' failed to satisfy constraint: Member must satisfy enum value set: [NONE, AUTO, LOW, MEDIUM, HIGH]",
    ],
    [
      'the least number',
      'IndexFaces',
      { CollectionId: 'family', Image: IMAGE, MaxFaces: 0 },
      "Value '0' at 'maxFaces' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    [
      'the greatest number',
      'SearchFaces',
      { CollectionId: 'family', FaceId: FACE_ID, FaceMatchThreshold: 100.5 },
      "Value '100.5' at 'faceMatchThreshold' failed to satisfy constraint: Member must have value less than or equal to 100",
    ],
    [
      'an empty blob',
      'DetectFaces',
      { Image: { Bytes: '' } },
      "Value 'java.nio.HeapByteBuffer[pos=0 lim=0 cap=0]' at 'image.bytes' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      'a blob of one byte too many',
      'DetectFaces',
      { Image: { Bytes: Buffer.alloc(5_242_881).toString('base64') } },
      "Value 'java.nio.HeapByteBuffer[pos=0 lim=5242881 cap=5242881]' at 'image.bytes' failed to satisfy constraint: Member must have length less than or equal to 5242880",
    ],
    [
      'a member two structures down',
      'CompareFaces',
      { SourceImage: IMAGE, TargetImage: { S3Object: { Bucket: 'ab', Name: 'a.jpg' } } },
      "Value 'ab' at 'targetImage.s3Object.bucket' failed to satisfy constraint: Member must have length greater than or equal to 3",
    ],
    [
      'a list that is too short',
      'DeleteFaces',
      { CollectionId: 'family', FaceIds: [] },
      "Value '[]' at 'faceIds' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      'an item of a list',
      'DeleteFaces',
      { CollectionId: 'family', FaceIds: [FACE_ID, 'x'] },
      `Value '[${FACE_ID}, x]' at 'faceIds' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy regular expression pattern: ${UUID}]`,
    ],
    [
      'a key of a map',
      'TagResource',
      { ResourceArn: ARN, Tags: { 'aws:a': 'b', c: 'd' } },
      "Value '{aws:a=b, c=d}' at 'tags' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: ^(?!aws:)[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*$]",
    ],
    [
      'a value of a map',
      'TagResource',
      { ResourceArn: ARN, Tags: { a: '#' } },
      "Value '{a=#}' at 'tags' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 256, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: ^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$]",
    ],
  ])('names %s', (_, operation, input, text) => {
    expect(message(operation, input)).toBe(`1 validation error detected: ${text}`);
  });

  it('names every violation in one message', () => {
    const input = { Image: { S3Object: { Bucket: 'a#' } }, MaxFaces: 0, QualityFilter: 'x' };
    expect(message('IndexFaces', input)?.split('; ')).toEqual([
      "5 validation errors detected: Value null at 'collectionId' failed to satisfy constraint: Member must not be null",
      "Value 'a#' at 'image.s3Object.bucket' failed to satisfy constraint: Member must have length greater than or equal to 3",
      "Value 'a#' at 'image.s3Object.bucket' failed to satisfy constraint: Member must satisfy regular expression pattern: [0-9A-Za-z\\.\\-_]*",
      "Value '0' at 'maxFaces' failed to satisfy constraint: Member must have value greater than or equal to 1",
      "Value 'x' at 'qualityFilter' failed to satisfy constraint: Member must satisfy enum value set: [NONE, AUTO, LOW, MEDIUM, HIGH]",
    ]);
  });
});

describe('the edges', () => {
  it('takes a blob of the greatest length', () => {
    const Bytes = Buffer.alloc(5_242_880).toString('base64');
    expect(message('DetectFaces', { Image: { Bytes } })).toBeUndefined();
  });

  it('takes 4096 face ids and refuses one more', () => {
    const ids = (count: number) => ({ CollectionId: 'a', FaceIds: Array(count).fill(FACE_ID) });
    expect(message('DeleteFaces', ids(4096))).toBeUndefined();
    expect(message('DeleteFaces', ids(4097))).toMatch(/less than or equal to 4096$/);
  });

  it('takes any number of faces to index, and 0 for the default page', () => {
    const input = { CollectionId: 'a', Image: IMAGE, MaxFaces: 1_000_000 };
    expect(message('IndexFaces', input)).toBeUndefined();
    expect(message('ListCollections', { MaxResults: 0 })).toBeUndefined();
    expect(message('ListCollections', { MaxResults: 4097 })).toBeDefined();
  });

  it('counts characters, not UTF-16 units', () => {
    const tags = (key: string) => ({ ResourceArn: ARN, Tags: { [key]: '' } });
    expect(message('TagResource', tags('𝒳'.repeat(128)))).toBeUndefined();
    expect(message('TagResource', tags('𝒳'.repeat(129)))).toBeDefined();
  });

  it('matches patterns against the whole value', () => {
    for (const CollectionId of ['a b', ' a', 'a ', 'a\n', '\na', 'a/b', 'ä']) {
      expect(message('DescribeCollection', { CollectionId }), CollectionId).toBeDefined();
    }
  });

  it('judges a tag named __proto__ like any other', () => {
    const tags = (value: string) => `{"ResourceArn":"${ARN}","Tags":{"__proto__":"${value}"}}`;
    expect(message('TagResource', JSON.parse(tags('blue')))).toBeUndefined();
    expect(message('TagResource', JSON.parse(tags('#')))).toMatch(
      /^1 validation error detected: Value '\{__proto__=#\}' at 'tags' failed/,
    );
  });
});

describe.each(apiOperations.map(({ name }) => name))('%s', (operation) => {
  it('takes every input that the model allows', () => {
    fc.assert(
      fc.property(validInput(operation), (input) => {
        expect(message(operation, input)).toBeUndefined();
      }),
    );
  });

  it('names the place and the constraint of whatever the model forbids', () => {
    fc.assert(
      fc.property(brokenInput(operation), ({ input, breach: { path, constraint } }) => {
        const place = path.map((name) => name.charAt(0).toLowerCase() + name.slice(1)).join('.');
        const error = refusal(operation, input);
        expect(error?.name).toBe('ValidationException');
        expect(error?.message).toContain(
          `at '${place}' failed to satisfy constraint: ${constraint}`,
        );
      }),
    );
  });
});

describe('what is printed of a value', () => {
  it('is cut, so that an answer does not grow with the request', () => {
    const text = message('DeleteFaces', {
      CollectionId: 'x'.repeat(1_000_000),
      FaceIds: ['y'.repeat(1_000_000)],
    });
    expect(text?.length).toBeLessThan(8_000);
    expect(text).toContain("...' at 'collectionId' failed to satisfy constraint: ");
    expect(text).toContain("...' at 'faceIds' failed to satisfy constraint: ");
  });
});
