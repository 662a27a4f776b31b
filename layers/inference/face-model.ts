/**
 * A face model as `models/manifest.json` describes it: which embedder, how long its vectors are, and
 * what a cosine of two of them means. Vectors of different face models cannot be compared, so
 * a collection keeps the version it was created with. Needs no inference.
 */
import manifest from '../../models/manifest.json' with { type: 'json' };
import { checkKnots, cosineAt, similarityAt } from './calibration.ts';

export interface FaceModel {
  readonly version: string;
  /** File of the embedder in the models folder. */
  readonly embedder: string;
  /** Numbers in a vector. */
  readonly dimension: number;
  /** @returns 0..100, strictly rising with the cosine over the range in which it says anything. */
  similarity(cosine: number): number;
  /** The inverse: the cosine at which a similarity of 0..100 is reached. */
  cosineAt(similarity: number): number;
}

const FACE_MODELS: readonly FaceModel[] = manifest.faceModels.map((entry) => {
  const knots = checkKnots(entry.similarity);
  return {
    version: entry.version,
    embedder: entry.embedder,
    dimension: entry.dimension,
    similarity: (cosine) => similarityAt(knots, cosine),
    cosineAt: (similarity) => cosineAt(knots, similarity),
  };
});

/** The version that new collections get. */
export const DEFAULT_FACE_MODEL = manifest.faceModels[0]!.version;

/** @throws RangeError when no such face model is installed. */
export function faceModel(version: string): FaceModel {
  const model = FACE_MODELS.find((candidate) => candidate.version === version);
  if (!model) throw new RangeError(`No face model ${version} is installed`);
  return model;
}
