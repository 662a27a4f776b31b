/**
 * The chain fails closed: whatever order its steps are in, and whichever are missing, nobody gets what the
 * chain in its own order would not give.
 */
import { describe, expect, it } from 'vitest';
import type { Step } from '../../layers/protocol/chain.ts';
import { endpoint } from '../../layers/protocol/endpoint.ts';
import type { EndpointOptions, Permissions } from '../../layers/protocol/index.ts';
import { operation, string, structure } from '../../layers/protocol/index.ts';
import { stepsOf } from '../../layers/protocol/steps.ts';
import { CONTEXT, eventOf } from './support/events.ts';

interface Services {
  reached(): void;
}

const Read = operation({
  name: 'Read',
  input: structure({ CollectionId: string({ max: 20 }) }, ['CollectionId']),
  output: structure({ Text: string() }),
  errors: [],
  uses: { records: ['GetItem'], shards: 'none', images: false, inference: false, jobs: [] },
  async handler(_input, services: Services) {
    services.reached();
    return { Text: 'secret' };
  },
});

const CALLERS: readonly (readonly [string, Permissions | 'a stranger' | 'anybody', number])[] = [
  ['a stranger', 'a stranger', 400],
  ['a key for another operation', { operations: ['Write'], collections: '*' }, 400],
  ['a key for another collection', { operations: 'all', collections: 'others-*' }, 400],
  ['a key that allows it', { operations: ['Read'], collections: 'family' }, 200],
  ['anybody, where nobody is asked', 'anybody', 200],
];

interface Answered {
  readonly status: number;
  readonly reached: number;
}

async function send(
  caller: Permissions | 'a stranger' | 'anybody',
  arrange: (steps: readonly Step<Services>[]) => readonly Step<Services>[],
): Promise<Answered> {
  let reached = 0;
  const options: EndpointOptions<Services> = {
    operations: [Read],
    services: async () => ({ reached: () => void reached++ }),
    authenticate: async () => {
      if (caller === 'a stranger') throw Object.assign(new Error('Who are you?'), STRANGER);
      return caller === 'anybody' ? undefined : { accessKeyId: 'AKIA', ...caller };
    },
    translate: () => undefined,
    region: 'eu-central-1',
    log: () => undefined,
    clock: () => 0,
  };
  const serve = endpoint(options, arrange(stepsOf(options)));
  const { statusCode } = await serve(eventOf('Read', '{"CollectionId":"family"}'), CONTEXT);
  return { status: statusCode, reached };
}

const STRANGER = { name: 'UnrecognizedClientException' };
const COUNT = 5;

function permutations(items: readonly number[]): number[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((first) =>
    permutations(items.filter((one) => one !== first)).map((rest) => [first, ...rest]),
  );
}

const ORDER = Array.from({ length: COUNT }, (_, i) => i);
const ORDERS = permutations(ORDER);
/** Every choice of steps that is not all of them, in their own order. */
const GAPS = Array.from({ length: 2 ** COUNT - 1 }, (_, bits) =>
  ORDER.filter((i) => (bits >> i) & 1),
);

describe.each(CALLERS)('%s', (_, caller, status) => {
  const isAllowed = status === 200;
  const arranged = (order: readonly number[]) =>
    send(caller, (steps) => order.map((i) => steps[i]!));

  it(`is answered with ${status} by the chain as it is`, async () => {
    const answered = await send(caller, (steps) => steps);
    expect(answered.reached).toBe(isAllowed ? 1 : 0);
    expect(answered.status === 200).toBe(isAllowed);
  });

  it(`gets no further with the steps in any of ${ORDERS.length} orders`, async () => {
    expect(ORDERS).toHaveLength(120);
    for (const order of ORDERS) {
      const { status: answered, reached } = await arranged(order);
      if (!isAllowed) expect({ order, reached }).toEqual({ order, reached: 0 });
      // What is in the wrong order is a fault, never an answer.
      else if (order.some((step, i) => step !== i)) {
        expect([order, answered, reached]).toEqual([order, 500, 0]);
      }
    }
  });

  it('gets nowhere where any of the steps is missing', async () => {
    for (const gap of GAPS) {
      const { reached } = await arranged(gap);
      expect({ gap, reached }).toEqual({ gap, reached: 0 });
    }
  });
});
