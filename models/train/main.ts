/**
 * `npm run models:train`: fits the heads of the attributes to labelled photographs and
 * writes `models/attributes.json`. The same photographs and labels give the same bytes.
 *
 * What the folder must hold, and how to name other tables: `sources.ts`. How good the heads are:
 * `npm run bench:attributes`.
 */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { command, runScript } from '../../infra/commands/cli/index.ts';
import { HEAD_NAMES, type Head } from '../../layers/inference/attributes/head.ts';
import { formatHeads, type Heads } from '../../layers/inference/attributes/weights.ts';
import manifest from '../manifest.json' with { type: 'json' };
import { readDataset } from './dataset.ts';
import { fitHead } from './fit.ts';
import { RECIPES } from './recipes.ts';
import { SOURCES, type Sources, sourcesFrom } from './sources.ts';

const FILE = 'attributes.json';

async function main(sources: Sources): Promise<void> {
  const report = (kind: string) => (done: number, total: number) => {
    if (done % 100 === 0 || done === total) console.error(`${kind}: ${done} of ${total}`);
  };
  const attributes = await readDataset(sources.attributes, report('attributes'));
  const emotions = await readDataset(sources.emotions, report('emotions'));
  const heads = HEAD_NAMES.map((name): readonly [string, Head] => {
    const head = fitHead(RECIPES[name], name === 'emotion' ? emotions : attributes);
    console.error(`${name}: fitted`);
    return [name, head];
  });
  const text = formatHeads(Object.fromEntries(heads) as Heads);
  await writeFile(new URL(`../${FILE}`, import.meta.url), text);
  const sha256 = createHash('sha256').update(text).digest('hex');
  const expected = manifest.files.find(({ file }) => file === FILE)?.sha256;
  const matches = sha256 === expected ? 'as in the manifest' : 'DIFFERS from the manifest';
  console.log(`${sha256}  ${FILE}  ${Buffer.byteLength(text)} bytes  ${matches}`);
}

await runScript(
  command({
    name: 'models:train',
    summary: 'fits the heads of the judged attributes to labelled photographs',
    description:
      'Writes models/attributes.json. The same photographs and labels give the same bytes.',
    ...SOURCES,
    run: async (asked) => {
      await main(sourcesFrom(asked));
      return 0;
    },
  }),
);
