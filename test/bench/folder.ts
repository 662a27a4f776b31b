/** What benches have in common on their command lines: where the pictures are, and numbers. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Failure, type Option } from '../../infra/commands/cli/index.ts';

/** Where the models of this repository lie. */
export const MODELS = path.join(import.meta.dirname, '../../models');

/** The folder of pictures that a bench measures with. */
export const FOLDER = {
  placeholder: 'FOLDER',
  least: 1,
  most: 1,
  missing: 'Say in which folder the pictures are.',
} as const;

/**
 * @param required files or folders that a data folder of this kind must hold.
 * @returns the folder
 * @throws Failure when it does not hold them
 */
export function dataFolder(folder: string, required: readonly string[]): string {
  const missing = required.filter((name) => !existsSync(path.join(folder, name)));
  if (missing.length > 0) throw new Failure(`${folder} has no ${missing.join(' and no ')}.`);
  return folder;
}

/** A number over zero, which need not be whole. */
export function positive(help: string, fallback: number): Option<number> {
  return {
    kind: 'text',
    placeholder: 'N',
    help: `${help}; ${fallback} without it`,
    variable: undefined,
    on: '1',
    missing: undefined,
    problem: (text) =>
      Number.isFinite(Number(text)) && Number(text) > 0
        ? undefined
        : `A number over 0 is needed, not "${text}".`,
    read: (texts) => (texts.length === 0 ? fallback : Number(texts.at(-1))),
  };
}

export const threads = (fallback: number) => positive('threads that run the models', fallback);
