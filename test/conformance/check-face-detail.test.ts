/** The check that complete answers are held against, with a face that is right and faces that are not. */
import { expect, it } from 'vitest';
import service from '../protocol/rekognition-faces.service.json' with { type: 'json' };
import { checkFaceDetail, type Json } from '../support/face-details.ts';

const Landmarks = service.shapes.LandmarkType.enum.map((Type) => ({ Type, X: 0.5, Y: 0.5 }));
const JUDGEMENT = { Value: true, Confidence: 60 };
const RIGHT: Json = {
  BoundingBox: { Left: 0, Top: 0, Width: 1, Height: 1 },
  Confidence: 99,
  EyeDirection: { Yaw: 0, Pitch: 0, Confidence: 50 },
  Landmarks,
  Pose: { Roll: 0, Yaw: 0, Pitch: 0 },
  Quality: { Brightness: 50, Sharpness: 100 },
  AgeRange: { Low: 20, High: 20 },
  Gender: { Value: 'Female', Confidence: 90 },
  Smile: JUDGEMENT,
  Eyeglasses: JUDGEMENT,
  Sunglasses: JUDGEMENT,
  Beard: JUDGEMENT,
  Mustache: JUDGEMENT,
  EyesOpen: JUDGEMENT,
  MouthOpen: JUDGEMENT,
  FaceOccluded: JUDGEMENT,
  Emotions: [
    { Type: 'CALM', Confidence: 60 },
    { Type: 'SAD', Confidence: 40 },
  ],
};

it('finds nothing wrong with what is right', () => {
  expect(checkFaceDetail(RIGHT, 'Face')).toEqual([]);
});

it.each<[string, Json, RegExp]>([
  ['no EyeDirection', { EyeDirection: undefined }, /^Face\.EyeDirection is missing/],
  ['no Beard', { Beard: undefined }, /^Face\.Beard is missing/],
  ['an angle that is missing', { Pose: { Roll: 0, Yaw: 0 } }, /^Face\.Pose\.Pitch is missing/],
  ['a judgement without a value', { Smile: { Confidence: 60 } }, /^Face\.Smile\.Value is missing/],
  ['a landmark that is missing', { Landmarks: Landmarks.slice(1) }, /^Face\.Landmarks are/],
  [
    'a landmark twice',
    { Landmarks: [...Landmarks.slice(1), Landmarks[1]] },
    /^Face\.Landmarks are/,
  ],
  [
    'a landmark in pixels',
    { Landmarks: [{ ...Landmarks[0], X: 300 }, ...Landmarks.slice(1)] },
    /^Face\.Landmarks: eyeLeft is at 300/,
  ],
  ['no emotions', { Emotions: [] }, /^Face\.Emotions is empty/],
  [
    'the surest emotion last',
    {
      Emotions: [
        { Type: 'SAD', Confidence: 1 },
        { Type: 'CALM', Confidence: 2 },
      ],
    },
    /^Face\.Emotions is not in the order/,
  ],
  [
    'an emotion twice',
    {
      Emotions: [
        { Type: 'SAD', Confidence: 2 },
        { Type: 'SAD', Confidence: 1 },
      ],
    },
    /^Face\.Emotions has a type twice/,
  ],
  ['an age that runs backwards', { AgeRange: { Low: 30, High: 20 } }, /^Face\.AgeRange begins/],
  [
    'a quality above 100',
    { Quality: { Brightness: 101, Sharpness: 0 } },
    /^Face\.Quality\.Brightness is 101/,
  ],
])('finds %s', (_, change, problem) => {
  const face = Object.fromEntries(
    Object.entries({ ...RIGHT, ...change }).filter(([, member]) => member !== undefined),
  );
  const problems = checkFaceDetail(face, 'Face');
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(problem);
});
