/** Faces as the API's members: what was detected, what is stored, what matched. */
import type { Box, DetectedFace, FaceModel } from '../../layers/inference/index.ts';
import type { Infer, members } from '../../layers/protocol/index.ts';
import type { Face, FaceLine } from '../../layers/records/index.ts';
import type { Nearness } from './neighbours.ts';

type LandmarkType = Infer<typeof members.LandmarkType>;

export function boundingBox({ left, top, width, height }: Box): Infer<typeof members.BoundingBox> {
  return { Width: width, Height: height, Left: left, Top: top };
}

/**
 * The DEFAULT attributes, which every operation that describes a face returns. `face-details.ts` has more, for
 * the operations that can be asked for it.
 */
export function faceDetail(face: DetectedFace) {
  return {
    BoundingBox: boundingBox(face.box),
    Landmarks: landmarks(face, DEFAULT_LANDMARK_TYPES),
    Pose: { Roll: face.pose.roll, Yaw: face.pose.yaw, Pitch: face.pose.pitch },
    Quality: { Brightness: face.quality.brightness, Sharpness: face.quality.sharpness },
    Confidence: face.confidence,
  } satisfies Infer<typeof members.FaceDetail>;
}

/** The landmarks of the API, in the order in which Rekognition lists them. */
export const LANDMARK_TYPES = [
  'eyeLeft',
  'eyeRight',
  'mouthLeft',
  'mouthRight',
  'nose',
  'leftEyeBrowLeft',
  'leftEyeBrowRight',
  'leftEyeBrowUp',
  'rightEyeBrowLeft',
  'rightEyeBrowRight',
  'rightEyeBrowUp',
  'leftEyeLeft',
  'leftEyeRight',
  'leftEyeUp',
  'leftEyeDown',
  'rightEyeLeft',
  'rightEyeRight',
  'rightEyeUp',
  'rightEyeDown',
  'noseLeft',
  'noseRight',
  'mouthUp',
  'mouthDown',
  'leftPupil',
  'rightPupil',
  'upperJawlineLeft',
  'midJawlineLeft',
  'chinBottom',
  'midJawlineRight',
  'upperJawlineRight',
] as const satisfies readonly LandmarkType[];

/** eyeLeft to nose. */
const DEFAULT_LANDMARK_TYPES = LANDMARK_TYPES.slice(0, 5);

export function landmarks(
  face: DetectedFace,
  types: readonly LandmarkType[],
): Infer<typeof members.Landmark>[] {
  return types.map((Type) => {
    const { x, y } = face.landmarks[Type];
    return { Type, X: x, Y: y };
  });
}

export function faceMember(face: FaceLine): Infer<typeof members.Face> {
  return {
    FaceId: face.id,
    BoundingBox: boundingBox(face.box),
    ImageId: face.imageId,
    ExternalImageId: face.externalImageId,
    Confidence: face.confidence,
    IndexFacesModelVersion: face.faceModel,
    UserId: face.userId,
  };
}

export function faceMatches(
  found: readonly { readonly record: Face; readonly similarity: number }[],
): Infer<typeof members.FaceMatch>[] {
  return found.map(({ record, similarity }) => ({
    Similarity: similarity,
    Face: faceMember(record),
  }));
}

/** Whose similarity, as it is printed, reaches a threshold. */
export function nearness(model: FaceModel, threshold: number): Nearness {
  return {
    minCosine: lowestCosine(model, threshold),
    reaches: (cosine) => Math.fround(model.similarity(cosine)) >= threshold,
  };
}

/** The cosine below which no printed similarity reaches the threshold; every similarity reaches 0. */
export function lowestCosine({ cosineAt }: FaceModel, threshold: number): number {
  const ROUNDING = 1e-5;
  if (threshold <= ROUNDING) return Number.NEGATIVE_INFINITY;
  return cosineAt(threshold - ROUNDING) - ROUNDING;
}
