/** Training as a whole on made-up faces: repeatable, calibrated on others, and blind to who is held out. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { BLOCK_LENGTHS, type BlockName } from '../../../layers/inference/attributes/blocks.ts';
import { sigmoid } from '../../../layers/inference/attributes/head.ts';
import { Inference } from '../../../layers/inference/index.ts';
import { crossValidate, FOLDS } from '../../../models/train/cross-validate.ts';
import type { Item } from '../../../models/train/dataset.ts';
import type { Example } from '../../../models/train/examples.ts';
import { fitHead, scoresOfExample } from '../../../models/train/fit.ts';
import { foldsOf } from '../../../models/train/folds.ts';
import { randomOf } from '../../../models/train/random.ts';
import type { HeadRecipe } from '../../../models/train/recipes.ts';
import { makeVariant, VARIANTS } from '../../../models/train/variants.ts';
import { SAMPLES } from '../../inference/samples.ts';
import { Random } from '../../support/random.ts';

const recipe: HeadRecipe = {
  blocks: ['expression'],
  classCount: 2,
  penalty: 0.01,
  balance: 0.5,
  label: ({ labels }) => (labels.get('smile') === 'y' ? 1 : 0),
};

function example(expression: readonly number[]): Example {
  const blocks = Object.fromEntries(
    Object.entries(BLOCK_LENGTHS).map(([name, length]) => [name, new Float32Array(length)]),
  ) as Record<BlockName, Float32Array>;
  blocks.expression.set(expression);
  return {
    blocks,
    view: { eyes: 40, yaw: 0, sharpness: 80 },
    age: new Float32Array(100),
    male: 0.5,
  };
}

/** People of whom the third number tells whether they smile, but for noise. */
function people(count: number, seed: number): Item[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, i) => {
    const numbers = Array.from({ length: 7 }, () => random.next() - 0.5);
    const smiles = numbers[2]! + 0.3 * (random.next() - 0.5) > 0;
    return {
      file: `Person${i}_0001.jpg`,
      person: `Person${i}`,
      labels: new Map([['smile', smiles ? 'y' : 'n']]),
      examples: new Map([['asIs', example(numbers)] as const]),
    };
  });
}

describe('fitHead', () => {
  test('gives the same head for the same people, bit for bit', () => {
    expect(fitHead(recipe, people(80, 1))).toEqual(fitHead(recipe, people(80, 1)));
  });

  test('finds what tells, and is as often right as it says', () => {
    const head = fitHead(recipe, people(600, 1));
    const judged = people(2000, 2).map((item) => {
      const [score] = scoresOfExample(head, item.examples.get('asIs')!);
      return { p: sigmoid(score!), truth: recipe.label(item, 'asIs') === 1 };
    });
    const right = judged.filter(({ p, truth }) => p > 0.5 === truth).length / judged.length;
    const expected = judged.reduce((sum, { p }) => sum + Math.max(p, 1 - p), 0) / judged.length;
    expect(right).toBeGreaterThan(0.8);
    expect(Math.abs(right - expected)).toBeLessThan(0.03);
  });
});

describe('crossValidate', () => {
  test('what a person looks like has no influence on how the person is judged by others', () => {
    const items = people(60, 5);
    const folds = foldsOf(
      items.map(({ person }) => person),
      FOLDS,
    );
    const held = items.filter(({ person }) => folds.get(person) === 0);
    const flipped = items.map((item) =>
      held.includes(item)
        ? { ...item, labels: new Map([['smile', recipe.label(item, 'asIs') === 1 ? 'n' : 'y']]) }
        : item,
    );
    const [before, after] = [items, flipped].map((list) => crossValidate(recipe, list, () => {}));
    const judged = (judge: typeof before, item: Item) => judge!(item, 'asIs');
    // Wrong labels of a fold change nothing for the fold itself, and something for all the others.
    for (const item of held) expect(judged(after, item)).toEqual(judged(before, item));
    const other = items.find((item) => !held.includes(item))!;
    expect(judged(after, other)).not.toEqual(judged(before, other));
  });
});

describe('makeVariant', () => {
  const models = path.join(import.meta.dirname, '../../../models');
  const inference = new Inference({ models, threads: 1 });
  afterAll(() => inference.close());

  test('repeats itself, and leaves a face to be found', async () => {
    const bytes = await sharp(await readFile(SAMPLES[2]!))
      .extract({ left: 1050, top: 130, width: 420, height: 520 })
      .png()
      .toBuffer();
    const picture = await inference.read(bytes);
    const [face] = await inference.findFaces(picture);
    const original = { bytes, width: picture.width, height: picture.height, face: face! };
    for (const variant of VARIANTS) {
      const make = () => makeVariant(variant, original, randomOf(`${variant} face`));
      const [once, again] = [await make(), await make()];
      expect(Buffer.from(once).equals(Buffer.from(again)), variant).toBe(true);
      expect(await inference.findFaces(await inference.read(once)), variant).not.toEqual([]);
    }
  });
});
