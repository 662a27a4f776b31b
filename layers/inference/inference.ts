/**
 * The one door to the models: from the bytes of an image to faces and their identity vectors.
 *
 * Nothing is loaded before it is used, everything is loaded once, and the same bytes give the same
 * answer whatever else runs, however many faces are embedded together and on any number of threads.
 * No image leaves memory.
 */
import { alignFace, isWholeTemplate } from './alignment.ts';
import type { Attribute, Attributes } from './attributes/attribute.ts';
import type { JudgedFace } from './attributes/blocks.ts';
import { Judge } from './attributes/judge.ts';
import { type Picture, readPicture } from './decoding/picture.ts';
import { type Embedding, embedAligned } from './embedder.ts';
import type { DetectedFace } from './face.ts';
import {
  BUILT_IN_FACE_MODELS,
  DEFAULT_FACE_MODEL,
  type Embedder,
  type FaceModels,
} from './face-model.ts';
import { findFaces } from './finder.ts';
import { gazeOf } from './gaze.ts';
import { letHeapGrow } from './heap.ts';
import { landmarksOf } from './landmarks.ts';
import { legibilityOf } from './legibility.ts';
import type { Pixels } from './pixels.ts';
import type { EmbeddedFace, InferencePort } from './port.ts';
import { poseOf } from './pose.ts';
import { qualityOf } from './quality.ts';
import { type ModelLoader, type RunObserver, Sessions } from './sessions.ts';
import type { FoundFace } from './verdict.ts';

export interface InferenceOptions {
  /** Folder that holds the .onnx files and the weights of the attribute heads. */
  readonly models: string;
  /** For image decoding and for each model. */
  readonly threads: number;
  /** Default: those that Recollect brings. */
  readonly faceModels?: FaceModels;
  /** Finds networks that are not in the folder. */
  readonly load?: ModelLoader;
  /** Told after each run of a model, for measuring. */
  readonly observe?: RunObserver;
}

/** The most faces the API reports for one image. */
const MAX_FACES = 100;

export class Inference implements InferencePort {
  readonly #sessions: Sessions;
  readonly #judge: Judge;
  readonly #threads: number;
  readonly #faceModels: FaceModels;
  /** What quality was told by is what embedders want, nearly always; it is kept until they had it. */
  readonly #aligned = new WeakMap<DetectedFace, { pixels: Pixels; aligned: Float32Array }>();

  /** Lets the heap of the whole process grow further between two collections: `heap.ts`. */
  constructor(options: InferenceOptions) {
    letHeapGrow();
    const { models, threads, observe, load, faceModels = BUILT_IN_FACE_MODELS } = options;
    this.#faceModels = faceModels;
    this.#sessions = new Sessions(models, threads, observe, load);
    this.#judge = new Judge(models, this.#sessions);
    this.#threads = threads;
  }

  /**
   * Decodes a JPEG or PNG, upright.
   *
   * @throws ImageFormatError, ImageTooSmallError, ImageTooLargeError
   */
  read(bytes: Uint8Array): Promise<Picture> {
    return readPicture(bytes, this.#threads);
  }

  async hold(pixels: Pixels): Promise<Picture> {
    return { width: pixels.width, height: pixels.height, pixels };
  }

  /** @returns the faces of a picture, largest box first, at most `limit` (by default 100). */
  async findFaces(
    { pixels }: Picture,
    { limit = MAX_FACES }: { readonly limit?: number } = {},
  ): Promise<DetectedFace[]> {
    const found = await findFaces(pixels, limit, this.#sessions);
    return found.map((face) => {
      const detected = detectedFace(face, pixels);
      // Of the picture as it was sent, not as it is raised.
      const aligned = alignFace(pixels, { mesh: detected.mesh, gain: 1 });
      const described = { ...detected, quality: qualityOf(aligned) };
      if (face.gain === 1) this.#aligned.set(described, { pixels, aligned });
      return described;
    });
  }

  /**
   * @param version of the face model whose vectors are requested.
   * @returns for each face, in order, its identity vector and how well the face can be read.
   * @throws FaceModelMissingError when that face model is not installed, EmbeddingError
   */
  async embed(
    { pixels }: Picture,
    faces: readonly DetectedFace[],
    version = this.#faceModels.default,
  ): Promise<EmbeddedFace[]> {
    const embedder = this.#faceModels.embedder(version);
    const embeddings = await this.#embedBy(embedder, pixels, faces);
    const reader = BUILT_IN_FACE_MODELS.embedder(DEFAULT_FACE_MODEL);
    const isReader = embedder.sha256 === reader.sha256;
    const readings = isReader ? embeddings : await this.#embedBy(reader, pixels, faces);
    const legibilities = await legibilityOf(readings, this.#sessions);
    return embeddings.map(({ vector, norm, symmetry }, i) => ({
      vector,
      norm,
      symmetry,
      legibility: legibilities[i]!,
    }));
  }

  #embedBy(
    embedder: Embedder,
    pixels: Pixels,
    faces: readonly DetectedFace[],
  ): Promise<Embedding[]> {
    const { frame, side } = embedder.convention;
    const aligned = faces.map((face) => {
      const known = this.#aligned.get(face);
      this.#aligned.delete(face);
      return known?.pixels === pixels && isWholeTemplate(frame, side)
        ? known.aligned
        : alignFace(pixels, face, frame, side);
    });
    return embedAligned(aligned, embedder, this.#sessions);
  }

  /**
   * Judges how faces look. Computes what is requested and nothing else.
   *
   * @returns for each face, in order, the attributes requested.
   * @throws WeightsError when the weights of the heads are damaged.
   */
  describe(
    { pixels }: Picture,
    faces: readonly JudgedFace[],
    requested: ReadonlySet<Attribute>,
  ): Promise<Attributes[]> {
    return this.#judge.describe(pixels, faces, requested);
  }

  /** A picture is nothing but memory here. */
  release(_picture: Picture): void {}

  /** Frees the models; the next call would load them again. */
  close(): Promise<void> {
    return this.#sessions.close();
  }
}

function detectedFace(face: FoundFace, pixels: Pixels): Omit<DetectedFace, 'quality'> {
  const { detection, mesh: found, agreement, gain } = face;
  const { width, height } = pixels;
  const mesh = found.vertices.map((value, i) => value / (i % 3 === 1 ? height : width));
  const pose = poseOf(found.vertices);
  return {
    box: detection.box,
    confidence: detection.score * 100,
    presence: found.presence,
    agreement,
    gain,
    landmarks: landmarksOf(mesh),
    mesh,
    pose,
    gaze: gazeOf(found.vertices, pose),
  };
}
