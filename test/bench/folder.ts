/** How a bench is told where its pictures are, and how it says so when they are not there. */
import { existsSync } from 'node:fs';
import path from 'node:path';

/** Where the models of this repository lie. */
export const MODELS = path.join(import.meta.dirname, '../../models');

/**
 * @param required files or folders that a data folder of this kind must hold.
 * @returns the folder named first on the command line. Ends the process with 1 when it is missing or
 * does not hold them.
 */
export function dataFolder(usage: string, required: readonly string[]): string {
  const folder = process.argv.slice(2).find((argument) => !argument.startsWith('--'));
  if (!folder) fail(`usage: ${usage}`);
  if (!existsSync(folder)) fail(`${folder} does not exist\nusage: ${usage}`);
  const missing = required.filter((name) => !existsSync(path.join(folder, name)));
  if (missing.length > 0) fail(`${folder} has no ${missing.join(', ')}\nusage: ${usage}`);
  return folder;
}

/** The number after `--name=` on the command line. */
export function numberOption(name: string, fallback: number): number {
  const prefix = `--${name}=`;
  const given = process.argv.find((argument) => argument.startsWith(prefix));
  const value = given === undefined ? fallback : Number(given.slice(prefix.length));
  if (!Number.isFinite(value) || value <= 0) fail(`--${name} takes a positive number`);
  return value;
}

/** The comma-separated words after `--name=` on the command line, none when it is not given. */
export function listOption(name: string): readonly string[] {
  const prefix = `--${name}=`;
  const given = process.argv.find((argument) => argument.startsWith(prefix));
  return given?.slice(prefix.length).split(',').filter(Boolean) ?? [];
}

export function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
