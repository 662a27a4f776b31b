/** Carries out a command on dead letters and says what came of it. */
import type { Choice, RedriveCommand } from './command.ts';
import type { DeadLetter, DeadLetters } from './letters.ts';

/** Characters of an id that are shown: enough to tell letters apart. */
const SHOWN_ID = 8;

/** @returns what to print */
export async function run(
  { action, choice }: Pick<RedriveCommand, 'action' | 'choice'>,
  letters: Pick<DeadLetters, 'take' | 'send' | 'delete' | 'release'>,
): Promise<string> {
  const all = await letters.take();
  const chosen = all.filter((letter) => isChosen(letter, choice));
  const done: DeadLetter[] = [];
  try {
    if (action !== 'list') {
      for (const letter of chosen) {
        await letters[action](letter);
        done.push(letter);
      }
    }
  } finally {
    for (const letter of all.filter((one) => !done.includes(one))) await letters.release(letter);
  }
  if (action === 'list') return list(choice.reasons.length > 0 ? chosen : all);
  const left = all.length - done.length;
  return `${done.length} ${action === 'send' ? 'sent again' : 'deleted'}, ${left} left.`;
}

function isChosen({ id, code }: DeadLetter, { all, reasons, ids }: Choice): boolean {
  return all || reasons.includes(code) || ids.some((beginning) => id.startsWith(beginning));
}

function list(letters: readonly DeadLetter[]): string {
  if (letters.length === 0) return 'There are no dead letters.';
  const blocks = letters.map(({ id, sentAt, objects, code, message }) =>
    [
      `${id.slice(0, SHOWN_ID)}  ${sentAt.toISOString()}  ${objects.join(', ') || '(no object)'}`,
      `          ${code}: ${message}`,
    ].join('\n'),
  );
  const word = letters.length === 1 ? 'dead letter' : 'dead letters';
  return `${blocks.join('\n')}\n${letters.length} ${word}. Try them again: npm run redrive -- send ID... | --reason CODE | --all`;
}
