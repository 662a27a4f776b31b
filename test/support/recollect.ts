/** The program `recollect`, in a process of its own or in this one. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Command, Surroundings } from '../../infra/commands/cli/index.ts';
import { runProgram } from '../../infra/commands/cli/index.ts';
import { commands } from '../../infra/commands/table.ts';
import { output } from './programs.ts';

/** What Node.js is started with. */
export const RECOLLECT = path.resolve(import.meta.dirname, '../../infra/commands/recollect.mjs');

/** @returns what it printed. @throws with what it printed to standard error */
export function recollect(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  return output(process.execPath, [RECOLLECT, ...args], environment);
}

export interface Ran {
  readonly code: number;
  readonly printed: string;
  readonly said: string;
}

/** Runs a command line in this process. */
export async function ran(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  table: readonly Command[] = commands,
): Promise<Ran> {
  const lines = { printed: [] as string[], said: [] as string[] };
  const code = await runProgram(table, '1.2.3', args, {
    ...surroundings(environment),
    print: (line) => void lines.printed.push(line),
    say: (line) => void lines.said.push(line),
  });
  return { code, printed: lines.printed.join('\n'), said: lines.said.join('\n') };
}

/** Those of nobody: nothing is shown, and nothing interrupts. */
export function surroundings(environment: Readonly<Record<string, string>> = {}): Surroundings {
  return {
    environment,
    print: () => undefined,
    say: () => undefined,
    terminal: { write: () => true },
    clock: () => performance.now(),
    now: () => new Date(),
    random: randomBytes,
    interruption: () => new AbortController().signal,
  };
}
