/**
 * `npm run bench:flood`: what authenticating with a good key takes while thousands of requests bring keys that somebody
 * made up, beside what it takes alone, and how often Parameter Store is asked.
 *
 * Environments are as on Lambda: each has its own cache and answers one request at a time. Parameter Store answers
 * after 20 milliseconds, and is throttled beyond 40 requests a second, which is the quota of an account.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { patient } from '../../functions/lambda/authentication.ts';
import { command, runScript } from '../../infra/commands/cli/index.ts';
import { SsmKeyStore } from '../../layers/keys/index.ts';
import {
  type AccessKey,
  type Authenticate,
  authentication,
  issueKey,
  KeyCache,
  type KeySource,
  receive,
} from '../../layers/protocol/index.ts';
import { startParameterStore } from '../support/ssm.ts';
import { positive } from './folder.ts';

const GRANT = { name: '', operations: 'all', collections: '*', expires: undefined } as const;
const LATENCY_MS = 20;
const QUOTA = 40;

type Secret = Pick<AccessKey, 'id' | 'secret'>;

interface Round {
  /** Milliseconds of each good request, ascending. */
  readonly times: readonly number[];
  readonly failed: number;
  readonly refused: number;
  readonly lookups: number;
}

/** Parameter Store as far away and as patient as AWS's. */
class Throttled implements KeySource {
  readonly #store: SsmKeyStore;
  #asked: number[] = [];
  lookups = 0;

  constructor(store: SsmKeyStore) {
    this.#store = store;
  }

  find = async (id: string) => {
    await this.#turn();
    return this.#store.find(id);
  };

  mark = async () => {
    await this.#turn();
    return this.#store.mark();
  };

  async #turn(): Promise<void> {
    this.lookups += 1;
    const now = performance.now();
    this.#asked = [...this.#asked.filter((at) => now - at < 1000), now];
    await sleep(LATENCY_MS);
    if (this.#asked.length > QUOTA) {
      throw Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });
    }
  }
}

const event = ({ id, secret }: Secret) => ({
  httpMethod: 'POST',
  path: '/ListCollections',
  headers: { authorization: `Bearer ${id}.${secret}` },
  body: '{}',
  isBase64Encoded: false,
  requestContext: { requestId: '1', accountId: '123456789012' },
});

/** @param keys in the order in which they come; whoever is free takes the next */
async function round(
  store: SsmKeyStore,
  environments: number,
  keys: readonly Secret[],
  good: Secret,
): Promise<Round> {
  const source = new Throttled(store);
  const times: number[] = [];
  let [failed, refused, next] = [0, 0, 0];
  const serve = async (authenticate: Authenticate) => {
    for (let key = keys[next++]; key !== undefined; key = keys[next++]) {
      const began = performance.now();
      const error = await authenticate(receive(event(key))).then(
        () => undefined,
        (reason: Error) => reason.name,
      );
      if (key === good) {
        times.push(performance.now() - began);
        if (error !== undefined) failed += 1;
      } else if (error === 'UnrecognizedClientException') refused += 1;
      // An environment answers one request at a time, and others have their turn.
      await new Promise(setImmediate);
    }
  };
  await Promise.all(
    Array.from({ length: environments }, () => {
      const keyCache = new KeyCache(patient(source), Date.now);
      return serve(authentication({ keys: keyCache, now: Date.now }));
    }),
  );
  return { times: times.sort((a, b) => a - b), failed, refused, lookups: source.lookups };
}

function line(name: string, { times, failed, refused, lookups }: Round): string {
  const at = (share: number) => (times[Math.floor(share * (times.length - 1))] ?? 0).toFixed(2);
  return (
    `${name}: ${times.length - failed} of ${times.length} good requests authenticated, ` +
    `${at(0.5)} ms at the median, ${at(0.95)} at 95 %, ${at(1)} at most; ` +
    `${refused} others refused; Parameter Store asked ${lookups} times`
  );
}

await runScript(
  command({
    name: 'bench:flood',
    summary: 'measures what a good key takes while others are made up',
    options: {
      requests: positive('requests with invented keys', 10_000),
      environments: positive('environments, as on Lambda', 10),
    },
    run: async ({ options: { requests, environments } }, { print }) => {
      const ssm = await startParameterStore();
      try {
        const store = new SsmKeyStore(ssm.client(), '/recollect/Flooded/keys');
        const mark = await store.markForNew(randomBytes);
        const good = issueKey(GRANT, randomBytes, new Date(), mark);
        await store.create(good);
        const alone = Array.from({ length: 1000 }, () => good);
        const every = Math.ceil(requests / alone.length);
        const mixed = Array.from({ length: requests }, (_, i) => {
          const key = issueKey(GRANT, randomBytes, new Date());
          return i % every === 0 ? [good, key] : [key];
        }).flat();
        print(line('alone', await round(store, environments, alone, good)));
        const flooded = await round(store, environments, mixed, good);
        print(line(`among ${requests} invented keys`, flooded));
        return 0;
      } finally {
        await ssm.close();
      }
    },
  }),
);
