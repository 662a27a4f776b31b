/**
 * Where the photographs of the two kinds of heads lie, as told on the command line: a data folder with
 * `lfw-dev/attributes.csv` and `emotions-dev/labels.csv`, each beside its `images/`; or other tables:
 *
 *   --attributes=<csv>  image,eyeglasses,sunglasses,beard,mustache,smile,mouthOpen,eyesOpen,occluded; y, n or u
 *   --emotions=<csv>    image,emotion
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { DatasetSource } from './dataset.ts';

export interface Sources {
  readonly attributes: DatasetSource;
  readonly emotions: DatasetSource;
}

/** @throws Error that says what is missing. */
export function sourcesFrom(args: readonly string[]): Sources {
  const folder = args.find((argument) => !argument.startsWith('--'));
  const table = (name: string, usual: string) => {
    const option = args.find((argument) => argument.startsWith(`--${name}=`));
    if (!option && !folder) throw new Error(`Name a data folder, or --${name}=<csv>`);
    const file = option?.slice(name.length + 3) ?? path.join(folder!, usual);
    if (!existsSync(file)) throw new Error(`${file} does not exist`);
    return { labels: file, images: path.join(path.dirname(file), 'images') };
  };
  return {
    attributes: {
      ...table('attributes', 'lfw-dev/attributes.csv'),
      // Drawing on half of them teaches as much as drawing on all.
      variants: (index) =>
        index % 2 === 0 ? ['mirrored', 'degraded', 'covered', 'shaded'] : ['mirrored', 'degraded'],
    },
    emotions: {
      ...table('emotions', 'emotions-dev/labels.csv'),
      variants: (index) => (index % 2 === 0 ? ['mirrored', 'degraded'] : ['mirrored']),
    },
  };
}
