/** Labelled photographs and their examples, read from a folder. */
import path from 'node:path';
import { type Example, Examples } from './examples.ts';
import { type LabelledImage, readLabels } from './labels.ts';
import type { Variant } from './variants.ts';

export interface Item extends LabelledImage {
  /** By variant; those in which no face was found are missing. */
  readonly examples: ReadonlyMap<Variant, Example>;
}

export interface DatasetSource {
  /** Holds the photographs. */
  readonly images: string;
  /** CSV: {@link readLabels}. */
  readonly labels: string;
  /** Which variants of the n-th photograph to make, besides the photograph as it is. */
  variants(index: number): readonly Variant[];
}

/** Photographs looked at side by side: one is decoded while a network runs on another. */
const CONCURRENCY = 2;

/** @returns the items with a face in them, in the order of the table. */
export async function readDataset(
  source: DatasetSource,
  report: (done: number, total: number) => void,
): Promise<Item[]> {
  const images = readLabels(source.labels);
  const examples = await Examples.open();
  const items: (Item | undefined)[] = [];
  let [next, done] = [0, 0];
  const work = async () => {
    while (next < images.length) {
      const index = next++;
      const image = images[index]!;
      const file = path.join(source.images, image.file);
      items[index] = await readItem(image, file, source.variants(index), examples);
      report(++done, images.length);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  await examples.close();
  return items.filter((item) => item !== undefined);
}

async function readItem(
  image: LabelledImage,
  file: string,
  variants: readonly Variant[],
  examples: Examples,
): Promise<Item | undefined> {
  const found = new Map<Variant, Example>();
  for (const variant of ['asIs', ...variants] as const) {
    const example = await examples.of(file, variant);
    if (example) found.set(variant, example);
  }
  return found.has('asIs') ? { ...image, examples: found } : undefined;
}
