/**
 * Labelled photographs: a folder of images and a CSV file whose first line names its columns, `image`
 * first. One face to an image: the one nearest the middle.
 */
import { readFileSync } from 'node:fs';

export interface LabelledImage {
  readonly file: string;
  /** Who is in it: photographs of one person never stand on both sides of a split. */
  readonly person: string;
  readonly labels: ReadonlyMap<string, string>;
}

/** @throws Error when the file is no table of that form. */
export function readLabels(csv: string): LabelledImage[] {
  const [header, ...lines] = readFileSync(csv, 'utf8').trim().split(/\r?\n/);
  const columns = header?.split(',') ?? [];
  if (columns[0] !== 'image') throw new Error(`${csv}: the first column must be image`);
  return lines.map((line, i) => {
    const [file = '', ...values] = line.split(',');
    if (values.length !== columns.length - 1) {
      throw new Error(`${csv}:${i + 2}: expected ${columns.length} values`);
    }
    const labels = values.map((value, column) => [columns[column + 1]!, value] as const);
    return { file, person: personIn(file), labels: new Map(labels) };
  });
}

/** By its file name, which is a person's followed by a number. */
export function personIn(file: string): string {
  return file.replace(/_\d+\.\w+$/, '');
}
