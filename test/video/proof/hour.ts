/** A video of an hour: all of it is looked at, and the process stays as large as it was. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from './report.ts';
import type { Service } from './service.ts';

const STRETCHES = 6;
/** What comes and goes with collections of garbage, beside the largest so far. */
const SLACK = 1.1;

/** @param appearances on how many of the pictures that are looked at somebody is */
export async function hour(
  service: Service,
  clip: string,
  appearances: number,
  report: Report,
  progress: (words: string) => void,
): Promise<void> {
  const began = performance.now();
  const jobId = await service.search(clip, 80);
  const from = service.memory.length;
  for (;;) {
    const job = (await service.jobs()).find(({ JobId }) => JobId === jobId);
    if (job?.JobStatus !== 'IN_PROGRESS') break;
    progress(`Looking at an hour, ${job.Progress.toFixed(0)} %`);
    await sleep(1000);
  }
  const rows = await service.rows(jobId);
  const seconds = (performance.now() - began) / 1000;
  const memory = service.memory.slice(from);
  const largest = Array.from({ length: STRETCHES }, (_, i) => {
    const [start, end] = [i, i + 1].map((n) => Math.floor((n * memory.length) / STRETCHES));
    return Math.max(...memory.slice(start, Math.max(end!, start! + 1)));
  });
  const half = STRETCHES / 2;
  const [early, late] = [Math.max(...largest.slice(0, half)), Math.max(...largest.slice(half))];
  report.say(`an hour took ${seconds.toFixed(0)} s and gave ${rows.length} rows`);
  const share = rows.length / appearances;
  report.check(share > 0.97 && share < 1.03, `${appearances} appearances were to be seen`);
  report.check(
    late <= early * SLACK,
    `memory at most ${largest.map((bytes) => Math.round(bytes / 1e6)).join(', ')} MB in each sixth of the time`,
  );
}
