/**
 * `npm run bench:garbage`: the share of its time that a thread which looks at photographs spends collecting garbage, as
 * it runs on one machine (infra/local/inference-thread.ts).
 */
import { BroadcastChannel } from 'node:worker_threads';
import { command, runScript } from '../../infra/commands/cli/index.ts';
import { inferenceThreads } from '../../infra/local/inference-threads.ts';
import { BUILT_IN_FACE_MODELS, Work } from '../../layers/inference/index.ts';
import { MODELS, positive } from './folder.ts';
import { CHANNEL, type Collection } from './garbage/collection.ts';
import { photographs } from './photographs.ts';
import { progress } from './progress.ts';

/** Long enough for what the thread has seen to arrive. */
const SETTLED_MS = 300;

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function main(runs: number, print: (line: string) => void): Promise<void> {
  const work = new Work();
  const pool = await inferenceThreads({
    threads: 1,
    models: MODELS,
    faceModels: BUILT_IN_FACE_MODELS,
    work,
    waiting: 1,
    program: new URL('./garbage/thread.mjs', import.meta.url),
  });
  let collections: Collection[] = [];
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = (message) => {
    collections.push((message as { data: Collection }).data);
  };
  const look = (bytes: Uint8Array) =>
    work.run(new AbortController().signal, async () => {
      const picture = await pool.read(bytes);
      const faces = await pool.findFaces(picture);
      await pool.embed(picture, faces);
    });
  try {
    print(
      '| photograph | ms | of which garbage | collections of the whole heap | of what is new |',
    );
    print('|---|---|---|---|---|');
    for (const { name, bytes } of await photographs()) {
      const report = progress(name, runs);
      // Two looks in which everything is loaded and compiled do not count.
      for (let i = 0; i < 2; i++) await look(bytes);
      await sleep(SETTLED_MS);
      collections = [];
      const startedAt = performance.now();
      for (let i = 0; i < runs; i++) {
        await look(bytes);
        report(i + 1);
      }
      const total = performance.now() - startedAt;
      await sleep(SETTLED_MS);
      const garbage = collections.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
      const whole = collections.filter(({ isWhole }) => isWhole).length;
      const fresh = collections.filter(({ isYoung }) => isYoung).length;
      const each = (count: number) => `${(count / runs).toFixed(2)} each`;
      const share = `${((100 * garbage) / total).toFixed(1)} %`;
      print(
        `| ${name} | ${(total / runs).toFixed(1)} | ${share} | ${each(whole)} | ${each(fresh)} |`,
      );
    }
  } finally {
    channel.close();
    await pool.close();
  }
}

await runScript(
  command({
    name: 'bench:garbage',
    summary: 'measures the share of time that goes to collecting garbage',
    options: { runs: positive('runs of each photograph', 30) },
    run: async ({ options: { runs } }, { print }) => {
      await main(runs, print);
      return 0;
    },
  }),
);
