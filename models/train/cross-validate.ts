/** Cross-validation by person: everybody is judged by a head that was fitted to other people. */
import type { Head } from '../../layers/inference/attributes/head.ts';
import type { Item } from './dataset.ts';
import { fitHead, scoresOfExample } from './fit.ts';
import { foldsOf } from './folds.ts';
import type { HeadRecipe } from './recipes.ts';
import type { Variant } from './variants.ts';

export const FOLDS = 5;

/** The calibrated scores of an item's photograph, by a head that knows nobody of its fold. */
export type Judged = (item: Item, variant: Variant) => number[] | undefined;

/** Everything, also the calibration, is fitted anew for each fold without anybody who is in it. */
export function crossValidate(
  recipe: HeadRecipe,
  items: readonly Item[],
  report: (done: number) => void,
): Judged {
  const folds = foldsOf(
    items.map(({ person }) => person),
    FOLDS,
  );
  const heads: readonly Head[] = Array.from({ length: FOLDS }, (_, fold) => {
    const others = items.filter(({ person }) => folds.get(person) !== fold);
    const head = fitHead(recipe, others);
    report(fold + 1);
    return head;
  });
  return ({ person, examples }, variant) => {
    const example = examples.get(variant);
    return example && scoresOfExample(heads[folds.get(person)!]!, example);
  };
}
