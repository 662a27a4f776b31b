/**
 * `npm run models:train:visibility -- <data folder> [--every=1] [--cross-validate]`: fits the head that tells
 * whether a face is open to view and writes `models/visibility.onnx`.
 *
 * With --cross-validate it says how good such heads are on people that they were not fitted to, and writes
 * nothing. --every=3 takes every third photograph.
 */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { command, flag, runScript, whole } from '../../../infra/commands/cli/index.ts';
import manifest from '../../manifest.json' with { type: 'json' };
import { foldsOf } from '../folds.ts';
import { photographFiles, Reader } from '../people.ts';
import { examplesOf, SIGHTS, type VisibilityExample } from './examples.ts';
import { fitVisibility, visibilityBy, visibilityNetwork } from './fit.ts';

const FILE = 'visibility.onnx';
const FOLDS = 3;

async function main(data: string, every: number, checks: boolean): Promise<void> {
  const examples = await makeExamples(data, every);
  if (checks) return crossValidate(examples);
  const bytes = visibilityNetwork(fitVisibility(examples));
  await writeFile(new URL(`../../${FILE}`, import.meta.url), bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const expected = manifest.files.find(({ file }) => file === FILE)?.sha256;
  const matches = sha256 === expected ? 'as in the manifest' : 'DIFFERS from the manifest';
  console.log(`${sha256}  ${FILE}  ${bytes.length} bytes  ${matches}`);
}

async function makeExamples(data: string, every: number): Promise<VisibilityExample[]> {
  const files = (await photographFiles(data)).filter((_, i) => i % every === 0);
  const reader = new Reader();
  const examples: VisibilityExample[] = [];
  for (const [done, { file, faces }] of files.entries()) {
    if (done % 100 === 0) console.error(`photographs: ${done} of ${files.length}`);
    const photograph = await reader.read(file, Math.min(faces, 3));
    for (const face of photograph.faces) {
      examples.push(...(await examplesOf(photograph, face, reader)));
    }
  }
  await reader.close();
  return examples;
}

function crossValidate(examples: readonly VisibilityExample[]): void {
  const folds = foldsOf(
    examples.map(({ person }) => person),
    FOLDS,
  );
  const scored = Array.from({ length: FOLDS }, (_, fold) => {
    const out = ({ person }: VisibilityExample) => folds.get(person) === fold;
    const head = fitVisibility(examples.filter((example) => !out(example)));
    return examples
      .filter(out)
      .map(({ sight, features }) => ({ sight, visibility: visibilityBy(head, features) }));
  }).flat();
  console.log('| face | number | under .3 | under .5 | under .7 |\n|---|---|---|---|---|');
  for (const sight of SIGHTS) {
    const of = scored.filter((each) => each.sight === sight);
    const shares = [0.3, 0.5, 0.7].map((least) => {
      const under = of.filter(({ visibility }) => visibility < least).length;
      return `${((100 * under) / of.length).toFixed(2)} %`;
    });
    console.log(`| ${[sight, of.length, ...shares].join(' | ')} |`);
  }
}

await runScript(
  command({
    name: 'models:train:visibility',
    summary: 'fits the head that tells whether a face is open to view',
    description:
      'Writes models/visibility.onnx, or with --cross-validate says how good such heads are.',
    operands: {
      placeholder: 'FOLDER',
      least: 1,
      most: 1,
      missing: 'Say in which folder the photographs of people are.',
    },
    options: {
      every: whole({
        placeholder: 'N',
        help: 'takes every so many photographs',
        name: 'The step',
        from: 1,
        to: 1000,
        fallback: 1,
      }),
      'cross-validate': flag({ help: 'measures on people left out, and writes nothing' }),
    },
    run: async ({ operands: [data = ''], options }) => {
      await main(data, options.every, options['cross-validate']);
      return 0;
    },
  }),
);
