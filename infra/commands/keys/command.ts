/** `recollect keys`: what can be done with access keys, on this machine or in a deployed stack. */
import { isKeyId, isPattern } from '../../../layers/protocol/index.ts';
import {
  type Asked,
  command,
  DATA,
  JSON_OUTPUT,
  list,
  type Options,
  onlyOneOf,
  STACK,
  text,
  whole,
} from '../cli/index.ts';

const where = { data: DATA, stack: STACK, json: JSON_OUTPUT } as const;
const check = ({ given }: Asked<Options>) => onlyOneOf(given, 'stack', 'data');

const LONGEST_NAME = 64;

export const keysCreate = command({
  name: 'keys create',
  summary: 'makes an access key; its secret is shown once',
  options: {
    name: text({
      placeholder: 'TEXT',
      help: 'what it is for, as the list shows it',
      fallback: '',
      problem: (name) =>
        name.length <= LONGEST_NAME && /^\P{C}*$/u.test(name)
          ? undefined
          : `A name has at most ${LONGEST_NAME} characters, all of them visible.`,
    }),
    operations: list({
      placeholder: 'A,B',
      help: 'what the key may call, such as SearchFaces; everything without it',
    }),
    collections: text({
      placeholder: 'PATTERN',
      help: 'ids of collections it may use, * for any characters; all without it',
      fallback: '*',
      problem: (pattern) =>
        isPattern(pattern)
          ? undefined
          : `Collections are letters, digits, "_", ".", "-" and "*", not "${pattern}".`,
    }),
    days: whole({
      placeholder: 'N',
      name: 'Days',
      help: 'after which it expires; never without it',
      from: 1,
      to: 99_999,
    }),
    ...where,
  },
  check,
  run: async ({ options }, surroundings) => {
    const { create } = await import('./run.ts');
    return create(options, surroundings);
  },
});

export const keysList = command({
  name: 'keys list',
  summary: 'shows the access keys, without their secrets',
  options: where,
  check,
  run: async ({ options }, surroundings) => {
    const { list: show } = await import('./run.ts');
    return show(options, surroundings);
  },
});

export const keysRevoke = command({
  name: 'keys revoke',
  summary: 'makes an access key useless',
  operands: {
    placeholder: 'ID',
    least: 1,
    most: 1,
    missing: 'Say which key to revoke: AKIA and sixteen characters.',
    problem: (id) =>
      isKeyId(id) ? undefined : 'Say which key to revoke: AKIA and sixteen characters.',
  },
  options: where,
  check,
  run: async ({ operands: [id = ''], options }, surroundings) => {
    const { revoke } = await import('./run.ts');
    return revoke(id, options, surroundings);
  },
});
