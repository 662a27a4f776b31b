/**
 * Shapes: how the members of a request or a response are declared.
 *
 * A shape is plain data with the constraints of the API's model (length, range, pattern, enum). From one
 * declaration follow the TypeScript type of a member ({@link Infer}), its decoding from JSON
 * (`decode.ts`), its validation (`validate.ts`) and its encoding (`encode.ts`).
 */

export interface StringShape<V extends string = string> {
  readonly type: 'string';
  /** Length in characters. */
  readonly min?: number;
  readonly max?: number;
  /** As the model spells it: printed in error texts, matched against the whole value. */
  readonly pattern?: string;
  readonly values?: readonly V[];
}

export interface NumberShape {
  /** A float has single precision on the wire, as in the API; a double, which only extensions have, keeps its own. */
  readonly type: 'integer' | 'float' | 'double';
  readonly min?: number;
  readonly max?: number;
}

export interface BooleanShape {
  readonly type: 'boolean';
}

/** Binary: base64 in JSON, bytes in code. `min` and `max` are raw bytes. */
export interface BlobShape {
  readonly type: 'blob';
  readonly min?: number;
  readonly max?: number;
}

/** A point in time: epoch seconds with a fraction in JSON, a `Date` in code. */
export interface TimestampShape {
  readonly type: 'timestamp';
}

export interface ListShape<M extends Shape = Shape> {
  readonly type: 'list';
  readonly member: M;
  readonly min?: number;
  readonly max?: number;
}

export interface MapShape<
  K extends StringShape = StringShape,
  V extends StringShape = StringShape,
> {
  readonly type: 'map';
  readonly key: K;
  readonly value: V;
  readonly min?: number;
  readonly max?: number;
}

export interface StructureShape<
  M extends Members = Members,
  R extends keyof M & string = keyof M & string,
> {
  readonly type: 'structure';
  readonly members: M;
  readonly required: readonly R[];
}

export type Members = { readonly [name: string]: Shape };

export type Shape =
  | StringShape
  | NumberShape
  | BooleanShape
  | BlobShape
  | TimestampShape
  | ListShape
  | MapShape
  | StructureShape;

/** The TypeScript type of a value of shape `S`. */
export type Infer<S> =
  S extends StringShape<infer V>
    ? V
    : S extends NumberShape
      ? number
      : S extends BooleanShape
        ? boolean
        : S extends BlobShape
          ? Uint8Array
          : S extends TimestampShape
            ? Date
            : S extends ListShape<infer M>
              ? Infer<M>[]
              : S extends MapShape
                ? Record<string, string>
                : S extends StructureShape<infer M, infer R>
                  ? { [K in R]: Infer<M[K]> } & {
                      [K in Exclude<keyof M, R>]?: Infer<M[K]> | undefined;
                    }
                  : never;

type Bounds = { readonly min?: number; readonly max?: number };

export const string = (constraints: Bounds & { readonly pattern?: string } = {}): StringShape => ({
  type: 'string',
  ...constraints,
});

export const enumeration = <const V extends string>(...values: V[]): StringShape<V> => ({
  type: 'string',
  values,
});

export const integer = (bounds: Bounds = {}): NumberShape => ({ type: 'integer', ...bounds });

export const float = (bounds: Bounds = {}): NumberShape => ({ type: 'float', ...bounds });

export const double = (bounds: Bounds = {}): NumberShape => ({ type: 'double', ...bounds });

export const boolean: BooleanShape = { type: 'boolean' };

export const blob = (bounds: Bounds = {}): BlobShape => ({ type: 'blob', ...bounds });

export const timestamp: TimestampShape = { type: 'timestamp' };

export const list = <M extends Shape>(member: M, bounds: Bounds = {}): ListShape<M> => ({
  type: 'list',
  member,
  ...bounds,
});

export const map = <K extends StringShape, V extends StringShape>(
  key: K,
  value: V,
  bounds: Bounds = {},
): MapShape<K, V> => ({ type: 'map', key, value, ...bounds });

export const structure = <const M extends Members, const R extends keyof M & string = never>(
  members: M,
  required: readonly R[] = [],
): StructureShape<M, R> => ({ type: 'structure', members, required });
