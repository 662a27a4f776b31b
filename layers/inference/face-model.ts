/**
 * Face models: which embedder, how it is fed, how long its vectors are, and what a cosine of two of them means.
 * Those of `models/manifest.json` are always there; an owner may install others. Vectors of different face
 * models cannot be compared, so a collection keeps its version until it is upgraded as a whole. Needs no inference.
 */
import manifest from '../../models/manifest.json' with { type: 'json' };
import { type Calibration, calibratedMap } from './calibration.ts';
import { type Convention, USUAL_CONVENTION } from './convention.ts';
import { FaceModelMissingError } from './errors.ts';

/** The network of a face model. */
export interface Embedder {
  /** Where it is: a file of the models folder, or whatever its loader understands. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly convention: Convention;
}

/** A face model as it is written down. */
export interface FaceModelEntry {
  /** 1 to 16 letters, digits, dots and hyphens: shards have no room for more. */
  readonly version: string;
  /** Numbers in a vector. */
  readonly dimension: number;
  readonly embedder: Embedder;
  /** A face model without one cannot be searched with, so no collection may have it. */
  readonly calibration?: Calibration | undefined;
}

/** A face model that collections may have. */
export interface FaceModel {
  readonly version: string;
  readonly dimension: number;
  readonly embedder: Embedder;
  /** @returns 0..100, strictly rising with the cosine; `similarity-scale.ts` says what it means. */
  similarity(cosine: number): number;
  /** The inverse: the cosine at which a similarity of 0..100 is reached. */
  cosineAt(similarity: number): number;
}

export const VERSION_PATTERN = /^[A-Za-z0-9][A-Za-z0-9.-]{0,15}$/;

/** The face models of one installation. */
export class FaceModels {
  readonly #entries: ReadonlyMap<string, FaceModelEntry>;
  readonly #calibrated: ReadonlyMap<string, FaceModel>;
  /** The version that new collections get. */
  readonly default: string;

  /** @throws FaceModelMissingError unless the default is among them, and calibrated */
  constructor(entries: readonly FaceModelEntry[], defaultVersion: string) {
    this.#entries = new Map(entries.map((entry) => [entry.version, entry]));
    this.#calibrated = new Map(
      entries.flatMap(({ version, dimension, embedder, calibration }): [string, FaceModel][] =>
        calibration
          ? [[version, { version, dimension, embedder, ...calibratedMap(calibration) }]]
          : [],
      ),
    );
    this.default = this.get(defaultVersion).version;
  }

  /** @throws FaceModelMissingError unless it is installed and calibrated */
  get(version: string): FaceModel {
    const model = this.#calibrated.get(version);
    if (model !== undefined) return model;
    throw new FaceModelMissingError(
      this.#entries.has(version)
        ? `The face model ${version} has no calibration, so its similarities mean nothing yet: recollect models calibrate`
        : `The face model ${version} is not installed; there are ${[...this.#calibrated.keys()].join(', ')}.`,
    );
  }

  /** Of any that is installed. @throws FaceModelMissingError */
  embedder(version: string): Embedder {
    return this.#entries.get(version)?.embedder ?? this.get(version).embedder;
  }

  get entries(): readonly FaceModelEntry[] {
    return [...this.#entries.values()];
  }
}

/** Those that Recollect brings. */
export const BUILT_IN_ENTRIES: readonly FaceModelEntry[] = manifest.faceModels.map(
  ({ version, embedder: file, dimension, convention, calibration }) => {
    const network = manifest.files.find((each) => each.file === file);
    const { bytes, sha256 } = network!;
    return {
      version,
      dimension,
      embedder: {
        file,
        bytes,
        sha256,
        convention: { ...USUAL_CONVENTION, ...convention },
      },
      calibration,
    };
  },
);

/** The version that new collections get, unless the owner says otherwise. */
export const DEFAULT_FACE_MODEL = manifest.faceModels[0]!.version;

export const BUILT_IN_FACE_MODELS = new FaceModels(BUILT_IN_ENTRIES, DEFAULT_FACE_MODEL);

/** One that Recollect brings. @throws FaceModelMissingError */
export function faceModel(version: string): FaceModel {
  return BUILT_IN_FACE_MODELS.get(version);
}
