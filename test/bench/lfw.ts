/**
 * A folder in the layout of Labeled Faces in the Wild: `pairs.txt`, tab-separated, equally many
 * lines per fold, `name i j` for two pictures of one person and `name1 i name2 j` for two people;
 * pictures in `images/name_0001.jpg`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface Pair {
  readonly first: string;
  readonly second: string;
  readonly same: boolean;
}

export interface Lfw {
  /** File names of all pictures, sorted. */
  readonly files: readonly string[];
  readonly folds: readonly (readonly Pair[])[];
}

const FOLDS = 5;

export function readLfw(folder: string): Lfw {
  const files = readdirSync(path.join(folder, 'images')).sort();
  const lines = readFileSync(path.join(folder, 'pairs.txt'), 'utf8').trim().split('\n');
  const pairs = lines.map(parsePair);
  const size = Math.ceil(pairs.length / FOLDS);
  return {
    files,
    folds: Array.from({ length: FOLDS }, (_, i) => pairs.slice(i * size, (i + 1) * size)),
  };
}

/**
 * The people whom `label-errors.txt`, where there is one, names: two names of one person or somebody else's
 * photograph, tab-separated. Their pairs would dominate low false match rates.
 */
export function wronglyNamed(folder: string): ReadonlySet<string> {
  const file = path.join(folder, 'label-errors.txt');
  if (!existsSync(file)) return new Set();
  return new Set(
    readFileSync(file, 'utf8')
      .split(/[\t\n]/)
      .filter(Boolean),
  );
}

/** The person in a picture, by its file name. */
export function personIn(file: string): string {
  return file.replace(/_\d{4}\.\w+$/, '');
}

/** Two pictures each of `count` people, spread over the alphabet. */
export function photographedTwice(files: readonly string[], count: number): [string, string][] {
  const pairs: [string, string][] = [];
  files.forEach((file, i) => {
    const next = files[i + 1];
    if (!file.endsWith('_0001.jpg') || next === undefined) return;
    if (personIn(next) === personIn(file)) pairs.push([file, next]);
  });
  const stride = Math.max(1, Math.floor(pairs.length / count));
  return pairs.filter((_, i) => i % stride === 0).slice(0, count);
}

function parsePair(line: string): Pair {
  const [name = '', first = '', second = '', last] = line.trim().split('\t');
  if (last === undefined) {
    return { first: fileOf(name, first), second: fileOf(name, second), same: true };
  }
  return { first: fileOf(name, first), second: fileOf(second, last), same: false };
}

function fileOf(name: string, number: string): string {
  return `${name}_${number.padStart(4, '0')}.jpg`;
}
