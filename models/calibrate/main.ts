/**
 * `npm run models:calibrate`: calibrates the built-in face model anew, through the whole
 * pipeline as it is. Writes its calibration into `models/manifest.json` and the picture beside its card, and
 * prints what was measured.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { command, runScript } from '../../infra/commands/cli/index.ts';
import { BUILT_IN_ENTRIES, Inference } from '../../layers/inference/index.ts';
import { randomOf } from '../train/random.ts';
import { calibrateFolder } from './folder.ts';

const MODELS = path.join(import.meta.dirname, '..');
const MANIFEST = path.join(MODELS, 'manifest.json');
const PICTURE = path.join(MODELS, 'cards/mobilefacenet-similarity.svg');

const [ENTRY] = BUILT_IN_ENTRIES;

async function main(folder: string, source: string): Promise<void> {
  const inference = new Inference({ models: MODELS, threads: 2 });
  const dice = randomOf('intervals');
  const { calibration, lines, picture } = await calibrateFolder({
    folder,
    source,
    inference,
    model: ENTRY!,
    title: `Face model ${ENTRY!.version}`,
    random: () => dice.between(0, 1),
    looks: true,
    note: (line) => process.stderr.write(`${line}\n`),
  });
  await inference.close();
  // As it is by now: measuring takes long.
  const manifest = JSON.parse(await readFile(MANIFEST, 'utf8'));
  manifest.faceModels[0].calibration = calibration;
  await writeFile(MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`);
  await writeFile(PICTURE, picture);
  for (const line of lines) console.log(line);
  console.error(`\nWrote ${path.relative('.', MANIFEST)} and ${path.relative('.', PICTURE)}.`);
  console.error('Run npm run format, then npm run bench:accuracy for the cards.');
}

await runScript(
  command({
    name: 'models:calibrate',
    summary: 'calibrates the built-in face model anew on a folder of people',
    description:
      'Writes the calibration into models/manifest.json and the picture beside its card.\nWHAT names the people in them; without it, the name of the folder.',
    operands: {
      placeholder: 'FOLDER [WHAT]',
      least: 1,
      most: 2,
      missing: 'Say in which folder the people are.',
    },
    options: {},
    run: async ({ operands: [folder = '', source = path.basename(folder)] }) => {
      await main(folder, source);
      return 0;
    },
  }),
);
