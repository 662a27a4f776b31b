/**
 * The vocabulary of judged attributes: what can be asked of a face, and the form of the answers. Names
 * and values are those of the Rekognition API.
 */

export const ATTRIBUTES = [
  'AGE_RANGE',
  'GENDER',
  'EMOTIONS',
  'SMILE',
  'EYEGLASSES',
  'SUNGLASSES',
  'BEARD',
  'MUSTACHE',
  'EYES_OPEN',
  'MOUTH_OPEN',
  'FACE_OCCLUDED',
] as const;

export type Attribute = (typeof ATTRIBUTES)[number];

export interface Judgement {
  readonly value: boolean;
  /** 50..100: how likely the value given is right, in per cent. */
  readonly confidence: number;
}

/** Whole years. */
export interface AgeRange {
  readonly low: number;
  readonly high: number;
}

/** How a face looks; says nothing of who somebody is. */
export interface Gender {
  readonly value: 'Male' | 'Female';
  /** 50..100 */
  readonly confidence: number;
}

/** The API's types but CONFUSED, which no source of labels knows. */
export const EMOTION_TYPES = [
  'HAPPY',
  'SAD',
  'ANGRY',
  'DISGUSTED',
  'SURPRISED',
  'CALM',
  'FEAR',
] as const;

export type EmotionType = (typeof EMOTION_TYPES)[number];

export interface Emotion {
  readonly type: EmotionType;
  /** 0..100 */
  readonly confidence: number;
}

/** Each member is there when its attribute was wanted. */
export interface Attributes {
  readonly ageRange?: AgeRange;
  readonly gender?: Gender;
  /** Every type once, most confident first; the confidences sum to 100. */
  readonly emotions?: readonly Emotion[];
  readonly smile?: Judgement;
  readonly eyeglasses?: Judgement;
  /** True excludes eyeglasses and implies that the face is occluded. */
  readonly sunglasses?: Judgement;
  readonly beard?: Judgement;
  readonly mustache?: Judgement;
  readonly eyesOpen?: Judgement;
  readonly mouthOpen?: Judgement;
  readonly faceOccluded?: Judgement;
}
