/** A search that is in the middle of it when its process is killed, at moments all over it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../support/random.ts';
import type { Report } from './report.ts';
import { Service, type ServiceOptions, seen } from './service.ts';

/** @param clip its name; a search of it gives rows */
export async function kill(
  { data, rate }: Pick<ServiceOptions, 'data' | 'rate'>,
  clip: string,
  { kills, seed }: { readonly kills: number; readonly seed: number },
  report: Report,
  progress: (words: string) => void,
): Promise<void> {
  progress('Looking at it as a whole and in parts');
  const whole = await Service.start({ data, rate, partSeconds: 60 });
  const reference = seen(await whole.rows(await whole.search(clip, 50)));
  await whole.end();
  const parts = { data, rate, partSeconds: 1 };
  const first = await Service.start(parts);
  const began = performance.now();
  const inParts = seen(await first.rows(await first.search(clip, 51)));
  const duration = performance.now() - began;
  await first.end();
  report.check(inParts === reference, 'in parts of a second it gives what it gives as a whole');

  const random = new Random(seed);
  const moments: string[] = [];
  let [same, one] = [0, 0];
  for (let i = 0; i < kills; i++) {
    progress(`Killing, ${i} of ${kills} done`);
    const token = `killed-${seed}-${i}`;
    const dying = await Service.start(parts);
    // Another threshold each time; what is seen does not depend on it.
    const jobId = await dying.search(clip, 52 + i, token);
    // One kill in each of so many stretches of a job, from its beginning to past its end.
    await sleep(((i + random.next()) / kills) * duration * 1.1);
    const job = (await dying.jobs()).find(({ JobId }) => JobId === jobId);
    moments.push(job?.JobStatus === 'IN_PROGRESS' ? `${job.Progress} %` : 'its end');
    await dying.end('SIGKILL');
    const next = await Service.start(parts);
    const [again, too] = await Promise.all([1, 2].map(() => next.search(clip, 52 + i, token)));
    if (again === jobId && too === jobId) one += 1;
    if (seen(await next.rows(jobId)) === reference) same += 1;
    await next.end();
  }
  report.say(`killed at ${moments.join(', ')}`);
  report.check(same === kills, `${same} of ${kills} that were killed give what the whole gives`);
  report.check(one === kills, `${one} of ${kills} tokens stand for one job before and after`);
}
