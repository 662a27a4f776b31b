/** Which photographs of a data folder are looked at for which groups of the bench. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { personIn, photographedTwice, wronglyNamed } from '../lfw.ts';
import { CONDITIONS } from './catalogue.ts';
import type { PersonTask, PictureSet, PictureTask } from './tasks.ts';

const CONDITION_GROUPS: readonly string[] = [...new Set(CONDITIONS.map(({ group }) => group))];

/** Where the pictures of each set lie: the folder whose name is this, or begins with this and a dash. */
const FOLDERS: Readonly<Record<PictureSet, string>> = {
  portraits: 'portraits',
  lfw: 'lfw',
  detection: 'detection',
  things: 'non-faces',
  field: 'field',
};

/** Looked at where they are present, at these sizes. */
const USUAL_SETS: Partial<Record<PictureSet, readonly number[]>> = {
  portraits: [0.25, 0.5, 1, 2],
  things: [1],
  field: [1],
};

/** Thousands of photographs at four sizes, looked at when they are asked for by this name. */
const UPRIGHT = 'upright';
const UPRIGHT_SETS: Partial<Record<PictureSet, readonly number[]>> = {
  lfw: [0.25, 0.5, 1, 2],
  detection: [0.25, 0.5, 1, 2],
};

/** What `--only` takes. */
export const GROUPS: readonly string[] = [...CONDITION_GROUPS, ...Object.keys(USUAL_SETS), UPRIGHT];

/** @returns the groups of conditions that are wanted; everything usual unless told otherwise. */
export function conditionGroups(only: readonly string[]): readonly string[] {
  return CONDITION_GROUPS.filter((group) => only.length === 0 || only.includes(group));
}

/**
 * People with at least two photographs, spread over the alphabet: the first is compared with as it is, the
 * second is changed.
 *
 * @param count of people, at most.
 */
export function personTasks(
  folder: string,
  groups: readonly string[],
  count: number,
): PersonTask[] {
  const lfw = folderOf(folder, 'lfw');
  if (groups.length === 0 || lfw === undefined) return [];
  const omitted = wronglyNamed(lfw);
  const files = picturesIn(lfw).filter((file) => !omitted.has(personIn(file)));
  return photographedTwice(files, count).map(([first, second]) => ({
    kind: 'person',
    person: personIn(first),
    enrolled: path.join(lfw, 'images', first),
    changed: path.join(lfw, 'images', second),
    groups,
  }));
}

export function pictureTasks(folder: string, only: readonly string[]): PictureTask[] {
  const usual = entriesOf(USUAL_SETS).filter(([set]) => only.length === 0 || only.includes(set));
  const upright = only.includes(UPRIGHT) ? entriesOf(UPRIGHT_SETS) : [];
  return [...usual, ...upright].flatMap(([set, scales]) => {
    const its = folderOf(folder, set);
    if (its === undefined) return [];
    const people = peopleIn(its);
    return scales.flatMap((scale) =>
      picturesIn(its).map(
        (file): PictureTask => ({
          kind: 'picture',
          set,
          file: path.join(its, 'images', file),
          person: people.get(file),
          scale,
        }),
      ),
    );
  });
}

/** @returns the absolute path of a folder with pictures, undefined when there is none. */
function folderOf(folder: string, set: PictureSet): string | undefined {
  const name = FOLDERS[set];
  const found = readdirSync(folder)
    .sort()
    .find((entry) => entry === name || entry.startsWith(`${name}-`));
  const its = found && path.resolve(folder, found);
  return its && existsSync(path.join(its, 'images')) ? its : undefined;
}

function picturesIn(folder: string): string[] {
  return readdirSync(path.join(folder, 'images'))
    .filter((file) => /\.(jpe?g|png)$/i.test(file))
    .sort();
}

/** By file, as `labels.csv` says, where there is one: image,person,... with a header. */
function peopleIn(folder: string): ReadonlyMap<string, string> {
  const file = path.join(folder, 'labels.csv');
  if (!existsSync(file)) return new Map();
  const lines = readFileSync(file, 'utf8').trim().split(/\r?\n/).slice(1);
  return new Map(
    lines.map((line) => {
      const [image = '', person = ''] = line.split(',');
      return [image, person];
    }),
  );
}

function entriesOf<Value>(record: Partial<Record<PictureSet, Value>>): [PictureSet, Value][] {
  return Object.entries(record) as [PictureSet, Value][];
}
