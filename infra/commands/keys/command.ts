/** What `npm run keys` is asked to do: the command line, read and checked. Pure. */
import { parseArgs } from 'node:util';
import { isKeyId, isPattern } from '../../../layers/protocol/auth/index.ts';

/** Which keys: those of a deployed stack, or those of a data folder on this machine. */
export type Place =
  | { readonly kind: 'stack'; readonly stack: string }
  | { readonly kind: 'folder'; readonly data: string };

export type Command =
  | {
      readonly action: 'create';
      readonly place: Place;
      readonly name: string;
      readonly operations: 'all' | readonly string[];
      readonly collections: string;
      /** After how many days the key expires. */
      readonly days: number | undefined;
    }
  | { readonly action: 'list'; readonly place: Place }
  | { readonly action: 'revoke'; readonly place: Place; readonly id: string };

/** Everything that is wrong with a command line, in one message. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

export const USAGE = `Usage:
  npm run keys -- create [--name TEXT] [--operations A,B] [--collections 'PATTERN'] [--days N]
  npm run keys -- list
  npm run keys -- revoke ID

Keys of this machine are in the data folder: --data ./.recollect, or RECOLLECT_DATA.
Keys of a deployed stack: --stack NAME, with the AWS credentials and region of your environment.

  --operations   what the key may call; without it, everything
  --collections  ids of collections the key may use, * for any characters; without it, all`;

const LONGEST_NAME = 64;

/**
 * @param args without the program's own name
 * @param operations names of those that exist
 * @throws CommandError
 */
export function readCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  operations: readonly string[],
): Command {
  const { values, positionals } = parse(args);
  const [action, ...operands] = positionals;
  const granted = values.operations?.split(',').map((name) => name.trim());
  const { stack, days, name = '', collections = '*' } = values;
  const data = values.data ?? (environment['RECOLLECT_DATA'] || './.recollect');
  const unknown = (granted ?? []).filter((operation) => !operations.includes(operation));
  const grants = ['name', 'operations', 'collections', 'days'] as const;
  const misplaced = action === 'create' ? [] : grants.filter((flag) => values[flag] !== undefined);
  const id = action === 'revoke' ? operands.shift() : undefined;

  const problems = [
    ...(action === 'create' || action === 'list' || action === 'revoke'
      ? []
      : [action === undefined ? 'Say what to do.' : `There is no command "${action}".`]),
    ...(action !== 'revoke' || (id !== undefined && isKeyId(id))
      ? []
      : ['Say which key to revoke: AKIA and sixteen characters.']),
    ...operands.map((operand) => `What is "${operand}"?`),
    ...misplaced.map((flag) => `--${flag} is for create.`),
    ...unknown.map((operation) => `There is no operation "${operation}".`),
    ...(isPattern(collections)
      ? []
      : [`Collections are letters, digits, "_", ".", "-" and "*", not "${collections}".`]),
    ...(days === undefined || /^[1-9]\d{0,4}$/.test(days)
      ? []
      : [`Days must be a number from 1 to 99999, not "${days}".`]),
    ...(name.length <= LONGEST_NAME && /^\P{C}*$/u.test(name)
      ? []
      : [`A name has at most ${LONGEST_NAME} characters, all of them visible.`]),
    ...(stack === undefined || /^[a-zA-Z][a-zA-Z0-9-]{0,127}$/.test(stack)
      ? []
      : [`"${stack}" cannot be the name of a stack.`]),
    ...(stack !== undefined && values.data !== undefined ? ['Either --stack or --data.'] : []),
    ...(data === '' ? ['The data folder must have a name.'] : []),
  ];
  if (problems.length > 0) throw new CommandError(`${problems.join('\n')}\n\n${USAGE}`);

  const place: Place = stack === undefined ? { kind: 'folder', data } : { kind: 'stack', stack };
  if (action === 'revoke' && id !== undefined) return { action, place, id };
  if (action === 'list') return { action, place };
  return {
    action: 'create',
    place,
    name,
    operations: granted ?? 'all',
    collections,
    days: days === undefined ? undefined : Number(days),
  };
}

function parse(args: readonly string[]) {
  try {
    const string = { type: 'string' } as const;
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        name: string,
        operations: string,
        collections: string,
        days: string,
        stack: string,
        data: string,
      },
    });
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError(`${problem}\n\n${USAGE}`, { cause });
  }
}
