/**
 * Verification accuracy of the whole pipeline (detect, align, embed) on a folder in LFW's layout:
 * accuracy over five folds, true match rates at fixed false match rates over all pairs of pictures,
 * and what each similarity means.
 *
 * A picture in which no face is found matches nothing. Of several faces, the one nearest the centre is
 * the picture's person.
 *
 * With --users also: who somebody is, by the vectors of users against those of single faces.
 *
 * `npm run bench:accuracy`
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { command, flag, runScript } from '../../infra/commands/cli/index.ts';
import {
  type Box,
  DEFAULT_FACE_MODEL,
  type FaceModel,
  faceModel,
  Inference,
  userVector,
} from '../../layers/inference/index.ts';
import { dataFolder, FOLDER, MODELS, threads } from './folder.ts';
import { identify, type Score, splitPeople } from './identification.ts';
import { personIn, readLfw } from './lfw.ts';
import { progress } from './progress.ts';
import {
  type AllPairs,
  allPairs,
  cosine,
  crossValidate,
  rateAt,
  thresholdAt,
} from './verification.ts';

const FALSE_MATCH_RATES = [1e-2, 1e-3, 1e-4, 1e-5] as const;
const SIMILARITIES = [20, 50, 70, 80, 90, 95, 99, 99.9] as const;

async function main(
  folder: string,
  options: { readonly users: boolean; readonly threads: number },
): Promise<void> {
  const { files, folds } = readLfw(folder);
  const inference = new Inference({ models: MODELS, threads: options.threads });
  const vectors = new Map<string, Float32Array>();
  const report = progress('pictures', files.length);
  for (const [done, file] of files.entries()) {
    const vector = await embedCentral(inference, path.join(folder, 'images', file));
    if (vector) vectors.set(file, vector);
    report(done + 1);
  }
  await inference.close();

  const faceless = files.filter((file) => !vectors.has(file));
  console.log(
    `${files.length} pictures, ${faceless.length} without a face (${percent(faceless.length / files.length)})`,
    ...faceless,
  );
  const results = crossValidate(
    folds.map((fold) =>
      fold.map(({ first, second, same }) => ({
        score: cosine(vectors.get(first), vectors.get(second)),
        same,
      })),
    ),
  );
  const mean = results.reduce((sum, { accuracy }) => sum + accuracy, 0) / results.length;
  console.log(
    `accuracy ${percent(mean)} (folds ${results.map(({ accuracy }) => percent(accuracy)).join(', ')})`,
  );
  const pairs = allPairs(
    files.map((file) => vectors.get(file)),
    files.map(personIn),
  );
  printTables(pairs, faceModel(DEFAULT_FACE_MODEL));
  if (options.users) printUsers(files, vectors);
}

async function embedCentral(inference: Inference, file: string): Promise<Float32Array | undefined> {
  const picture = await inference.read(await readFile(file));
  const faces = await inference.findFaces(picture);
  const [central] = faces.toSorted((a, b) => offCentre(a.box) - offCentre(b.box));
  if (!central) return undefined;
  const [embedding] = await inference.embed(picture, [central]);
  return embedding?.vector;
}

function offCentre({ left, top, width, height }: Box): number {
  return Math.hypot(left + width / 2 - 0.5, top + height / 2 - 0.5);
}

function printTables(pairs: AllPairs, model: FaceModel): void {
  const { genuine, impostor } = pairs;
  console.log(`all pairs: ${genuine.length} genuine, ${impostor.length} impostor\n`);
  console.log('| FMR | TAR | cosine | similarity |\n|---|---|---|---|');
  for (const rate of FALSE_MATCH_RATES) {
    const threshold = thresholdAt(pairs, rate);
    const row = [
      rate.toExponential(0),
      rateAt(genuine, threshold).toFixed(4),
      threshold.toFixed(3),
      model.similarity(threshold).toFixed(2),
    ];
    console.log(`| ${row.join(' | ')} |`);
  }
  console.log('\n| similarity | cosine | FMR | TAR |\n|---|---|---|---|');
  for (const similarity of SIMILARITIES) {
    const threshold = model.cosineAt(similarity);
    const row = [
      similarity,
      threshold.toFixed(3),
      rateAt(impostor, threshold).toExponential(1),
      rateAt(genuine, threshold).toFixed(4),
    ];
    console.log(`| ${row.join(' | ')} |`);
  }
}

/** Pictures enrolled of each person, at the most. */
const ENROLLED = [3, 5, 10] as const;
const FALSE_POSITIVE_RATES = [1e-2, 1e-3] as const;

function printUsers(files: readonly string[], vectors: ReadonlyMap<string, Float32Array>): void {
  const people = new Map<string, Float32Array[]>();
  for (const file of files) {
    const vector = vectors.get(file);
    if (vector) people.set(personIn(file), [...(people.get(personIn(file)) ?? []), vector]);
  }
  for (const most of ENROLLED) {
    const split = splitPeople(people, most);
    const users = new Map(split.people.map((person) => [person, userVector(person.enrolled)]));
    const scores: Readonly<Record<string, Score>> = {
      'one face': (probe, { enrolled }) => cosine(probe, enrolled[0]),
      'the best of the faces': (probe, { enrolled }) =>
        Math.max(...enrolled.map((face) => cosine(probe, face))),
      'the user vector': (probe, person) => cosine(probe, users.get(person)),
    };
    const probes = split.people.reduce((sum, person) => sum + person.probes.length, 0);
    console.log(
      `\n${split.people.length} people with up to ${most} pictures, ${probes} held out, ${split.strangers.length} of strangers`,
    );
    console.log('| compared with | rank 1 | TPIR at FPIR 1 % | at 0.1 % |\n|---|---|---|---|');
    for (const [name, score] of Object.entries(scores)) {
      const results = FALSE_POSITIVE_RATES.map((rate) => identify(split, score, rate));
      const [rank1 = 0] = results.map((result) => result.rank1);
      const rates = results.map(({ truePositive }) => percent(truePositive));
      console.log(`| ${[name, percent(rank1), ...rates].join(' | ')} |`);
    }
  }
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(2)} %`;
}

await runScript(
  command({
    name: 'bench:accuracy',
    summary: 'measures how well people are verified, on a folder in the layout of LFW',
    operands: FOLDER,
    options: {
      users: flag({ help: 'compares users with single faces, too' }),
      threads: threads(2),
    },
    run: async ({ operands: [folder = ''], options }) => {
      await main(dataFolder(folder, ['pairs.txt', 'images']), options);
      return 0;
    },
  }),
);
