/** What `npm run fold` and `npm run verify` are asked to do: the command line, read and checked. Pure. */
import { parseArgs } from 'node:util';

/** Whose collections: those of a deployed stack, or those of a data folder on this machine. */
export type Place =
  | { readonly kind: 'stack'; readonly stack: string }
  | { readonly kind: 'folder'; readonly data: string };

export type Command =
  | { readonly action: 'fold'; readonly place: Place; readonly collections: 'all' | string[] }
  | {
      readonly action: 'verify';
      readonly place: Place;
      readonly collections: string[];
      readonly repair: boolean;
    };

/** Everything that is wrong with a command line, in one message. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

export const USAGE = `Usage:
  npm run fold -- COLLECTION... | --all
  npm run verify -- COLLECTION... [--repair]

Collections of this machine are in the data folder: --data ./.recollect, or RECOLLECT_DATA. Stop the
service first; two cannot have the folder open.
Collections of a deployed stack: --stack NAME, with the AWS credentials and region of your environment.

  --repair   makes shards anew, corrects counters and deletes garbage where something is wrong`;

/**
 * @param args without the program's own name, the action first
 * @throws CommandError
 */
export function readCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Command {
  const { values, positionals } = parse(args);
  const [action, ...collections] = positionals;
  const { stack, all = false, repair = false } = values;
  const data = values.data ?? (environment['RECOLLECT_DATA'] || './.recollect');
  const isFold = action === 'fold';
  const problems = [
    ...(isFold || action === 'verify' ? [] : [`There is no command "${action ?? ''}".`]),
    ...(collections.length > 0 || (isFold && all) ? [] : ['Say which collection.']),
    ...(all && collections.length > 0 ? ['Either --all or collections.'] : []),
    ...(all && !isFold ? ['--all is for fold.'] : []),
    ...(repair && isFold ? ['--repair is for verify.'] : []),
    ...(stack === undefined || /^[a-zA-Z][a-zA-Z0-9-]{0,127}$/.test(stack)
      ? []
      : [`"${stack}" cannot be the name of a stack.`]),
    ...(stack !== undefined && values.data !== undefined ? ['Either --stack or --data.'] : []),
    ...(data === '' ? ['The data folder must have a name.'] : []),
  ];
  if (problems.length > 0) throw new CommandError(`${problems.join('\n')}\n\n${USAGE}`);
  const place: Place = stack === undefined ? { kind: 'folder', data } : { kind: 'stack', stack };
  return isFold
    ? { action, place, collections: all ? 'all' : collections }
    : { action: 'verify', place, collections, repair };
}

function parse(args: readonly string[]) {
  try {
    const string = { type: 'string' } as const;
    const boolean = { type: 'boolean' } as const;
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { all: boolean, repair: boolean, stack: string, data: string },
    });
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError(`${problem}\n\n${USAGE}`, { cause });
  }
}
