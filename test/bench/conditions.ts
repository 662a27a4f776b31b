/**
 * What the pipeline sees under all conditions, in one table: heads at every roll, mirrored, scaled, dark,
 * noisy, blurred, compressed, hidden by the same mask, bar or lenses, and small. For each, of people of
 * whom another photograph is compared as it is (TAR: true accept rate) and of strangers both changed alike
 * (FMR: false match rate), once for all faces found and once for those that the quality filter AUTO lets
 * pass. Then portraits at four sizes, pictures without a face, and single pictures.
 *
 * The data folder holds `lfw-*`, and where they are to be looked at `portraits-*`, `non-faces-*`, `field`
 * and `detection-*`, each with `images/`. The same folder and options give the same tables. Ctrl-C
 * prints what was measured until then.
 *
 * `npm run bench:conditions`
 */
import { command, Failure, flag, list, runScript } from '../../infra/commands/cli/index.ts';
import { DEFAULT_FACE_MODEL, faceModel } from '../../layers/inference/index.ts';
import { AS_IT_IS, CONDITIONS } from './conditions/catalogue.ts';
import { cosineText } from './conditions/markdown.ts';
import { failures, peopleTables, type Threshold } from './conditions/people-tables.ts';
import { conditionGroups, GROUPS, personTasks, pictureTasks } from './conditions/plan.ts';
import { performAll } from './conditions/pool.ts';
import { portraitTables } from './conditions/portrait-tables.ts';
import { fieldTable, thingsTable, uprightTable } from './conditions/set-tables.ts';
import type { LookedAt, Outcome, PictureSet } from './conditions/tasks.ts';
import { FOLDER, positive, threads } from './folder.ts';
import { progress } from './progress.ts';

/** A quarter of an hour on two quiet cores. */
const PEOPLE = 300;

/** What shells expect of a program that Ctrl-C ended. */
const STOPPED = 130;

/** At which the docs have always given the rates, whatever similarity they had. */
const COSINES = [0.451, 0.597];

const LEGEND =
  'found: where the face should be. AUTO, Roll: of those found. TAR: of all people. FMR: of pairs of strangers who are ' +
  'both found. In brackets: how few. AUTO: TAR, FMR: of those that pass.';

interface Settings {
  readonly people: number;
  /** Groups of conditions and sets of pictures; empty for those that are usual. */
  readonly only: readonly string[];
  readonly cosines: readonly string[];
  readonly names: boolean;
  readonly threads: number;
}

async function main(folder: string, settings: Settings): Promise<number> {
  const { only } = settings;
  const sets = thresholdSets(settings.cosines.map(Number));
  const groups = conditionGroups(only);
  const people = personTasks(folder, groups, settings.people);
  const pictures = pictureTasks(folder, only);
  const tasks = [...pictures, ...people];
  if (tasks.length === 0) throw new Failure(`${folder} holds no pictures of what is asked for.`);

  const stopped = new AbortController();
  // More than once: tsx may pass on what the terminal has already sent.
  process.on('SIGINT', () => stopped.abort());
  const report = progress('photographs', tasks.length);
  const outcomes = (await performAll(tasks, settings.threads, stopped.signal, report)).flatMap(
    (outcome) => outcome ?? [],
  );
  if (stopped.signal.aborted) {
    console.log(`Stopped after ${outcomes.length} of ${tasks.length} photographs.\n`);
  }
  printPeople(outcomes, groups, sets, settings.names);
  printPictures(outcomes);
  return stopped.signal.aborted ? STOPPED : 0;
}

/** Those of the scale of similarity, and those given as cosines where they differ. */
function thresholdSets(given: readonly number[]): readonly (readonly Threshold[])[] {
  const model = faceModel(DEFAULT_FACE_MODEL);
  const scale = [80, 99].map((similarity) => ({
    name: `${similarity}`,
    cosine: model.cosineAt(similarity),
  }));
  const fixed = (given.length > 0 ? given : COSINES).map((cosine) => ({
    name: cosineText(cosine),
    cosine,
  }));
  const known = new Set(scale.map(({ cosine }) => cosineText(cosine)));
  return fixed.every(({ name }) => known.has(name)) ? [scale] : [scale, fixed];
}

function printPeople(
  outcomes: readonly Outcome[],
  groups: readonly string[],
  sets: readonly (readonly Threshold[])[],
  names: boolean,
): void {
  const results = outcomes.flatMap((one) => ('subject' in one.result ? [one.result] : []));
  if (results.length === 0) return;
  const subjects = results.flatMap(({ subject }) => subject ?? []);
  const faceless = results.length - subjects.length;
  const pairs = (subjects.length * (subjects.length - 1)) / 2;
  console.log(
    `${subjects.length} people, ${pairs} pairs of strangers` +
      (faceless > 0 ? `; ${faceless} more without a face in one of the photographs` : ''),
  );
  console.log(LEGEND);
  const conditions = CONDITIONS.filter((one) => one === AS_IT_IS || groups.includes(one.group));
  console.log(`\n${peopleTables(subjects, conditions, sets)}`);
  if (names) console.log(`\n${failures(subjects, conditions)}`);
}

function printPictures(outcomes: readonly Outcome[]): void {
  const looks = outcomes.flatMap((one) => (isLook(one) ? [one] : []));
  const of = (...sets: PictureSet[]) => looks.filter(({ task }) => sets.includes(task.set));
  const [upright, portraits, things, field] = [
    of('portraits', 'lfw', 'detection'),
    of('portraits'),
    of('things'),
    of('field'),
  ];
  if (upright.length > 0) console.log(`\nUpright people:\n\n${uprightTable(upright)}`);
  if (portraits.length > 0) {
    console.log(`\nPortraits:\n\n${portraitTables(portraits, faceModel(DEFAULT_FACE_MODEL))}`);
  }
  if (things.length > 0) console.log(`\nNobody:\n\n${thingsTable(things)}`);
  if (field.length > 0) console.log(`\nSingle pictures:\n\n${fieldTable(field)}`);
}

function isLook(outcome: Outcome): outcome is LookedAt {
  return outcome.task.kind === 'picture';
}

await runScript(
  command({
    name: 'bench:conditions',
    summary: 'measures what is seen under all conditions: turned, dark, blurred, hidden, small',
    operands: FOLDER,
    options: {
      people: positive('how many people', PEOPLE),
      only: list({
        placeholder: 'A,B',
        help: `groups of conditions and sets of pictures: ${GROUPS.join(', ')}`,
        problem: (group) => (GROUPS.includes(group) ? undefined : `There is no "${group}".`),
      }),
      cosines: list({
        placeholder: 'C,C',
        help: 'a second table at these cosines',
        problem: (cosine) =>
          Math.abs(Number(cosine)) <= 1 ? undefined : `"${cosine}" is not from -1 to 1.`,
      }),
      names: flag({ help: 'who was not found, or read at a wrong roll' }),
      threads: threads(2),
    },
    run: async ({ operands: [folder = ''], options }) => main(folder, options),
  }),
);
