/** `recollect redrive`: what can be done with uploads that could not be indexed. */
import {
  type Asked,
  command,
  ENDPOINT,
  flag,
  JSON_OUTPUT,
  list,
  type Option,
  onlyOneOf,
  STACK,
} from '../cli/index.ts';
import type { Choice } from './choice.ts';

const SHORTEST_ID = 4;

const where = { stack: STACK, endpoint: ENDPOINT, json: JSON_OUTPUT } as const;
const reason: Option<readonly string[]> = list({
  placeholder: 'CODE',
  help: 'those with this reason',
});
const some = { all: flag({ help: 'all of them' }), reason, ...where } as const;

const ids = {
  placeholder: 'ID...',
  least: 0,
  most: Number.POSITIVE_INFINITY,
  missing: '',
  problem: (id: string) =>
    /^[0-9a-f-]+$/i.test(id) && id.length >= SHORTEST_ID
      ? undefined
      : `"${id}" is no beginning of an id; it takes ${SHORTEST_ID} characters.`,
};

export const redrive = command({
  name: 'redrive',
  summary: 'shows uploads that could not be indexed, and why',
  options: { reason, ...where },
  check: ({ given }) => onlyOneOf(given, 'stack', 'endpoint'),
  run: async ({ options }, surroundings) => {
    const { run } = await import('./run.ts');
    const choice = { all: options.reason.length === 0, reasons: options.reason, ids: [] };
    return run({ action: 'list', choice, ...options }, surroundings);
  },
});

export const redriveSend = command({
  name: 'redrive send',
  summary: 'has uploads that could not be indexed tried again',
  operands: ids,
  options: some,
  check,
  run: async (asked, surroundings) => {
    const { run } = await import('./run.ts');
    return run({ action: 'send', choice: choiceOf(asked), ...asked.options }, surroundings);
  },
});

export const redriveDelete = command({
  name: 'redrive delete',
  summary: 'forgets uploads that could not be indexed; the photographs stay where they are',
  operands: ids,
  options: some,
  check,
  run: async (asked, surroundings) => {
    const { run } = await import('./run.ts');
    return run({ action: 'delete', choice: choiceOf(asked), ...asked.options }, surroundings);
  },
});

function choiceOf({ operands, options }: Asked<typeof some>): Choice {
  return { all: options.all, reasons: options.reason, ids: operands };
}

function check(asked: Asked<typeof some>): string[] {
  const { all, reasons, ids: chosen } = choiceOf(asked);
  const ways = [all, reasons.length > 0, chosen.length > 0].filter(Boolean).length;
  return [
    ...(ways === 1 ? [] : ['Say which: ids, --reason or --all.']),
    ...onlyOneOf(asked.given, 'stack', 'endpoint'),
  ];
}
