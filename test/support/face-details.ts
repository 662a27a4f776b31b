/**
 * What every FaceDetail must be when all attributes are asked for, beyond what the API's model can say:
 * members that are there, orders and ranges. `checkResponse` has the rest.
 */
import service from '../protocol/rekognition-faces.service.json' with { type: 'json' };

export type Json = Readonly<Record<string, unknown>>;

/** Members that hold several values: each of them must be there. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  AgeRange: ['Low', 'High'],
  BoundingBox: ['Height', 'Left', 'Top', 'Width'],
  EyeDirection: ['Confidence', 'Pitch', 'Yaw'],
  Pose: ['Pitch', 'Roll', 'Yaw'],
  Quality: ['Brightness', 'Sharpness'],
  ...Object.fromEntries(
    [
      'Beard',
      'Eyeglasses',
      'EyesOpen',
      'FaceOccluded',
      'Gender',
      'MouthOpen',
      'Mustache',
      'Smile',
      'Sunglasses',
    ].map((name) => [name, ['Confidence', 'Value']]),
  ),
};

/** Every member of a FaceDetail. */
export const MEMBERS: readonly string[] = Object.keys(service.shapes.FaceDetail.members);

/** @returns one sentence per problem, each beginning with the path; none if all is well */
export function checkFaceDetail(detail: Json, path: string): string[] {
  return [
    ...MEMBERS.filter((name) => !(name in detail)).map((name) => `${path}.${name} is missing.`),
    ...Object.entries(PARTS).flatMap(([name, parts]) => {
      const member = detail[name];
      if (!isJson(member)) return [];
      return parts
        .filter((part) => !(part in member))
        .map((part) => `${path}.${name}.${part} is missing.`);
    }),
    ...landmarkProblems(objects(detail['Landmarks']), `${path}.Landmarks`),
    ...(detail['Emotions'] === undefined
      ? []
      : emotionProblems(objects(detail['Emotions']), `${path}.Emotions`)),
    ...orderProblems(detail['AgeRange'], `${path}.AgeRange`),
    ...Object.entries(isJson(detail['Quality']) ? detail['Quality'] : {}).flatMap(
      ([name, value]) =>
        Number(value) >= 0 && Number(value) <= 100 ? [] : [`${path}.Quality.${name} is ${value}.`],
    ),
  ];
}

/** All 30, each once, and no further outside of the picture than a head that is half in it can be. */
function landmarkProblems(landmarks: readonly Json[], path: string): string[] {
  const types = landmarks.map(({ Type }) => Type);
  const expected = service.shapes.LandmarkType.enum;
  return [
    ...(types.length === expected.length && expected.every((type) => types.includes(type))
      ? []
      : [`${path} are ${types.join(', ')}.`]),
    ...landmarks.flatMap(({ Type, X, Y }) =>
      [X, Y].every((value) => Number(value) > -1 && Number(value) < 2)
        ? []
        : [`${path}: ${Type} is at ${X}, ${Y}.`],
    ),
  ];
}

/** At least one, each type once, the surest first. */
function emotionProblems(emotions: readonly Json[], path: string): string[] {
  const confidences = emotions.map(({ Confidence }) => Number(Confidence));
  return [
    ...(emotions.length > 0 ? [] : [`${path} is empty.`]),
    ...(new Set(emotions.map(({ Type }) => Type)).size === emotions.length
      ? []
      : [`${path} has a type twice.`]),
    ...(confidences.every((value, i) => i === 0 || value <= confidences[i - 1]!)
      ? []
      : [`${path} is not in the order of confidence.`]),
  ];
}

function orderProblems(range: unknown, path: string): string[] {
  if (!isJson(range) || Number(range['Low']) <= Number(range['High'])) return [];
  return [`${path} begins after it ends.`];
}

function objects(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isJson) : [];
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}
