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
export { type Calibration, CalibrationError, calibratedMap, type RateKnot } from './calibration.ts';
export { type Convention, DIMENSIONS, USUAL_CONVENTION } from './convention.ts';
export type { Picture } from './decoding/picture.ts';
export { shrinkToFit } from './decoding/shrink-to-fit.ts';
export { type Embedding, EmbeddingError } from './embedder.ts';
export type { ErrorClass } from './error-classes.ts';
export {
  FaceModelMissingError,
  ImageFormatError,
  ImageTooLargeError,
  ImageTooSmallError,
  InferenceBusyError,
} from './errors.ts';
export type { Box, DetectedFace, Gaze, Landmarks, Point, Pose, Quality } from './face.ts';
export {
  BUILT_IN_ENTRIES,
  BUILT_IN_FACE_MODELS,
  DEFAULT_FACE_MODEL,
  type Embedder,
  type FaceModel,
  type FaceModelEntry,
  FaceModels,
  faceModel,
  VERSION_PATTERN,
} from './face-model.ts';
export { toHalves } from './half.ts';
export { Inference, type InferenceOptions } from './inference.ts';
export type { Legibility } from './legibility.ts';
export { storeOptimised } from './onnx/optimised.ts';
export { onnxruntime } from './onnx/runtime.ts';
export { Places, type PlacesOptions } from './pool/places.ts';
export { InferencePool, type InferencePoolOptions } from './pool/pool.ts';
export { serveInference } from './pool/serve.ts';
export { type StartedThread, ThreadLostError } from './pool/thread.ts';
export { ClientGoneError, type Piece, Work } from './pool/work.ts';
export type { EmbeddedFace, InferencePort, PictureHandle } from './port.ts';
export { type QualityFilter, type QualityReason, qualityReasons } from './quality-filter.ts';
export type { ModelLoader } from './sessions.ts';
export {
  LARGEST_DEFINED,
  LEAST_RATE,
  rateOfSimilarity,
  similarityOfRate,
} from './similarity-scale.ts';
export { userVector } from './user-vector.ts';
