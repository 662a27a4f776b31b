/**
 * Images to faces: decoding, detection, landmarks, pose, quality, judged attributes, identity vectors,
 * and what a cosine of two vectors means. Importing this loads neither sharp nor onnxruntime; using `Inference` does.
 */
export {
  type AgeRange,
  ATTRIBUTES,
  type Attribute,
  type Attributes,
  EMOTION_TYPES,
  type Emotion,
  type EmotionType,
  type Gender,
  type Judgement,
} from './attributes/attribute.ts';
export type { Embedding } from './embedder.ts';
export { ImageFormatError, ImageTooLargeError, ImageTooSmallError } from './errors.ts';
export type { Box, DetectedFace, Gaze, Landmarks, Point, Pose, Quality } from './face.ts';
export { DEFAULT_FACE_MODEL, type FaceModel, faceModel } from './face-model.ts';
export { Inference, type InferenceOptions } from './inference.ts';
export type { Picture } from './picture.ts';
export { type QualityFilter, type QualityReason, qualityReasons } from './quality-filter.ts';
export { userVector } from './user-vector.ts';
