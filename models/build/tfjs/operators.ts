/** Every TensorFlow operator that can be lowered, by name. */
import { ARITHMETIC } from './arithmetic.ts';
import type { Lower } from './lowering.ts';
import { SHAPING } from './shaping.ts';
import { SPATIAL } from './spatial.ts';

export const OPERATORS: ReadonlyMap<string, Lower> = new Map(
  Object.entries({ ...SPATIAL, ...ARITHMETIC, ...SHAPING }),
);
