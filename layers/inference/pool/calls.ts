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

/** A picture goes by a number that the main thread gives it. */
export interface Calls {
  readonly read: { readonly bytes: Uint8Array };
  readonly hold: { readonly pixels: Pixels };
  readonly findFaces: { readonly limit: number | undefined };
  readonly embed: { readonly faces: readonly DetectedFace[]; readonly version: string | undefined };
  readonly describe: {
    readonly faces: readonly JudgedFace[];
    readonly wanted: ReadonlySet<Attribute>;
  };
}

export interface Answers {
  readonly read: PictureHandle;
  readonly hold: PictureHandle;
  readonly findFaces: DetectedFace[];
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
