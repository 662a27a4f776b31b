/** `recollect fold` and `recollect verify`: what an operator has done to collections. */
import {
  type Asked,
  command,
  DATA,
  flag,
  JSON_OUTPUT,
  type Options,
  onlyOneOf,
  STACK,
} from '../cli/index.ts';

const where = { data: DATA, stack: STACK, json: JSON_OUTPUT } as const;

const STOPPED = 'Stop the service on this machine first; two cannot have the data folder open.';

const collections = {
  placeholder: 'COLLECTION...',
  least: 0,
  most: Number.POSITIVE_INFINITY,
  missing: '',
};

const all = flag({ help: 'all collections' });

const check = ({ given, operands, options }: Asked<Options & { all: typeof all }>) => [
  ...(operands.length > 0 || options.all ? [] : ['Say which collection, or --all.']),
  ...(operands.length > 0 && options.all ? ['Either --all or collections.'] : []),
  ...onlyOneOf(given, 'stack', 'data'),
];

export const fold = command({
  name: 'fold',
  summary: 'folds what is new of collections into shards, at once',
  description: STOPPED,
  operands: collections,
  options: { all, ...where },
  check,
  run: async ({ operands, options }, surroundings) => {
    const { run } = await import('./run.ts');
    return run({ action: 'fold', collections: operands, ...options }, surroundings);
  },
});

export const verify = command({
  name: 'verify',
  summary: 'compares everything that is kept of collections',
  description: `${STOPPED}\nExit code 1 where something is wrong.`,
  operands: collections,
  options: {
    all,
    repair: flag({ help: 'makes shards anew, corrects counters and deletes garbage where wrong' }),
    ...where,
  },
  check,
  run: async ({ operands, options }, surroundings) => {
    const { run } = await import('./run.ts');
    return run({ action: 'verify', collections: operands, ...options }, surroundings);
  },
});
