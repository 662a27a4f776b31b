/** Complete answers, as they are on the wire, held against the API's model. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Attributes, Inference } from '../../layers/inference/index.ts';
import { checkFaceDetail, type Json } from '../support/face-details.ts';
import { checkResponse } from '../support/model.ts';
import { sample } from '../support/photos.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

async function post(operation: string, input: unknown, endpoint = stack.endpoint): Promise<Json> {
  const answer = await fetch(`${endpoint}/${operation}`, {
    method: 'POST',
    body: JSON.stringify(input),
  });
  expect(answer.status).toBe(200);
  const body = (await answer.json()) as Json;
  expect(checkResponse(operation, body)).toEqual([]);
  return body;
}

const image = (bytes: Buffer) => ({ Bytes: bytes.toString('base64') });

describe('DetectFaces with ALL', () => {
  it.each([1, 2, 3, 4, 5, 6] as const)('answers sample %i as the model says', async (number) => {
    const body = await post('DetectFaces', {
      Image: image(await sample(number)),
      Attributes: ['ALL'],
    });
    const details = body['FaceDetails'] as Json[];
    expect(details.length).toBeGreaterThanOrEqual(3);
    details.forEach((detail, i) => {
      expect(checkFaceDetail(detail, `FaceDetails[${i}]`)).toEqual([]);
    });
  });
});

describe('IndexFaces with ALL', () => {
  it('details the faces that it stores and those that it does not, and the same again', async () => {
    await post('CreateCollection', { CollectionId: 'detailed' });
    const input = {
      CollectionId: 'detailed',
      Image: image(await sample(5)),
      MaxFaces: 2,
      QualityFilter: 'NONE',
      DetectionAttributes: ['ALL'],
    };
    const first = await post('IndexFaces', input);
    const [stored, others] = [first['FaceRecords'] as Json[], first['UnindexedFaces'] as Json[]];
    expect([stored.length, others.length]).toEqual([2, 3]);
    const details = [...stored, ...others].map(({ FaceDetail }) => FaceDetail as Json);
    details.forEach((detail, i) => {
      expect(checkFaceDetail(detail, `FaceDetail ${i}`)).toEqual([]);
    });
    for (const { Face, FaceDetail } of stored) {
      expect((FaceDetail as Json)['BoundingBox']).toEqual((Face as Json)['BoundingBox']);
    }
    expect(await post('IndexFaces', input)).toEqual(first);

    const alone = await post('DetectFaces', { Image: input.Image, Attributes: ['ALL'] });
    expect(new Set(details.map((detail) => JSON.stringify(detail)))).toEqual(
      new Set((alone['FaceDetails'] as Json[]).map((detail) => JSON.stringify(detail))),
    );
  });
});

it('CompareFaces has the attributes that its description names', async () => {
  const photo = image(await sample(3));
  const body = await post('CompareFaces', { SourceImage: photo, TargetImage: photo });
  const faces = [
    ...(body['FaceMatches'] as { Face: Json }[]).map(({ Face }) => Face),
    ...(body['UnmatchedFaces'] as Json[]),
  ];
  expect(faces).toHaveLength(3);
  for (const face of faces) {
    expect(Object.keys(face).sort()).toEqual([
      'BoundingBox',
      'Confidence',
      'Landmarks',
      'Pose',
      'Quality',
    ]);
  }
});

describe('a server without judgements', () => {
  it('tells neither emotions nor gender nor age, and judges the rest', async () => {
    const yes = { value: true, confidence: 75 };
    const told: Attributes = {
      ageRange: { low: 30, high: 40 },
      gender: { value: 'Male', confidence: 70 },
      emotions: [{ type: 'CALM', confidence: 99 }],
      smile: yes,
    };
    // Whatever models are installed: everything is judged that is wanted.
    const judge = vi
      .spyOn(Inference.prototype, 'describe')
      .mockImplementation(async (_, faces, attributes) =>
        faces.map(
          () =>
            ({
              ...(attributes.has('AGE_RANGE') && { ageRange: told.ageRange }),
              ...(attributes.has('GENDER') && { gender: told.gender }),
              ...(attributes.has('EMOTIONS') && { emotions: told.emotions }),
              ...(attributes.has('SMILE') && { smile: told.smile }),
            }) as Attributes,
        ),
      );
    const silent = await startStack({ judgements: false });
    try {
      const input = { Image: image(await sample(3)), Attributes: ['ALL'] };
      const members = async (endpoint: string) => {
        const body = await post('DetectFaces', input, endpoint);
        return Object.keys((body['FaceDetails'] as Json[])[0]!);
      };
      const PERSONAL = ['AgeRange', 'Emotions', 'Gender'];
      expect(await members(stack.endpoint)).toEqual(expect.arrayContaining([...PERSONAL, 'Smile']));
      const rest = await members(silent.endpoint);
      expect(rest).toEqual(expect.arrayContaining(['EyeDirection', 'Smile']));
      expect(rest.filter((name) => PERSONAL.includes(name))).toEqual([]);
    } finally {
      judge.mockRestore();
      await silent.stop();
    }
  });
});
