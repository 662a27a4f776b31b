/**
 * Where the photographs of the two kinds of heads lie: in a data folder with `lfw-dev/attributes.csv` and
 * `emotions-dev/labels.csv`, each beside its `images/`; or beside other tables.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Asked, Failure, text } from '../../infra/commands/cli/index.ts';
import type { DatasetSource } from './dataset.ts';

export interface Sources {
  readonly attributes: DatasetSource;
  readonly emotions: DatasetSource;
}

const options = {
  attributes: text({
    placeholder: 'CSV',
    help: 'image,eyeglasses,sunglasses,beard,mustache,smile,mouthOpen,eyesOpen,occluded; y, n or u',
  }),
  emotions: text({ placeholder: 'CSV', help: 'image,emotion' }),
} as const;

/** What the command line of a program has that reads both. */
export const SOURCES = {
  operands: { placeholder: '[FOLDER]', least: 0, most: 1, missing: '' },
  options,
  check: ({ operands, options: { attributes, emotions } }: Asked<typeof options>) =>
    operands.length === 0 && (attributes === undefined || emotions === undefined)
      ? ['Name a data folder, or a table for --attributes and one for --emotions.']
      : [],
} as const;

/** @throws Failure that says what is missing. */
export function sourcesFrom({
  operands: [folder = ''],
  options: given,
}: Asked<typeof options>): Sources {
  const table = (named: string | undefined, usual: string) => {
    const file = named ?? path.join(folder, usual);
    if (!existsSync(file)) throw new Failure(`${file} does not exist.`);
    return { labels: file, images: path.join(path.dirname(file), 'images') };
  };
  return {
    attributes: {
      ...table(given.attributes, 'lfw-dev/attributes.csv'),
      // Drawing on half of them teaches as much as drawing on all.
      variants: (index) =>
        index % 2 === 0 ? ['mirrored', 'degraded', 'covered', 'shaded'] : ['mirrored', 'degraded'],
    },
    emotions: {
      ...table(given.emotions, 'emotions-dev/labels.csv'),
      variants: (index) => (index % 2 === 0 ? ['mirrored', 'degraded'] : ['mirrored']),
    },
  };
}
