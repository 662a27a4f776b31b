/**
 * Fits one head: the linear function to all of the items given, its calibration to scores of items that
 * the scoring function had not seen. Nothing but these items has any influence.
 */
import { type Head, scoresOf } from '../../layers/inference/attributes/head.ts';
import { fitPlatt, fitTemperature } from './calibrate.ts';
import type { Item } from './dataset.ts';
import type { Example } from './examples.ts';
import { foldsOf } from './folds.ts';
import { fitLogistic, type Linear } from './logistic.ts';
import type { HeadRecipe } from './recipes.ts';
import { standardised, standardOf, unstandardised } from './standardise.ts';

/** Parts into which the items are split, by person, for the scores to calibrate on. */
const CALIBRATION_FOLDS = 3;

export function fitHead(recipe: HeadRecipe, items: readonly Item[]): Head {
  return calibrated(recipe, fitLinear(recipe, items), outOfFoldScores(recipe, items));
}

interface ScoredItem {
  readonly scores: readonly number[];
  readonly truth: number;
}

/** Scores of the unchanged photographs, each by a function fitted to other people. */
function outOfFoldScores(recipe: HeadRecipe, items: readonly Item[]): ScoredItem[] {
  const folds = foldsOf(
    items.map(({ person }) => person),
    CALIBRATION_FOLDS,
  );
  return Array.from({ length: CALIBRATION_FOLDS }, (_, fold) => {
    const inFold = ({ person }: Item) => folds.get(person) === fold;
    const head = fitLinear(
      recipe,
      items.filter((item) => !inFold(item)),
    );
    return items.filter(inFold).flatMap((item) => {
      const truth = recipe.label(item, 'asIs');
      if (truth === undefined) return [];
      return [{ scores: scoresOfExample(head, item.examples.get('asIs')!), truth }];
    });
  }).flat();
}

export function scoresOfExample(head: Head, example: Example): number[] {
  return scoresOf(
    head,
    head.blocks.map((name) => example.blocks[name]),
  );
}

function fitLinear(recipe: HeadRecipe, items: readonly Item[]): Head {
  const { blocks, classCount, penalty } = recipe;
  const examples: Example[] = [];
  const classes: number[] = [];
  for (const item of items) {
    for (const [variant, example] of item.examples) {
      const label = recipe.label(item, variant);
      if (label === undefined) continue;
      examples.push(example);
      classes.push(label);
    }
  }
  const standard = standardOf(examples, blocks);
  const inputs = standardised(examples, standard);
  const importance = importanceOf(classes, recipe, items.length);
  const linear = fitLogistic({ inputs, classes, importance, classCount, penalty });
  return asHead(recipe, unstandardised(linear, standard));
}

/** Together as much as the photographs are, and of rare classes more each. */
function importanceOf(
  classes: readonly number[],
  { classCount, balance }: HeadRecipe,
  total: number,
): number[] {
  const counts = Array.from(
    { length: classCount },
    (_, of) => classes.filter((label) => label === of).length,
  );
  const raw = classes.map((of) => (classes.length / (classCount * counts[of]!)) ** balance);
  const sum = raw.reduce((a, b) => a + b, 0);
  return raw.map((weight) => (weight * total) / sum);
}

function asHead({ blocks }: HeadRecipe, { weights, biases }: Linear): Head {
  const columns = weights.length / biases.length;
  const rows = Array.from(biases, (_, score) =>
    Float32Array.from(weights.subarray(score * columns, (score + 1) * columns)),
  );
  return { blocks, weights: rows, biases: [...biases] };
}

/** The head whose scores are the calibrated ones. */
function calibrated(recipe: HeadRecipe, head: Head, scored: readonly ScoredItem[]): Head {
  const { slope, intercept } =
    recipe.classCount === 2
      ? fitPlatt(scored.map(({ scores, truth }) => ({ score: scores[0]!, truth: truth === 1 })))
      : { slope: fitTemperature(scored), intercept: 0 };
  return {
    blocks: head.blocks,
    weights: head.weights.map((row) => row.map((weight) => weight * slope)),
    biases: head.biases.map((bias) => bias * slope + intercept),
  };
}
