/** What each attribute asked for makes an operation return, and what it makes it compute. */
import path from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  faceDetails,
  type RequestedDetails,
  requestedDetails,
} from '../../functions/common/face-details.ts';
import {
  type Attribute,
  type Attributes,
  type DetectedFace,
  Inference,
  type Picture,
} from '../../layers/inference/index.ts';
import { encodeBody } from '../../layers/protocol/encode.ts';
import { list, members, structure } from '../../layers/protocol/index.ts';
import service from '../protocol/rekognition-faces.service.json' with { type: 'json' };
import { checkResponse } from '../support/model.ts';
import { sample } from '../support/photos.ts';

/** The members that an attribute adds to a FaceDetail, by the documentation of the API. */
const MEMBERS = {
  AGE_RANGE: 'AgeRange',
  BEARD: 'Beard',
  EMOTIONS: 'Emotions',
  EYE_DIRECTION: 'EyeDirection',
  EYEGLASSES: 'Eyeglasses',
  EYES_OPEN: 'EyesOpen',
  GENDER: 'Gender',
  MOUTH_OPEN: 'MouthOpen',
  MUSTACHE: 'Mustache',
  FACE_OCCLUDED: 'FaceOccluded',
  SMILE: 'Smile',
  SUNGLASSES: 'Sunglasses',
} as const;
type Named = keyof typeof MEMBERS;
const NAMED = Object.keys(MEMBERS) as Named[];
const PERSONAL: readonly Named[] = ['AGE_RANGE', 'EMOTIONS', 'GENDER'];
const DEFAULT = ['BoundingBox', 'Confidence', 'Landmarks', 'Pose', 'Quality'];

const ANSWER = structure({ FaceDetails: list(members.FaceDetail) });

const YES = { value: true, confidence: 91 };
/** Everything that can be judged. */
const JUDGED: Readonly<Record<Exclude<Named, 'EYE_DIRECTION'>, Attributes>> = {
  AGE_RANGE: { ageRange: { low: 20, high: 28 } },
  BEARD: { beard: { value: false, confidence: 88 } },
  EMOTIONS: {
    emotions: [
      { type: 'HAPPY', confidence: 90 },
      { type: 'CALM', confidence: 7 },
    ],
  },
  EYEGLASSES: { eyeglasses: YES },
  EYES_OPEN: { eyesOpen: YES },
  GENDER: { gender: { value: 'Female', confidence: 77 } },
  MOUTH_OPEN: { mouthOpen: YES },
  MUSTACHE: { mustache: YES },
  FACE_OCCLUDED: { faceOccluded: YES },
  SMILE: { smile: YES },
  SUNGLASSES: { sunglasses: YES },
};

const MODELS = path.resolve(import.meta.dirname, '../../models');
const ran: string[] = [];
const inference = new Inference({ models: MODELS, threads: 1, observe: (file) => ran.push(file) });
let picture: Picture;
let faces: DetectedFace[];
beforeAll(async () => {
  picture = await inference.read(
    await sharp(await sample(3))
      .resize(640)
      .jpeg()
      .toBuffer(),
  );
  faces = await inference.findFaces(picture);
  expect(faces).toHaveLength(3);
});
afterAll(() => inference.close());

/** Judges whatever it is asked to, and remembers what that was. */
function judge() {
  const asked: (readonly Attribute[])[] = [];
  const describe: Inference['describe'] = async (_, each, attributes) => {
    asked.push([...attributes].sort());
    return each.map(() => Object.assign({}, ...[...attributes].map((name) => JUDGED[name])));
  };
  return { asked, describe };
}

const names = (asked: readonly string[] | undefined, judgements = true): RequestedDetails =>
  requestedDetails(asked as Parameters<typeof requestedDetails>[0], judgements);

async function described(wish: readonly string[] | undefined, judgements = true) {
  const { asked, describe } = judge();
  const details = await faceDetails({ describe }, picture, faces, names(wish, judgements));
  const body = JSON.parse(encodeBody({ FaceDetails: details }, ANSWER));
  expect(checkResponse('DetectFaces', body)).toEqual([]);
  return { asked, details: body.FaceDetails as Record<string, unknown>[] };
}

it('for a smile runs a model, for what needs none no model', async () => {
  ran.length = 0;
  await faceDetails(inference, picture, faces, names(['EYE_DIRECTION']));
  expect(ran).toEqual([]);
  await faceDetails(inference, picture, faces, names(['SMILE']));
  expect(new Set(ran)).toEqual(new Set(['faceres.onnx']));
  await faceDetails(inference, picture, faces, names(['EMOTIONS']));
  expect(new Set(ran)).toEqual(new Set(['faceres.onnx', 'emotion.onnx']));
});

describe('a request', () => {
  it('may name every attribute of the API', () => {
    expect([...NAMED, 'DEFAULT', 'ALL'].sort()).toEqual(service.shapes.Attribute.enum.toSorted());
  });

  it.each([[undefined], [[]], [['DEFAULT']]])(
    'for %j gets the default attributes with five landmarks, and nothing is judged',
    async (wish) => {
      const { asked, details } = await described(wish);
      expect(asked).toEqual([]);
      for (const detail of details) {
        expect(Object.keys(detail).sort()).toEqual(DEFAULT);
        expect(types(detail)).toEqual(['eyeLeft', 'eyeRight', 'mouthLeft', 'mouthRight', 'nose']);
      }
    },
  );

  it.each([[['ALL']], [['DEFAULT', 'ALL']], [['SMILE', 'ALL']]])(
    'for %j gets everything, and all landmarks',
    async (wish) => {
      const { asked, details } = await described(wish);
      expect(asked).toEqual([Object.keys(JUDGED).sort()]);
      for (const detail of details) {
        expect(Object.keys(detail).sort()).toEqual([...DEFAULT, ...Object.values(MEMBERS)].sort());
        expect(types(detail).sort()).toEqual(service.shapes.LandmarkType.enum.toSorted());
      }
    },
  );

  it('by name gets the default attributes and those that it names, of which no other is computed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.subarray(NAMED), fc.boolean(), async (wish, judgements) => {
        const { asked, details } = await described(['DEFAULT', ...wish, ...wish], judgements);
        const told = wish.filter((name) => judgements || !PERSONAL.includes(name));
        const judged = told.filter((name) => name !== 'EYE_DIRECTION').sort();
        expect(asked).toEqual(judged.length === 0 ? [] : [judged]);
        for (const detail of details) {
          expect(Object.keys(detail).sort()).toEqual(
            [...DEFAULT, ...told.map((name) => MEMBERS[name])].sort(),
          );
          expect(types(detail)).toHaveLength(5);
        }
      }),
    );
  });

  it('for ALL where judgements are off gets no emotions, gender and age', async () => {
    const { asked, details } = await described(['ALL'], false);
    const told = NAMED.filter((name) => !PERSONAL.includes(name));
    expect(asked).toEqual([told.filter((name) => name !== 'EYE_DIRECTION').sort()]);
    expect(Object.keys(details[0]!).sort()).toEqual(
      [...DEFAULT, ...told.map((name) => MEMBERS[name])].sort(),
    );
  });
});

it('the landmarks are in the order of the published answers', async () => {
  const { details } = await described(['ALL']);
  expect(types(details[0]!).join(' ')).toBe(
    'eyeLeft eyeRight mouthLeft mouthRight nose ' +
      'leftEyeBrowLeft leftEyeBrowRight leftEyeBrowUp rightEyeBrowLeft rightEyeBrowRight rightEyeBrowUp ' +
      'leftEyeLeft leftEyeRight leftEyeUp leftEyeDown rightEyeLeft rightEyeRight rightEyeUp rightEyeDown ' +
      'noseLeft noseRight mouthUp mouthDown leftPupil rightPupil ' +
      'upperJawlineLeft midJawlineLeft chinBottom midJawlineRight upperJawlineRight',
  );
});

it('each face has its own attributes', async () => {
  const describe: Inference['describe'] = async (_, each) =>
    each.map((face) => ({ smile: { value: face === faces[1], confidence: 60 } }));
  const details = await faceDetails({ describe }, picture, faces, names(['SMILE']));
  expect(details.map(({ Smile }) => Smile?.Value)).toEqual([false, true, false]);
  expect(details.map(({ BoundingBox }) => BoundingBox?.Left)).toEqual(
    faces.map(({ box }) => box.left),
  );
});

it('an attribute of which nothing can be said is absent', async () => {
  const describe: Inference['describe'] = async (_, each) => each.map(() => ({}));
  const details = await faceDetails({ describe }, picture, faces, names(['SMILE', 'EMOTIONS']));
  const body = JSON.parse(encodeBody({ FaceDetails: details }, ANSWER));
  expect(Object.keys(body.FaceDetails[0]).sort()).toEqual(DEFAULT);
});

it('no face takes no judging', async () => {
  const { asked, describe } = judge();
  expect(await faceDetails({ describe }, picture, [], names(['ALL']))).toEqual([]);
  expect(asked).toEqual([]);
});

it.each([
  { wish: [], judgements: true },
  { wish: ['EYE_DIRECTION'], judgements: true },
  { wish: [...PERSONAL, 'EYE_DIRECTION'], judgements: false },
])('no model runs for $wish where judgements are $judgements', async ({ wish, judgements }) => {
  ran.length = 0;
  const details = await faceDetails(inference, picture, faces, names(wish, judgements));
  expect(details).toHaveLength(3);
  expect(ran).toEqual([]);
});

function types({ Landmarks }: Record<string, unknown>): unknown[] {
  return (Landmarks as { Type: string }[]).map(({ Type }) => Type);
}
