/** Runs one of several commands, as a command line asks: help before all else, then the command. */
import type { Command } from './command.ts';
import { EXIT, explain, UsageError } from './failures.ts';
import { commandHelp, groupHelp, programHelp } from './help.ts';
import { processSurroundings, type Surroundings } from './surroundings.ts';

const PROGRAM = 'recollect';

/** @returns the exit code */
export async function runProgram(
  commands: readonly Command[],
  version: string,
  args: readonly string[],
  surroundings: Surroundings,
): Promise<number> {
  const { print } = surroundings;
  return guarded(surroundings, PROGRAM, async () => {
    // `recollect help keys create` is the same as `recollect keys create --help`.
    const [word, ...rest] = args[0] === 'help' ? [...args.slice(1), '--help'] : args;
    if (word === '--version' || word === '-v') return printed(print, version);
    if (word === undefined || isHelp(word)) return printed(print, programHelp(commands, version));
    const found = find(commands, word, rest);
    if (found !== undefined) return runOne(found.command, found.args, surroundings);
    const group = commands.filter(({ name }) => name.startsWith(`${word} `));
    if (group.length > 0 && wantsHelp(rest)) return printed(print, groupHelp(word, group));
    throw new UsageError([unknown(word, rest, group)]);
  });
}

/** Runs a program that is a single command, such as a benchmark, and ends the process. */
export async function runScript(command: Command): Promise<never> {
  // As recollect.mjs does it: the SDK is pinned.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const surroundings = processSurroundings();
  const program = `npm run ${command.name} --`;
  const code = await guarded(surroundings, program, () =>
    runOne(command, process.argv.slice(2), surroundings, program),
  );
  process.exit(code);
}

async function runOne(
  command: Command,
  args: readonly string[],
  surroundings: Surroundings,
  program: string = `${PROGRAM} ${command.name}`,
): Promise<number> {
  if (wantsHelp(args)) return printed(surroundings.print, commandHelp(command, program));
  return guarded(surroundings, program, () => command.run(args, surroundings));
}

/** The command with the longest name that the arguments begin with. */
function find(commands: readonly Command[], word: string, rest: readonly string[]) {
  const [second, ...others] = rest;
  const longer = commands.find(({ name }) => name === `${word} ${second}`);
  if (longer !== undefined) return { command: longer, args: others };
  const command = commands.find(({ name }) => name === word);
  return command && { command, args: rest };
}

function isHelp(arg: string): boolean {
  return arg === '--help' || arg === '-h';
}

/** Whether help is asked for before `--`, behind which everything is an operand. */
function wantsHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end === -1 ? args : args.slice(0, end)).some(isHelp);
}

function unknown(word: string, [second]: readonly string[], group: readonly Command[]): string {
  if (group.length === 0) return `There is no command "${word}".`;
  const names = group.map(({ name }) => name).join(', ');
  return second === undefined || second.startsWith('-')
    ? `Say what to do: ${names}.`
    : `There is no command "${word} ${second}", but ${names}.`;
}

/** @param program which `--help` is asked of after a mistake */
async function guarded(
  { say }: Surroundings,
  program: string,
  work: () => Promise<number>,
): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UsageError) {
      say(`${error.message}\n${program} --help says what there is.`);
      return EXIT.usage;
    }
    say(explain(error) ?? `This should not happen; please report it.\n${trace(error)}`);
    return EXIT.failed;
  }
}

function trace(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${trace(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

function printed(print: (lines: string) => void, lines: string): number {
  print(lines);
  return 0;
}
