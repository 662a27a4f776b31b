/**
 * Faces described as far as a request asks: the DEFAULT attributes always, others by name, all of them with
 * ALL. What is not asked for is not computed.
 */
import type {
  Attribute,
  Attributes,
  DetectedFace,
  Gaze,
  InferencePort,
  Judgement,
  PictureHandle,
} from '../../layers/inference/index.ts';
import { ATTRIBUTES } from '../../layers/inference/index.ts';
import type { Infer, members } from '../../layers/protocol/index.ts';
import { faceDetail, LANDMARK_TYPES, landmarks } from './face-members.ts';

type FaceDetail = Infer<typeof members.FaceDetail>;
type AttributeName = Infer<typeof members.Attribute>;

/** What a request asks for beyond the DEFAULT attributes. */
export interface RequestedDetails {
  readonly allLandmarks: boolean;
  readonly eyeDirection: boolean;
  readonly judged: ReadonlySet<Attribute>;
}

/** What is said of a person rather than of a picture, and may be switched off. */
const JUDGEMENTS: ReadonlySet<Attribute> = new Set(['AGE_RANGE', 'GENDER', 'EMOTIONS'] as const);

/**
 * @param names of attributes as requested; none of them means DEFAULT.
 * @param judgements whether emotions, gender and age may be told; if not, they count as not requested.
 */
export function requestedDetails(
  names: readonly AttributeName[] = [],
  judgements: boolean,
): RequestedDetails {
  const all = names.includes('ALL');
  return {
    allLandmarks: all,
    eyeDirection: all || names.includes('EYE_DIRECTION'),
    judged: new Set(
      ATTRIBUTES.filter((name) => all || names.includes(name)).filter(
        (name) => judgements || !JUDGEMENTS.has(name),
      ),
    ),
  };
}

/** @returns the details of faces of one picture, in their order */
export async function faceDetails(
  inference: Pick<InferencePort, 'describe'>,
  picture: PictureHandle,
  faces: readonly DetectedFace[],
  { allLandmarks, eyeDirection, judged }: RequestedDetails,
): Promise<FaceDetail[]> {
  const attributes =
    judged.size === 0 || faces.length === 0 ? [] : await inference.describe(picture, faces, judged);
  return faces.map((face, i) => ({
    ...faceDetail(face),
    ...(allLandmarks && { Landmarks: landmarks(face, LANDMARK_TYPES) }),
    ...(eyeDirection && { EyeDirection: eyeDirectionMember(face.gaze) }),
    ...attributeMembers(attributes[i] ?? {}),
  }));
}

function eyeDirectionMember({ yaw, pitch, confidence }: Gaze): FaceDetail['EyeDirection'] {
  return { Yaw: yaw, Pitch: pitch, Confidence: confidence };
}

function attributeMembers(attributes: Attributes): Partial<FaceDetail> {
  const { ageRange, gender, emotions } = attributes;
  return {
    AgeRange: ageRange && { Low: ageRange.low, High: ageRange.high },
    Smile: judgement(attributes.smile),
    Eyeglasses: judgement(attributes.eyeglasses),
    Sunglasses: judgement(attributes.sunglasses),
    Gender: gender && { Value: gender.value, Confidence: gender.confidence },
    Beard: judgement(attributes.beard),
    Mustache: judgement(attributes.mustache),
    EyesOpen: judgement(attributes.eyesOpen),
    MouthOpen: judgement(attributes.mouthOpen),
    Emotions: emotions?.map(({ type, confidence }) => ({ Type: type, Confidence: confidence })),
    FaceOccluded: judgement(attributes.faceOccluded),
  };
}

function judgement(judged: Judgement | undefined) {
  return judged && { Value: judged.value, Confidence: judged.confidence };
}
