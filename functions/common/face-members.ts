/** Faces as the API's members: what was detected, what is stored, what matched. */
import type { Box, DetectedFace } from '../../layers/inference/index.ts';
import { faceModel } from '../../layers/inference/index.ts';
import type { Infer, members } from '../../layers/protocol/index.ts';
import type { Collection, Face, FaceLine } from '../../layers/records/index.ts';
import type { Match } from '../../layers/vectors/index.ts';

export function boundingBox({ left, top, width, height }: Box): Infer<typeof members.BoundingBox> {
  return { Width: width, Height: height, Left: left, Top: top };
}

/** The DEFAULT attributes, which every operation that describes a face returns. */
export function faceDetail(face: DetectedFace) {
  return {
    BoundingBox: boundingBox(face.box),
    Landmarks: landmarks(face),
    Pose: { Roll: face.pose.roll, Yaw: face.pose.yaw, Pitch: face.pose.pitch },
    Quality: { Brightness: face.quality.brightness, Sharpness: face.quality.sharpness },
    Confidence: face.confidence,
  } satisfies Infer<typeof members.FaceDetail>;
}

const LANDMARK_TYPES = ['eyeLeft', 'eyeRight', 'mouthLeft', 'mouthRight', 'nose'] as const;

function landmarks(face: DetectedFace): Infer<typeof members.Landmark>[] {
  return LANDMARK_TYPES.map((Type) => {
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

/** Matches whose similarity, as it is printed, reaches the threshold; the order stays. */
export function faceMatches(
  { faceModel: version }: Collection,
  matches: readonly Match<Face>[],
  threshold: number,
): Infer<typeof members.FaceMatch>[] {
  const { similarity } = faceModel(version);
  return matches.flatMap(({ record, cosine }) => {
    const Similarity = Math.fround(similarity(cosine));
    return Similarity >= threshold ? [{ Similarity, Face: faceMember(record) }] : [];
  });
}

/** The cosine below which no printed similarity reaches the threshold; every similarity reaches 0. */
export function lowestCosine({ faceModel: version }: Collection, threshold: number): number {
  const ROUNDING = 1e-5;
  if (threshold <= ROUNDING) return Number.NEGATIVE_INFINITY;
  return faceModel(version).cosineAt(threshold - ROUNDING) - ROUNDING;
}
