/**
 * Photographs of people, as a calibration takes them: a folder with one subfolder for each person, or one in
 * the layout of Labeled Faces in the Wild (`images/Ada_Lovelace_0001.jpg`).
 *
 * A file `label-errors.txt` beside the people, if there is one, names in each line two of them, with a tab
 * between, who are one person or have a photograph of each other: their pairs are left out. A handful of such
 * pairs makes up nearly everything that is seen of false matches below one in a million.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

export interface Photograph {
  readonly person: string;
  /** Relative to the folder. */
  readonly file: string;
}

export interface People {
  /** In the order of their files. */
  readonly photographs: readonly Photograph[];
  /** Whether two different names are known to be one person. */
  isOnePerson(a: string, b: string): boolean;
}

/** The folder has no people in it. */
export class PeopleError extends Error {
  override readonly name = 'PeopleError';
}

const PICTURE = /\.(jpe?g|png)$/i;

/** @throws PeopleError */
export async function readPeople(folder: string): Promise<People> {
  const flat = await pictures(path.join(folder, 'images'));
  const photographs = flat.length > 0 ? flat.map(namedByFile) : await namedByFolder(folder);
  if (new Set(photographs.map(({ person }) => person)).size < 2) {
    throw new PeopleError(
      `${folder} has no people: it needs a subfolder with photographs (JPEG or PNG) for each of two people at least.`,
    );
  }
  return { photographs, isOnePerson: sameness(await labelErrors(folder)) };
}

/** The person in a picture of the flat layout, by its file name. */
export function personIn(file: string): string {
  return path.basename(file).replace(/_\d+\.\w+$/, '');
}

function namedByFile(file: string): Photograph {
  return { person: personIn(file), file: `images/${file}` };
}

async function namedByFolder(folder: string): Promise<Photograph[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new PeopleError(`${folder} is no folder that can be read.`, { cause });
  });
  const people = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const photographs: Photograph[] = [];
  for (const person of people.sort()) {
    for (const file of await pictures(path.join(folder, person))) {
      photographs.push({ person, file: `${person}/${file}` });
    }
  }
  return photographs;
}

async function pictures(folder: string): Promise<string[]> {
  const files = await readdir(folder).catch(() => []);
  return files.filter((file) => PICTURE.test(file)).sort();
}

async function labelErrors(folder: string): Promise<readonly (readonly [string, string])[]> {
  const text = await readFile(path.join(folder, 'label-errors.txt'), 'utf8').catch(() => '');
  return text.split('\n').flatMap((line): [string, string][] => {
    const [a, b] = line.trim().split('\t');
    return a && b ? [[a, b]] : [];
  });
}

function sameness(pairs: readonly (readonly [string, string])[]) {
  const known = new Set(pairs.flatMap(([a, b]) => [`${a}\t${b}`, `${b}\t${a}`]));
  return (a: string, b: string) => known.has(`${a}\t${b}`);
}
