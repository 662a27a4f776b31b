/** What is done with which dead letters. */
import type { Choice } from './choice.ts';
import type { DeadLetter, DeadLetters } from './letters.ts';

export interface Request {
  readonly action: 'list' | 'send' | 'delete';
  readonly choice: Choice;
}

export interface Outcome {
  /** Those that were chosen and, unless they were only looked at, done with. */
  readonly chosen: readonly DeadLetter[];
  /** How many stay. */
  readonly left: number;
}

/** Characters of an id that are shown: enough to tell letters apart. */
const SHOWN_ID = 8;

/**
 * Whatever is not done with is shown to others again, also when it fails in the middle.
 * @param signal ends it between two letters
 */
export async function redrive(
  { action, choice }: Request,
  letters: Pick<DeadLetters, 'take' | 'send' | 'delete' | 'release'>,
  signal: AbortSignal,
): Promise<Outcome> {
  const all = await letters.take();
  const chosen = all.filter((letter) => isChosen(letter, choice));
  if (action === 'list') {
    for (const letter of all) await letters.release(letter);
    return { chosen, left: all.length };
  }
  const done = new Set<DeadLetter>();
  try {
    for (const letter of chosen) {
      if (signal.aborted) break;
      await letters[action](letter);
      done.add(letter);
    }
  } finally {
    for (const letter of all.filter((one) => !done.has(one))) await letters.release(letter);
  }
  return { chosen: [...done], left: all.length - done.size };
}

/** For people. */
export function describe({ action }: Request, { chosen, left }: Outcome): string {
  if (action !== 'list') {
    return `${chosen.length} ${action === 'send' ? 'sent again' : 'deleted'}, ${left} left.`;
  }
  if (chosen.length === 0) return 'There are no dead letters.';
  const blocks = chosen.map(({ id, sentAt, objects, code, message }) =>
    [
      `${id.slice(0, SHOWN_ID)}  ${sentAt.toISOString()}  ${objects.join(', ') || '(no object)'}`,
      `          ${code}: ${message}`,
    ].join('\n'),
  );
  const word = chosen.length === 1 ? 'dead letter' : 'dead letters';
  return `${blocks.join('\n')}\n${chosen.length} ${word}. Try them again: recollect redrive send ID... | --reason CODE | --all`;
}

/** For programs. */
export function details({ action }: Request, { chosen, left }: Outcome): object {
  const shown = chosen.map(({ id, sentAt, objects, code, message }) => ({
    id,
    sentAt,
    objects,
    code,
    message,
  }));
  return { action, letters: shown, left };
}

function isChosen({ id, code }: DeadLetter, { all, reasons, ids }: Choice): boolean {
  return all || reasons.includes(code) || ids.some((beginning) => id.startsWith(beginning));
}
