/**
 * `npm run models:calibrate -- <folder of people>`: calibrates the built-in face model anew, through the whole
 * pipeline as it is. Writes its calibration into `models/manifest.json` and the picture beside its card, and
 * prints what was measured.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BUILT_IN_ENTRIES, Inference } from '../../layers/inference/index.ts';
import { randomOf } from '../train/random.ts';
import { calibrateFolder } from './folder.ts';

const MODELS = path.join(import.meta.dirname, '..');
const MANIFEST = path.join(MODELS, 'manifest.json');
const PICTURE = path.join(MODELS, 'cards/mobilefacenet-similarity.svg');

const [ENTRY] = BUILT_IN_ENTRIES;

async function main(): Promise<void> {
  const [folder, source = folder && path.basename(folder)] = process.argv.slice(2);
  if (folder === undefined || source === undefined) {
    console.error('usage: npm run models:calibrate -- <folder of people> ["what they are"]');
    process.exit(1);
  }
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

await main();
