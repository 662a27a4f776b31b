/**
 * A recipe: where a face model comes from, under which licence, and how its network is fed. Known ones are in
 * `recipes.ts`, others come from a file of JSON or from the command line.
 */
import type { Convention } from '../../layers/inference/index.ts';
import { VERSION_PATTERN } from '../../layers/inference/index.ts';
import { Failure } from '../commands/cli/failures.ts';

export interface Licence {
  readonly name: string;
  /** Whether it lets anybody use the network for anything, business included. */
  readonly commercial: boolean;
  /** What else there is to know, such as what it was trained on. */
  readonly note?: string;
}

export interface Recipe {
  /** What collections call the face model: 1 to 16 letters, digits, dots and hyphens. */
  readonly version: string;
  /** Where the file is. Without one the owner brings it. */
  readonly url?: string;
  readonly bytes?: number;
  /** Of the file. Without one whatever comes is trusted the first time, and it is said so. */
  readonly sha256?: string;
  readonly licence: Licence;
  /** What is not said is read from the file, or is as nearly all embedders have it. */
  readonly convention: Partial<Convention>;
  /** What its authors publish. */
  readonly published?: string;
}

/** A recipe cannot be understood. */
export class RecipeError extends Failure {
  override readonly name = 'RecipeError';
}

const FIELDS = ['version', 'url', 'bytes', 'sha256', 'licence', 'convention', 'published'];
const CONVENTION_FIELDS = {
  input: 'string',
  output: 'string',
  layout: 'string',
  channels: 'string',
  mean: 'number',
  scale: 'number',
  side: 'number',
  frame: 'object',
} as const;

/** @throws RecipeError that says everything that is wrong */
export function readRecipe(text: string, file: string): Recipe {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new RecipeError(`${file} is no recipe: it is not JSON.`, { cause });
  }
  const problems = recipeProblems(value);
  if (problems.length > 0) throw new RecipeError(`${file} is no recipe:\n${problems.join('\n')}`);
  return value as Recipe;
}

function recipeProblems(value: unknown): string[] {
  if (!isObject(value)) return ['A recipe is an object.'];
  const { version, licence, convention = {} } = value;
  return [
    ...Object.keys(value)
      .filter((field) => !FIELDS.includes(field))
      .map((field) => `It has no member "${field}"; there are ${FIELDS.join(', ')}.`),
    ...(typeof version === 'string' && VERSION_PATTERN.test(version)
      ? []
      : ['"version" is 1 to 16 letters, digits, dots and hyphens.']),
    ...(isObject(licence) &&
    typeof licence['name'] === 'string' &&
    typeof licence['commercial'] === 'boolean'
      ? []
      : [
          '"licence" says its name and whether it is commercial: {"name": "MIT", "commercial": true}.',
        ]),
    ...(isObject(convention) ? conventionProblems(convention) : ['"convention" is an object.']),
  ];
}

/** What is wrong with a convention, of a recipe or of flags. */
export function conventionProblems(given: Readonly<Record<string, unknown>>): string[] {
  const { layout, channels, scale, side, mean, frame } = given;
  return [
    ...Object.entries(given)
      .filter(([name]) => !(name in CONVENTION_FIELDS))
      .map(
        ([name]) =>
          `A convention has no "${name}"; it has ${Object.keys(CONVENTION_FIELDS).join(', ')}.`,
      ),
    ...(layout === undefined || layout === 'NCHW' || layout === 'NHWC'
      ? []
      : ['The layout is NCHW or NHWC.']),
    ...(channels === undefined || channels === 'RGB' || channels === 'BGR'
      ? []
      : ['The channels are RGB or BGR.']),
    ...(mean === undefined || Number.isFinite(mean) ? [] : ['The mean is a number.']),
    ...(scale === undefined || (typeof scale === 'number' && Number.isFinite(scale) && scale !== 0)
      ? []
      : ['The scale is a number other than 0.']),
    ...(side === undefined || (Number.isInteger(side) && Number(side) >= 32 && Number(side) <= 512)
      ? []
      : ['The side is 32 to 512 pixels.']),
    ...(frame === undefined || isFrame(frame)
      ? []
      : ['The frame has a left, a top and a side, in pixels of the 112 x 112 template.']),
  ];
}

function isFrame(value: unknown): boolean {
  return (
    isObject(value) &&
    ['left', 'top', 'side'].every((name) => Number.isFinite(value[name])) &&
    Number(value['side']) > 0
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
