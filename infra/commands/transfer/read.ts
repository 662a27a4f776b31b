/** Reads an exported file line by line, in little memory, and says what is wrong with it. */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import {
  type CollectionLine,
  type EndLine,
  ExportDamagedError,
  type ExportedLine,
  FORMAT,
  FORMAT_VERSION,
  readLine,
  Tally,
} from './format.ts';

/** A line with its text, newline included. */
export interface TextLine {
  readonly text: string;
  readonly line: ExportedLine;
}

/**
 * The lines that are there, whole ones only.
 * @throws ExportDamagedError, and the system's errors
 */
export async function* linesOf(file: string): AsyncGenerator<TextLine> {
  const stream = pipeline(createReadStream(file), createGunzip(), () => undefined);
  let rest = '';
  let number = 0;
  try {
    for await (const chunk of stream.setEncoding('utf8')) {
      const parts = `${rest}${chunk}`.split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) {
        number++;
        const line = readLine(part);
        if (line === undefined) {
          throw new ExportDamagedError(`Line ${number} of ${file} is not one of an export.`);
        }
        yield { text: `${part}\n`, line };
      }
    }
  } catch (error) {
    if (!isZlibError(error)) throw error;
    throw new ExportDamagedError(
      `${file} is no gzip file, or not all of it: after line ${number} nothing can be read.`,
      { cause: error },
    );
  }
  if (rest !== '') throw new ExportDamagedError(`${file} ends in the middle of a line.`);
}

export interface Checked {
  readonly collection: CollectionLine;
  readonly end: EndLine;
}

/**
 * Reads a whole file and compares it with what its last line says.
 * @param onLine told how many lines were read
 * @throws ExportDamagedError
 */
export async function check(file: string, onLine: (count: number) => void): Promise<Checked> {
  const tally = new Tally();
  let collection: CollectionLine | undefined;
  let end: EndLine | undefined;
  let count = 0;
  for await (const { text, line } of linesOf(file)) {
    count++;
    onLine(count);
    if (end !== undefined) throw new ExportDamagedError(`${file} goes on after its end.`);
    if ('End' in line) {
      end = line.End;
      const expected = tally.end();
      if (end.Sha256 !== expected.Sha256 || end.Faces !== expected.Faces) {
        throw new ExportDamagedError(
          `${file} is not as it was written: its checksum or its count of faces is another. Export again.`,
        );
      }
      continue;
    }
    if ((count === 1) !== 'Collection' in line) {
      throw new ExportDamagedError(`${file} must have one collection, in its first line.`);
    }
    if ('Collection' in line) collection = supported(file, line.Collection);
    tally.add(text, line);
  }
  if (collection === undefined || end === undefined) {
    throw new ExportDamagedError(
      `${file} is not complete: its last line is missing. Export again.`,
    );
  }
  return { collection, end };
}

function supported(file: string, collection: CollectionLine): CollectionLine {
  const { Format, Version } = collection;
  if (Format === FORMAT && Version >= 1 && Version <= FORMAT_VERSION) return collection;
  throw new ExportDamagedError(
    `${file} has the format ${Format} ${Version}; this program reads ${FORMAT} 1 to ${FORMAT_VERSION}. A later version of Recollect wrote it.`,
  );
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(Z_|ERR_ZLIB)/.test(String(error.code));
}
