/** A process that looks at one photograph after the other, with one thread, as its parent tells it to. */
import { Inference } from '../../../layers/inference/index.ts';
import { MODELS } from '../folder.ts';
import { perform } from './look.ts';
import type { Reply } from './pool.ts';
import type { Task } from './tasks.ts';

const inference = new Inference({ models: MODELS, threads: 1 });

process.on('message', async (task: Task) => {
  reply(
    await perform(task, inference).then(
      (outcome): Reply => ({ outcome }),
      (cause): Reply => ({ failure: cause instanceof Error ? cause.message : String(cause) }),
    ),
  );
});

// Ctrl-C reaches the whole group of processes; what becomes of the run is the parent's to say.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit());

function reply(message: Reply): void {
  process.send?.(message);
}
