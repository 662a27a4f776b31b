/**
 * Face detection on a folder of hand-checked pictures: precision, recall and F1 at the shipped
 * threshold for faces of 16 pixels and more, recall by size, everything by category, what is seen in
 * pictures of nobody, and the same on copies turned by 90, 180 and 270 degrees. The limit of 100 faces
 * for a picture is lifted.
 *
 * `npm run bench:detection`
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { command, runScript } from '../../infra/commands/cli/index.ts';
import { Inference } from '../../layers/inference/index.ts';
import { type LabelledPicture, type Rectangle, readLabels, turned } from './detection-labels.ts';
import { dataFolder, FOLDER, MODELS, threads } from './folder.ts';
import { longSide, match, type Outcome } from './matching.ts';
import { progress } from './progress.ts';

/** Smaller faces are labelled incompletely. */
const SMALLEST = 16;

const SIZES = [16, 24, 40, 80, Number.POSITIVE_INFINITY] as const;
const TURNS = [0, 1, 2, 3] as const;

interface Result extends Outcome {
  readonly picture: LabelledPicture;
}

async function main(folder: string, options: { readonly threads: number }): Promise<void> {
  const pictures = readLabels(folder);
  const inference = new Inference({ models: MODELS, threads: options.threads });
  const report = progress('pictures', pictures.length * TURNS.length);
  let done = 0;
  for (const turns of TURNS) {
    const results: Result[] = [];
    for (const picture of pictures) {
      const bytes = await readFile(path.join(folder, 'images', picture.file));
      const copy = turned(picture, turns);
      const detections = await find(inference, turns === 0 ? bytes : await turn(bytes, turns));
      results.push({ picture: copy, ...match(detections, copy, SMALLEST) });
      report(++done);
    }
    if (turns === 0) printUpright(results);
    else printTurned(results, turns * 90);
  }
  await inference.close();
}

async function find(inference: Inference, bytes: Uint8Array): Promise<Rectangle[]> {
  const picture = await inference.read(bytes);
  const faces = await inference.findFaces(picture, { limit: Number.POSITIVE_INFINITY });
  const { width, height } = picture;
  return faces.map(({ box }) => [
    box.left * width,
    box.top * height,
    box.width * width,
    box.height * height,
  ]);
}

/** A lossless copy, so that nothing but the turn differs. */
function turn(bytes: Uint8Array, turns: number): Promise<Uint8Array> {
  return sharp(bytes)
    .rotate(turns * 90)
    .png({ compressionLevel: 1 })
    .toBuffer();
}

function printUpright(results: readonly Result[]): void {
  console.log(
    '| category | pictures | faces | precision | recall | F1 |\n|---|---|---|---|---|---|',
  );
  for (const category of [...new Set(results.map(({ picture }) => picture.category))].sort()) {
    printRow(
      category,
      results.filter(({ picture }) => picture.category === category),
    );
  }
  printRow('all', results);

  console.log('\n| longer side, px | faces | recall |\n|---|---|---|');
  SIZES.slice(1).forEach((to, i) => {
    const from = SIZES[i]!;
    const inRange = (box: Rectangle) => longSide(box) >= from && longSide(box) < to;
    const found = results.flatMap((result) => result.found).filter(inRange).length;
    const faces = found + results.flatMap((result) => result.missed).filter(inRange).length;
    console.log(`| ${from}..${to === Infinity ? '' : to} | ${faces} | ${rate(found, faces)} |`);
  });
  const empty = results.filter(({ picture }) => picture.faces.length === 0);
  const seen = empty.flatMap(({ wrong }) => wrong).length;
  console.log(`\n${empty.length} pictures of nobody: ${seen} faces seen\n`);
}

function printRow(name: string, results: readonly Result[]): void {
  const { found, missed, wrong } = sums(results);
  const [precision, recall] = [found / (found + wrong), found / (found + missed)];
  const f1 = (2 * precision * recall) / (precision + recall);
  const cells = [precision, recall, f1].map((x) => (Number.isNaN(x) ? '-' : x.toFixed(3)));
  console.log(`| ${[name, results.length, found + missed, ...cells].join(' | ')} |`);
}

/** A copy counts as found when at least one of its faces is. */
function printTurned(results: readonly Result[], degrees: number): void {
  const { found, missed, wrong } = sums(results);
  const withFaces = results.filter((result) => result.found.length + result.missed.length > 0);
  const lost = withFaces.filter((result) => result.found.length === 0);
  const names = lost.map(({ picture }) => picture.file).join(' ');
  console.log(
    `turned by ${degrees}: ${withFaces.length - lost.length} of ${withFaces.length} pictures found,`,
    `recall ${rate(found, found + missed)}, precision ${rate(found, found + wrong)}`,
    names && `(not: ${names})`,
  );
}

function sums(results: readonly Result[]) {
  const count = (kind: keyof Outcome) => results.reduce((sum, r) => sum + r[kind].length, 0);
  return { found: count('found'), missed: count('missed'), wrong: count('wrong') };
}

function rate(part: number, whole: number): string {
  return whole === 0 ? '-' : (part / whole).toFixed(3);
}

await runScript(
  command({
    name: 'bench:detection',
    summary: 'measures what is detected in a folder of labelled photographs',
    operands: FOLDER,
    options: { threads: threads(2) },
    run: async ({ operands: [folder = ''], options }) => {
      await main(dataFolder(folder, ['labels.json', 'images']), options);
      return 0;
    },
  }),
);
