/**
 * How a command is declared: its name, what help says of it, its options and operands, and what it does. A
 * declaration imports no more than it takes to read a command line; `run` imports the rest, so that help and
 * mistakes cost nothing.
 */
import type { Option } from './option.ts';
import type { Surroundings } from './surroundings.ts';

export type Options = Readonly<Record<string, Option<unknown>>>;

/** What the options of a command mean, by name. */
export type Values<O extends Options> = {
  readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never;
};

/** What is given to a command without a name, in order. */
export interface Operands {
  /** As in help: `ID...`. */
  readonly placeholder: string;
  readonly least: number;
  readonly most: number;
  /** Said where there are too few, such as `Say which collection.`. */
  readonly missing: string;
  /** @returns what is wrong with one of them, in a sentence */
  readonly problem?: (operand: string) => string | undefined;
}

/** A command line that was read. */
export interface Asked<O extends Options> {
  readonly options: Values<O>;
  readonly operands: readonly string[];
  /** Names of the options that the command line itself has. */
  readonly given: ReadonlySet<string>;
}

export interface Declaration<O extends Options> {
  /** One word, or two for one of several commands about one thing: `keys create`. */
  readonly name: string;
  /** What it does, as half a line. */
  readonly summary: string;
  /** What else there is to know, in lines of at most 90 characters. */
  readonly description?: string;
  readonly operands?: Operands;
  readonly options: O;
  /** All arguments are operands, because another program reads them. Default: false. */
  readonly handsOn?: boolean;
  /** @returns what is wrong with options and operands together, in sentences */
  readonly check?: (asked: Asked<O>) => readonly string[];
  /** @returns the exit code, 0 if nothing */
  readonly run: (asked: Asked<O>, surroundings: Surroundings) => Promise<number | undefined>;
}
