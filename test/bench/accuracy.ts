/**
 * How well people are told apart through the whole pipeline (detect, align, embed), on a folder in LFW's layout:
 * accuracy over five folds, what each similarity means, groups, and searches in collections of all sizes. Of several
 * faces in a photograph, the one nearest to the centre is its person; what was embedded before is kept in
 * `.cache/embeddings`.
 *
 * `npm run bench:accuracy`
 */
import path from 'node:path';
import { command, runScript } from '../../infra/commands/cli/index.ts';
import {
  BUILT_IN_ENTRIES,
  type FaceModel,
  faceModel,
  Inference,
  userVector,
} from '../../layers/inference/index.ts';
import { type EmbeddedPhotograph, embedPhotographs } from '../../models/calibrate/embeddings.ts';
import { readPeople } from '../../models/calibrate/people.ts';
import { progress } from '../../models/calibrate/progress.ts';
import { reportLines } from '../../models/calibrate/report.ts';
import { compareAll, type Scores } from '../../models/calibrate/scores.ts';
import { randomOf } from '../../models/train/random.ts';
import { SIZES, searchEverybody, strangersExpected, THRESHOLDS } from './collection-sizes.ts';
import { dataFolder, FOLDER, MODELS, threads } from './folder.ts';
import { groupRates } from './groups.ts';
import { identify, type Score, splitPeople } from './identification.ts';
import { readLfw } from './lfw.ts';
import { cosine, crossValidate } from './verification.ts';

const [ENTRY] = BUILT_IN_ENTRIES;

async function main(folder: string, options: { readonly threads: number }): Promise<void> {
  const people = await readPeople(folder);
  const inference = new Inference({ models: MODELS, threads: options.threads });
  const embedded = await embedPhotographs({
    folder,
    photographs: people.photographs,
    inference,
    model: ENTRY!,
    looks: true,
    report: progress('photographs', people.photographs.length, (line) => console.error(line)),
  });
  await inference.close();

  const model = faceModel(ENTRY!.version);
  printAccuracy(folder, embedded);
  const scores = compareAll(embedded, people);
  const dice = randomOf('intervals');
  const random = () => dice.between(0, 1);
  console.log('\n## What a similarity means\n');
  for (const line of reportLines(scores, ENTRY!.calibration!, model.cosineAt, random)) {
    console.log(line);
  }
  printGroups(scores, people.isOnePerson, model);
  printSizes(scores, people.isOnePerson, model);
  printUsers(scores);
}

function printAccuracy(folder: string, embedded: readonly EmbeddedPhotograph[]): void {
  const vectors = new Map(
    embedded.map(({ file, embedding }) => [path.basename(file), embedding?.vector]),
  );
  const results = crossValidate(
    readLfw(folder).folds.map((fold) =>
      fold.map(({ first, second, same }) => ({
        score: cosine(vectors.get(first), vectors.get(second)),
        same,
      })),
    ),
  );
  const mean = results.reduce((sum, { accuracy }) => sum + accuracy, 0) / results.length;
  const folds = results.map(({ accuracy }) => percent(accuracy)).join(', ');
  console.log(`accuracy ${percent(mean)} (folds ${folds})`);
}

type IsOnePerson = (a: string, b: string) => boolean;

function printGroups({ photographs }: Scores, isOnePerson: IsOnePerson, model: FaceModel): void {
  const marks = [60, 80, 99] as const;
  const rows = groupRates(photographs, isOnePerson, marks.map(model.cosineAt));
  console.log('\n## Groups: strangers within a group who are taken for each other\n');
  table(
    ['group', 'people', 'pairs', ...marks.map((mark) => `at ${mark}`), 'one person found at 80'],
    rows.map(({ name, people, strangerPairs, falseMatch, trueMatch, genuinePairs }) => [
      name,
      people,
      strangerPairs.toLocaleString('en'),
      ...falseMatch.map((rate) => (rate === 0 ? '0' : rate.toExponential(1))),
      genuinePairs < 30 ? `- (${genuinePairs} pairs)` : percent(trueMatch[1]!),
    ]),
  );
}

function printSizes({ photographs }: Scores, isOnePerson: IsOnePerson, model: FaceModel): void {
  const cosines = THRESHOLDS.map(model.cosineAt);
  console.log('\n## Strangers to expect in a search, by the size of the collection\n');
  table(
    ['faces', ...THRESHOLDS.map((mark) => `at ${mark}`)],
    SIZES.map((size) => [
      size.toLocaleString('en'),
      ...THRESHOLDS.map((mark) => short(strangersExpected(size, mark))),
    ]),
  );
  console.log('\n## Searches among all people of the folder\n');
  for (const [faces, name] of [
    [1, 'one photograph'],
    [5, 'a user of five photographs'],
  ] as const) {
    const open = searchEverybody(photographs, isOnePerson, faces, cosines);
    const { enrolled, searches, found, strangers, falseAlarms } = open;
    console.log(`Enrolled with ${name}: ${enrolled} people, ${searches} searches.\n`);
    table(
      ['', ...THRESHOLDS.map((mark) => `at ${mark}`)],
      [
        ['the person is found', ...found.map(percent)],
        ['strangers a search', ...strangers.map((count) => count.toFixed(4))],
        ['searches with a stranger', ...falseAlarms.map(percent)],
      ],
    );
    console.log('');
  }
}

/** Pictures enrolled of each person, at the most. */
const ENROLLED = [3, 5, 10] as const;
const FALSE_POSITIVE_RATES = [1e-2, 1e-3] as const;

function printUsers({ photographs }: Scores): void {
  const people = new Map<string, Float32Array[]>();
  for (const { person, embedding } of photographs) {
    people.set(person, [...(people.get(person) ?? []), embedding!.vector]);
  }
  console.log('## Users against single faces\n');
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
      `${split.people.length} people with up to ${most} pictures, ${probes} held out, ${split.strangers.length} of strangers\n`,
    );
    table(
      ['compared with', 'rank 1', 'TPIR at FPIR 1 %', 'at 0.1 %'],
      Object.entries(scores).map(([name, score]) => {
        const results = FALSE_POSITIVE_RATES.map((rate) => identify(split, score, rate));
        const [rank1 = 0] = results.map((result) => result.rank1);
        return [name, percent(rank1), ...results.map((result) => percent(result.truePositive))];
      }),
    );
    console.log('');
  }
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  console.log(`| ${head.join(' | ')} |\n|${'---|'.repeat(head.length)}`);
  for (const row of rows) console.log(`| ${row.join(' | ')} |`);
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(2)} %`;
}

/** Two digits that count. */
function short(value: number): string {
  return value >= 10 ? value.toFixed(0) : Number(value.toPrecision(2)).toString();
}

await runScript(
  command({
    name: 'bench:accuracy',
    summary: 'measures how well people are told apart, on a folder in the layout of LFW',
    operands: FOLDER,
    options: { threads: threads(2) },
    run: async ({ operands: [folder = ''], options }) => {
      await main(dataFolder(folder, ['pairs.txt', 'images']), options);
      return 0;
    },
  }),
);
