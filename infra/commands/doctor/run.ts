/** Finds out, says what it means, and leaves nothing behind: the key that it makes is revoked. */
import { SSMClient } from '@aws-sdk/client-ssm';
import { keyPrefix, SsmKeyStore } from '../../../layers/keys/index.ts';
import { issueKey } from '../../../layers/protocol/index.ts';
import { type Surroundings, withProgress } from '../cli/index.ts';
import { tryAddress } from './calls.ts';
import type { CallResult, StackFacts } from './facts.ts';
import { type Finding, findings } from './findings.ts';
import { type Deployed, findStack, readAlarms, readConcurrency, readTopics } from './gather.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const ADDRESSES = ['SdkEndpoint', 'HttpEndpoint'] as const;

/** @returns 1 if something does not work */
export async function run(
  { stack, json }: { readonly stack: string; readonly json: boolean },
  surroundings: Surroundings,
): Promise<number> {
  let doing = 'Reading the stack';
  const facts = await withProgress(
    surroundings,
    () => doing,
    async (): Promise<StackFacts> => {
      const deployed = await findStack(stack);
      doing = 'Reading alarms and quotas';
      const alarms = await readAlarms(deployed);
      const topics = await readTopics(alarms.flatMap((alarm) => alarm.topics));
      const concurrency = await readConcurrency(deployed);
      doing = 'Calling the addresses';
      const calls = await callAll(stack, deployed, surroundings);
      return { status: deployed.status, calls, alarms, topics, ...concurrency };
    },
  );
  const found = findings(facts);
  surroundings.print(json ? JSON.stringify(found, null, 2) : table(found));
  return found.some(({ state }) => state === 'broken') ? 1 : 0;
}

async function callAll(
  stack: string,
  { outputs }: Deployed,
  { random, now }: Surroundings,
): Promise<CallResult[]> {
  const ssm = new SSMClient({});
  const store = new SsmKeyStore(ssm, keyPrefix(stack));
  const mark = await store.markForNew(random);
  const expires = new Date(now().getTime() + DAY_MS);
  const grant = {
    name: 'recollect doctor',
    operations: ['DetectFaces'],
    collections: '*',
    expires,
  };
  const key = issueKey(grant, random, now(), mark);
  await store.create(key);
  try {
    const calls: CallResult[] = [];
    for (const address of ADDRESSES) {
      const url = outputs.get(address);
      if (url === undefined) continue;
      calls.push(...(await tryAddress(address, url, key, () => now().getTime())));
    }
    return calls;
  } finally {
    await store.revoke(key.id);
    ssm.destroy();
  }
}

const WORDS = { works: 'ok  ', mind: 'mind', broken: 'FAIL' } as const;

function table(found: readonly Finding[]): string {
  const width = Math.max(...found.map(({ subject }) => subject.length));
  return found
    .map(({ state, subject, says }) => `${WORDS[state]}  ${subject.padEnd(width)}  ${says}`)
    .join('\n');
}
