/**
 * What brightness, sharpness and the quality filter are worth, on a folder in LFW's layout: one picture
 * of each of some people is blurred, darkened and shrunk in steps and compared with another picture of
 * the same person. Prints, for each step, the two qualities and the share that still matches at
 * similarity 40, which one stranger in 1,000 reaches; how often every step of a series lowered the quality it should lower; and for each
 * filter level what it refuses and what that does to the share of matches.
 *
 * `npm run bench:quality`
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { command, runScript } from '../../infra/commands/cli/index.ts';
import {
  DEFAULT_FACE_MODEL,
  type DetectedFace,
  faceModel,
  Inference,
  type QualityFilter,
  qualityReasons,
} from '../../layers/inference/index.ts';
import { dataFolder, FOLDER, MODELS, positive, threads } from './folder.ts';
import { personIn, photographedTwice, readLfw } from './lfw.ts';
import { progress } from './progress.ts';
import { cosine } from './verification.ts';

/** The steps of each series, from the picture as it is. */
const SERIES: Readonly<Record<string, readonly [string, (image: Sharp) => Sharp][]>> = {
  blur: [0, 1, 1.5, 2, 3, 4, 5].map((sigma) => [
    `sigma ${sigma} px`,
    (image) => (sigma === 0 ? image : image.blur(sigma)),
  ]),
  darken: [1, 0.7, 0.5, 0.3, 0.2, 0.12].map((factor) => [
    `times ${factor}`,
    (image) => image.linear(factor, 0),
  ]),
  shrink: [250, 150, 100, 66, 55, 44, 36].map((side) => [
    `to ${side} px`,
    (image) => image.resize(side).extend({ top: 40, bottom: 40, left: 40, right: 40 }),
  ]),
};

const LEVELS: readonly QualityFilter[] = ['NONE', 'LOW', 'AUTO', 'MEDIUM', 'HIGH'];

interface Found {
  readonly face: DetectedFace;
  readonly size: { readonly width: number; readonly height: number };
  readonly vector: Float32Array;
}

interface Copy {
  readonly series: string;
  readonly step: string;
  readonly person: string;
  readonly found: (Found & { readonly matches: boolean }) | undefined;
}

async function main(
  folder: string,
  options: { readonly people: number; readonly threads: number },
): Promise<void> {
  const inference = new Inference({ models: MODELS, threads: options.threads });
  const people = photographedTwice(readLfw(folder).files, options.people);
  const copies: Copy[] = [];
  const report = progress('people', people.length);
  for (const [done, [first, second]] of people.entries()) {
    const mate = await central(inference, sharp(path.join(folder, 'images', second)));
    if (mate) {
      const bytes = await readFile(path.join(folder, 'images', first));
      copies.push(...(await degrade(inference, bytes, personIn(first), mate)));
    }
    report(done + 1);
  }
  await inference.close();
  printSteps(copies);
  printOrder(copies, 'blur', 'sharpness');
  printOrder(copies, 'darken', 'brightness');
  printFilter(copies);
}

async function degrade(
  inference: Inference,
  bytes: Uint8Array,
  person: string,
  mate: Found,
): Promise<Copy[]> {
  const threshold = faceModel(DEFAULT_FACE_MODEL).cosineAt(40);
  const copies: Copy[] = [];
  for (const [series, steps] of Object.entries(SERIES)) {
    for (const [step, change] of steps) {
      const found = await central(inference, change(sharp(bytes)));
      const matches = cosine(found?.vector, mate.vector) >= threshold;
      copies.push({ series, step, person, found: found && { ...found, matches } });
    }
  }
  return copies;
}

/** The face nearest the centre. */
async function central(inference: Inference, image: Sharp): Promise<Found | undefined> {
  const picture = await inference.read(await image.png({ compressionLevel: 1 }).toBuffer());
  const offCentre = ({ box }: DetectedFace) =>
    Math.hypot(box.left + box.width / 2 - 0.5, box.top + box.height / 2 - 0.5);
  const faces = await inference.findFaces(picture);
  const [face] = faces.toSorted((a, b) => offCentre(a) - offCentre(b));
  if (!face) return undefined;
  const [embedding] = await inference.embed(picture, [face]);
  return { face, size: picture, vector: embedding!.vector };
}

function printSteps(copies: readonly Copy[]): void {
  console.log(
    '| series | step | found | sharpness | brightness | matched |\n|---|---|---|---|---|---|',
  );
  for (const [series, steps] of Object.entries(SERIES)) {
    for (const [step] of steps) {
      const all = copies.filter((copy) => copy.series === series && copy.step === step);
      const found = all.flatMap((copy) => copy.found ?? []);
      const middle = (kind: 'sharpness' | 'brightness') =>
        median(found.map(({ face }) => face.quality[kind])).toFixed(0);
      const cells = [series, step, share(found.length, all.length)];
      const matched = share(found.filter(({ matches }) => matches).length, found.length);
      console.log(
        `| ${[...cells, middle('sharpness'), middle('brightness'), matched].join(' | ')} |`,
      );
    }
  }
}

/** How many neighbouring steps of the series, of one person each, lowered the quality. */
function printOrder(
  copies: readonly Copy[],
  series: string,
  kind: 'sharpness' | 'brightness',
): void {
  let [lowered, steps] = [0, 0];
  for (const person of new Set(copies.map((copy) => copy.person))) {
    const values = copies
      .filter((copy) => copy.series === series && copy.person === person)
      .flatMap(({ found }) => (found ? [found.face.quality[kind]] : []));
    steps += Math.max(0, values.length - 1);
    lowered += values.slice(1).filter((value, i) => value < values[i]!).length;
  }
  console.log(`\n${series}: ${lowered} of ${steps} steps lowered ${kind}`);
}

function printFilter(copies: readonly Copy[]): void {
  console.log('\n| QualityFilter | refused | of untouched | matched, kept | matched, refused |');
  console.log('|---|---|---|---|---|');
  const found = copies.flatMap((copy) => (copy.found ? [{ ...copy, ...copy.found }] : []));
  for (const level of LEVELS) {
    const refused = found.filter(({ face, size }) => qualityReasons(face, size, level).length > 0);
    const untouched = (list: typeof found) =>
      list.filter(({ series, step }) => step === SERIES[series]?.[0]?.[0]).length;
    const matched = (list: typeof found) =>
      share(list.filter(({ matches }) => matches).length, list.length);
    const cells = [
      level,
      share(refused.length, found.length),
      share(untouched(refused), untouched(found)),
      matched(found.filter((copy) => !refused.includes(copy))),
      matched(refused),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function share(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((part / whole) * 100).toFixed(1)} %`;
}

await runScript(
  command({
    name: 'bench:quality',
    summary: 'measures what quality and its filter are worth, on a folder in the layout of LFW',
    operands: FOLDER,
    options: {
      people: positive('people whose photographs are made worse', 60),
      threads: threads(2),
    },
    run: async ({ operands: [folder = ''], options }) => {
      await main(dataFolder(folder, ['pairs.txt', 'images']), options);
      return 0;
    },
  }),
);
