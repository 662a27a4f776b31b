/** What can be judged of a face beyond its geometry. No model for it is installed: nothing is said of any. */
import type { DetectedFace } from '../face.ts';
import type { Pixels } from '../pixels.ts';
import type { Sessions } from '../sessions.ts';

export type Attribute =
  | 'AGE_RANGE'
  | 'GENDER'
  | 'EMOTIONS'
  | 'SMILE'
  | 'EYEGLASSES'
  | 'SUNGLASSES'
  | 'BEARD'
  | 'MUSTACHE'
  | 'EYES_OPEN'
  | 'MOUTH_OPEN'
  | 'FACE_OCCLUDED';

export type EmotionType =
  | 'HAPPY'
  | 'SAD'
  | 'ANGRY'
  | 'CONFUSED'
  | 'DISGUSTED'
  | 'SURPRISED'
  | 'CALM'
  | 'UNKNOWN'
  | 'FEAR';

export interface Emotion {
  readonly type: EmotionType;
  /** 0..100 */
  readonly confidence: number;
}

export interface Judgement {
  readonly value: boolean;
  /** 0..100, of the value given. */
  readonly confidence: number;
}

/** What was wanted; a member is absent where nothing can be said. */
export interface Attributes {
  /** Years. */
  readonly ageRange?: { readonly low: number; readonly high: number };
  readonly gender?: { readonly value: 'Male' | 'Female'; readonly confidence: number };
  /** The surest first. */
  readonly emotions?: readonly Emotion[];
  readonly smile?: Judgement;
  readonly eyeglasses?: Judgement;
  readonly sunglasses?: Judgement;
  readonly beard?: Judgement;
  readonly mustache?: Judgement;
  readonly eyesOpen?: Judgement;
  readonly mouthOpen?: Judgement;
  readonly faceOccluded?: Judgement;
}

export async function describeFaces(
  _pixels: Pixels,
  faces: readonly DetectedFace[],
  _wanted: ReadonlySet<Attribute>,
  _sessions: Sessions,
): Promise<Attributes[]> {
  return faces.map(() => ({}));
}
