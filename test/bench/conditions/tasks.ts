/** What the bench gives its workers to do, one photograph at a time, and what comes back. */
import type { Subject } from './rates.ts';

/** Look at a photograph of somebody in each condition, and at another one for comparison. */
export interface PersonTask {
  readonly kind: 'person';
  readonly person: string;
  /** Files: the one that is compared with, as it is, and the one that is changed. */
  readonly enrolled: string;
  readonly changed: string;
  /** Groups of conditions. */
  readonly groups: readonly string[];
}

/** Look at everything in a picture. */
export interface PictureTask {
  readonly kind: 'picture';
  readonly set: PictureSet;
  readonly file: string;
  /** Whose portrait it is. */
  readonly person: string | undefined;
  /** 1: the bytes of the file as they are. */
  readonly scale: number;
}

/** Portraits of several people, photographs of upright people, things without a face, single pictures. */
export type PictureSet = 'portraits' | 'lfw' | 'detection' | 'things' | 'field';

export type Task = PersonTask | PictureTask;

/** Without a subject when one of the two photographs, as it is, shows no face. */
export interface PersonResult {
  readonly subject: Subject | undefined;
}

/** A face as it was seen in a picture of a set. */
export interface SeenFace {
  /** 0..100. */
  readonly confidence: number;
  /** Degrees. */
  readonly roll: number;
  /** The shorter side of its box in pixels. */
  readonly shortSide: number;
  readonly auto: boolean;
  readonly vector: Float32Array;
}

export interface PictureResult {
  /** Largest first. */
  readonly faces: readonly SeenFace[];
  /** The error with which the picture was refused. */
  readonly refused: string | undefined;
}

export interface LookedAt {
  readonly task: PictureTask;
  readonly result: PictureResult;
}

export type Outcome = { readonly task: PersonTask; readonly result: PersonResult } | LookedAt;
