/** What `npm run redrive` is asked to do: the command line, read and checked. Pure. */
import { parseArgs } from 'node:util';
import { isUrl } from '../connection.ts';

/** Which letters: all, those with a reason, or those whose ids begin in one of these ways. */
export interface Choice {
  readonly all: boolean;
  readonly reasons: readonly string[];
  readonly ids: readonly string[];
}

export interface RedriveCommand {
  readonly action: 'list' | 'send' | 'delete';
  readonly choice: Choice;
  /** A deployed stack; without it, the server on this machine. */
  readonly stack: string | undefined;
  readonly endpoint: string | undefined;
}

/** Everything that is wrong with a command line, in one message. */
export class RedriveCommandError extends Error {
  override readonly name = 'RedriveCommandError';
}

export const USAGE = `Usage:
  npm run redrive                            shows what could not be indexed, and why
  npm run redrive -- send ID... | --all      has it tried again
  npm run redrive -- delete ID... | --all    forgets it; the photographs stay where they are

  --reason CODE   all with this reason, instead of ids
  --stack NAME    of a deployed stack, with the AWS credentials and region of your environment
  --endpoint URL  of the server on this machine; else http://127.0.0.1:8000`;

const SHORTEST_ID = 4;

/**
 * @param args without the program's own name
 * @throws RedriveCommandError
 */
export function readRedriveCommand(args: readonly string[]): RedriveCommand {
  const { values, positionals } = parse(args);
  const [word = 'list', ...ids] = positionals;
  const action = (['list', 'send', 'delete'] as const).find((one) => one === word);
  const { all = false, reason: reasons = [], stack, endpoint } = values;
  const chosen = [all, reasons.length > 0, ids.length > 0].filter(Boolean).length;
  const problems = [
    ...(action === undefined ? [`There is no command "${word}".`] : []),
    ...(action === 'list' && (all || ids.length > 0)
      ? ['All are shown, or those of --reason.']
      : []),
    ...((action === 'send' || action === 'delete') && chosen !== 1
      ? [`Say which to ${action}: ids, --reason or --all.`]
      : []),
    ...ids
      .filter((id) => !/^[0-9a-f-]+$/i.test(id) || id.length < SHORTEST_ID)
      .map((id) => `"${id}" is no beginning of an id; it takes ${SHORTEST_ID} characters.`),
    ...(stack === undefined || /^[a-zA-Z][a-zA-Z0-9-]{0,127}$/.test(stack)
      ? []
      : [`"${stack}" cannot be the name of a stack.`]),
    ...(endpoint === undefined || isUrl(endpoint)
      ? []
      : [`An endpoint is an http or https URL, not "${endpoint}".`]),
    ...(stack !== undefined && endpoint !== undefined ? ['Either --stack or --endpoint.'] : []),
  ];
  if (problems.length > 0 || action === undefined) {
    throw new RedriveCommandError(`${problems.join('\n')}\n\n${USAGE}`);
  }
  return { action, choice: { all, reasons, ids }, stack, endpoint };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        all: { type: 'boolean' },
        reason: { type: 'string', multiple: true },
        stack: { type: 'string' },
        endpoint: { type: 'string' },
      },
    });
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new RedriveCommandError(`${problem}\n\n${USAGE}`, { cause });
  }
}
