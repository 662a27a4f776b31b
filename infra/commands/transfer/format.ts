/**
 * The file that a collection is exported to (docs/export-format.md): gzip around lines of JSON. First the
 * collection, then its faces in the order of their ids, then its users, then what it keeps out, then how many there
 * were and the SHA-256 of all lines before. Pure.
 */
import { createHash, type Hash } from 'node:crypto';
import { Failure } from '../cli/index.ts';

export const FORMAT = 'recollect-collection';
/** Version 1 had no times and no suppressions. */
export const FORMAT_VERSION = 2;

/** What the first line says of the collection. */
export interface CollectionLine {
  readonly Format: string;
  readonly Version: number;
  readonly CollectionId: string;
  readonly FaceModelVersion: string;
  readonly FaceModelSha256?: string;
  readonly FaceIdModelVersion?: string;
  readonly Dimension?: number;
  readonly Tags: Readonly<Record<string, string>>;
}

/** What the last line says. */
export interface EndLine {
  readonly Faces: number;
  readonly Users: number;
  /** None in version 1. */
  readonly Suppressions?: number;
  readonly Sha256: string;
}

export type ExportedLine =
  | { readonly Collection: CollectionLine }
  | { readonly Face: object }
  | { readonly User: object }
  | { readonly Suppression: object }
  | { readonly End: EndLine };

/** The file is not what an export wrote, or not all of it. */
export class ExportDamagedError extends Failure {
  override readonly name = 'ExportDamagedError';
}

export function lineOf(line: ExportedLine): string {
  return `${JSON.stringify(line)}\n`;
}

/** @returns what the line is; undefined if it is none of an export */
export function readLine(text: string): ExportedLine | undefined {
  try {
    const line: unknown = JSON.parse(text);
    if (typeof line !== 'object' || line === null) return undefined;
    const [kind, ...others] = Object.keys(line);
    const isKnown = ['Collection', 'Face', 'User', 'Suppression', 'End'].includes(String(kind));
    return isKnown && others.length === 0 ? (line as ExportedLine) : undefined;
  } catch {
    return undefined;
  }
}

/** Counts and checks the lines of an export, as they are written or read. */
export class Tally {
  readonly #hash: Hash = createHash('sha256');
  #faces = 0;
  #users = 0;
  #suppressions = 0;

  /** @param text with the newline at its end */
  add(text: string, line: ExportedLine): void {
    this.#hash.update(text);
    if ('Face' in line) this.#faces++;
    if ('User' in line) this.#users++;
    if ('Suppression' in line) this.#suppressions++;
  }

  get faces(): number {
    return this.#faces;
  }

  get users(): number {
    return this.#users;
  }

  /** Of all lines so far; others may follow. */
  end(): EndLine {
    return {
      Faces: this.#faces,
      Users: this.#users,
      Suppressions: this.#suppressions,
      Sha256: this.#hash.copy().digest('hex'),
    };
  }
}
