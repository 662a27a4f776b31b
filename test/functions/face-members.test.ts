/** Stored faces and matches as the API's members, and the threshold that a caller sets. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faceMatches, faceMember, lowestCosine } from '../../functions/common/face-members.ts';
import { reaching } from '../../functions/common/searching.ts';
import { DEFAULT_FACE_MODEL, faceModel } from '../../layers/inference/index.ts';

const MODEL = faceModel(DEFAULT_FACE_MODEL);

const FACE = {
  id: '0d1e2f3a-4b5c-5d6e-8f70-8192a3b4c5d6',
  imageId: '9955ebd5-ab2c-53ed-b865-cfea9b3d6abf',
  externalImageId: undefined,
  userId: undefined,
  box: { left: 0.1, top: 0.2, width: 0.3, height: 0.4 },
  confidence: 99.5,
  faceModel: DEFAULT_FACE_MODEL,
  vector: new Float32Array(),
};

const cosine = fc.double({ min: -1, max: 1, noNaN: true });
const threshold = fc.double({ min: 0, max: 100, noNaN: true });

const similarities = (cosines: readonly number[], least: number) => {
  const matches = cosines.map((each) => ({ record: FACE, cosine: each }));
  const found = reaching(MODEL, matches, least);
  return faceMatches(found).map(({ Similarity }) => Similarity ?? Number.NaN);
};

describe('a face', () => {
  it('has the members of the API', () => {
    expect(faceMember({ ...FACE, externalImageId: 'ada', userId: 'u' })).toEqual({
      FaceId: FACE.id,
      BoundingBox: { Left: 0.1, Top: 0.2, Width: 0.3, Height: 0.4 },
      ImageId: FACE.imageId,
      ExternalImageId: 'ada',
      Confidence: 99.5,
      IndexFacesModelVersion: DEFAULT_FACE_MODEL,
      UserId: 'u',
    });
  });
});

describe('matches', () => {
  it('are those whose similarity, as it is printed, is not below the threshold', () => {
    fc.assert(
      fc.property(fc.array(cosine), threshold, (cosines, least) => {
        const all = similarities(cosines, 0);
        expect(all).toHaveLength(cosines.length);
        expect(similarities(cosines, least)).toEqual(all.filter((each) => each >= least));
        for (const each of all) expect(each).toBe(Math.fround(each));
      }),
    );
  });

  it('include the one that is just as similar as asked', () => {
    fc.assert(
      fc.property(cosine, (each) => {
        const [similarity = Number.NaN] = similarities([each], 0);
        expect(similarities([each], similarity)).toEqual([similarity]);
      }),
    );
  });

  it('are more similar the greater the cosine, from 0 to 100', () => {
    fc.assert(
      fc.property(cosine, cosine, (a, b) => {
        const [lower = -1, higher = 101] = similarities([Math.min(a, b), Math.max(a, b)], 0);
        expect(lower).toBeGreaterThanOrEqual(0);
        expect(lower).toBeLessThanOrEqual(higher);
        expect(higher).toBeLessThanOrEqual(100);
      }),
    );
  });

  it('are never left out by a search that stops at the lowest cosine', () => {
    fc.assert(
      fc.property(cosine, threshold, (each, least) => {
        fc.pre(each < lowestCosine(MODEL, least));
        expect(similarities([each], least)).toEqual([]);
      }),
      { numRuns: 1000, examples: [[-0.5, 0]] },
    );
  });

  it('at the very threshold are found by that search', () => {
    fc.assert(
      fc.property(cosine, (each) => {
        const [similarity = Number.NaN] = similarities([each], 0);
        fc.pre(similarity > 0);
        expect(lowestCosine(MODEL, similarity)).toBeLessThanOrEqual(each);
      }),
      { numRuns: 1000 },
    );
  });
});
