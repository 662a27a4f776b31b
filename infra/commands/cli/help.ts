/** What `--help` prints. Pure. */
import type { Command } from './command.ts';
import type { Option } from './option.ts';

const PROGRAM = 'recollect';
/** Of a line, in characters. */
const WIDTH = 96;
const LEAST_WIDTH = 40;

/** @param commands those of the program, in the order of the list */
export function programHelp(commands: readonly Command[], version: string): string {
  return `Recollect ${version}: Amazon Rekognition's face collections, on your own terms.

Usage: ${PROGRAM} COMMAND [OPTIONS]

${columns(commands.map(({ name, summary }) => [name, summary]))}

${PROGRAM} COMMAND --help tells the rest.`;
}

/** @param commands whose names begin with the same word */
export function groupHelp(word: string, commands: readonly Command[]): string {
  return `Usage: ${PROGRAM} ${word} COMMAND [OPTIONS]

${columns(commands.map(({ name, summary }) => [name, summary]))}

${PROGRAM} COMMAND --help tells the rest.`;
}

/** @param program what it is started with, where that is not `recollect` and its name */
export function commandHelp(
  command: Command,
  program: string = `${PROGRAM} ${command.name}`,
): string {
  const { summary, description, operands, options, handsOn } = command;
  const rows = [
    ...Object.entries(options).map(([name, option]): [string, string] => [
      `--${name}${option.placeholder === '' ? '' : ` ${option.placeholder}`}`,
      describe(option),
    ]),
    ['--help', 'prints this'] as const,
  ];
  const usage = [program, operands?.placeholder ?? '', handsOn ? '' : '[OPTIONS]'].filter(
    (part) => part !== '',
  );
  return `${capital(summary)}.

Usage: ${usage.join(' ')}

${columns(rows)}${description === undefined ? '' : `\n\n${description}`}`;
}

function describe({ help, variable, kind, on }: Option<unknown>): string {
  if (variable === undefined) return help;
  return `${help} (${variable}${kind === 'switch' ? `=${on}` : ''})`;
}

/** Two columns; what does not fit into a line of the right one goes on below it. */
function columns(rows: readonly (readonly [string, string])[]): string {
  const indent = Math.max(...rows.map(([left]) => left.length)) + 4;
  return rows
    .map(([left, right]) => {
      const lines = wrapped(right, Math.max(LEAST_WIDTH, WIDTH - indent));
      return `${`  ${left}`.padEnd(indent)}${lines.join(`\n${' '.repeat(indent)}`)}`;
    })
    .join('\n');
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
