/**
 * What handlers see of inference, wherever it runs: in their own thread (inference.ts), or in threads that keep
 * the pixels to themselves (pool/).
 */
import type { Attribute, Attributes } from './attributes/attribute.ts';
import type { JudgedFace } from './attributes/blocks.ts';
import type { Embedding } from './embedder.ts';
import type { DetectedFace } from './face.ts';
import type { Legibility } from './legibility.ts';
import type { Pixels } from './pixels.ts';

export type { Attribute, Attributes, DetectedFace, JudgedFace, Pixels };

/** A face's vector, and whether it can be trusted. */
export interface EmbeddedFace extends Omit<Embedding, 'features'> {
  readonly legibility: Legibility;
}

/** A picture that was read. It means something only to the port that has read it. */
export interface PictureHandle {
  /** Of the upright original, in pixels. */
  readonly width: number;
  readonly height: number;
}

export interface InferencePort {
  /**
   * Decodes a JPEG or PNG, upright.
   *
   * @throws ImageFormatError, ImageTooSmallError, ImageTooLargeError
   */
  read(bytes: Uint8Array): Promise<PictureHandle>;
  /** Takes a picture that somebody else has decoded, upright. */
  hold(pixels: Pixels): Promise<PictureHandle>;
  /** @returns the faces of a picture, largest box first, at most `limit` (by default 100). */
  findFaces(picture: PictureHandle, options?: { readonly limit?: number }): Promise<DetectedFace[]>;
  /** @throws FaceModelMissingError, EmbeddingError */
  embed(
    picture: PictureHandle,
    faces: readonly DetectedFace[],
    version?: string,
  ): Promise<EmbeddedFace[]>;
  /** @throws WeightsError */
  describe(
    picture: PictureHandle,
    faces: readonly JudgedFace[],
    requested: ReadonlySet<Attribute>,
  ): Promise<Attributes[]>;
  /** Nothing more will be asked of the picture. What is not released goes when the request is over. */
  release(picture: PictureHandle): void;
  close(): Promise<void>;
}
