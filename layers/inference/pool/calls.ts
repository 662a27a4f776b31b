/** What the main thread asks of the others, and how they answer. All of it can be cloned. */
import type {
  Attribute,
  Attributes,
  DetectedFace,
  EmbeddedFace,
  JudgedFace,
  PictureHandle,
  Pixels,
} from '../port.ts';
import type { PackedError } from './packed-error.ts';

/**
 * A face goes by its place among all that its thread has found in the picture: as a clone it would be another face,
 * for which nothing has been done yet. One that the thread has not found, or that somebody has changed, goes as it is.
 */
export type Named<F> = number | F;

/** A picture goes by a number that the main thread gives it. */
export interface Calls {
  readonly read: { readonly bytes: Uint8Array };
  readonly hold: { readonly pixels: Pixels };
  readonly findFaces: { readonly limit: number | undefined };
  readonly embed: {
    readonly faces: readonly Named<DetectedFace>[];
    readonly version: string | undefined;
  };
  readonly describe: {
    readonly faces: readonly Named<JudgedFace>[];
    readonly requested: ReadonlySet<Attribute>;
  };
}

export interface Answers {
  readonly read: PictureHandle;
  readonly hold: PictureHandle;
  /** The place of the first of them is `from`; the others follow. */
  readonly findFaces: { readonly faces: DetectedFace[]; readonly from: number };
  readonly embed: EmbeddedFace[];
  readonly describe: Attributes[];
}

export type Kind = keyof Calls;

export type Asked = {
  readonly [K in Kind]: {
    readonly id: number;
    readonly picture: number;
    readonly kind: K;
    readonly call: Calls[K];
  };
}[Kind];

/** Pictures that nothing more will be asked of. */
export interface Freed {
  readonly freed: readonly number[];
}

export type ToThread = Asked | Freed;

export type FromThread =
  | { readonly id: number; readonly answer: Answers[Kind] }
  | { readonly id: number; readonly error: PackedError };
