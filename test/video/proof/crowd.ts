/** More jobs at once than there may be, and what they leave to others who ask meanwhile. */
import {
  DescribeCollectionCommand,
  RekognitionServiceException,
} from '@aws-sdk/client-rekognition';
import type { Report } from './report.ts';
import { COLLECTION, type Service } from './service.ts';

/** As the API has it. */
const MOST = 20;
const ASKED = 50;

export async function crowd(service: Service, clip: string, report: Report): Promise<void> {
  const alone = await latencies(service);
  const starts = Array.from({ length: MOST + 1 }, () => service.search(clip, 80));
  const settled = await Promise.allSettled(starts);
  const begun = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const refused = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  const names = refused.map((error) =>
    error instanceof RekognitionServiceException ? error.name : String(error),
  );
  report.check(
    begun.length === MOST && names.join() === 'LimitExceededException',
    `of ${MOST + 1} jobs at once ${begun.length} begin; the others get ${names.join(', ') || 'nothing'}`,
  );
  const busy = await latencies(service);
  report.say(
    `DescribeCollection takes ${alone.toFixed(1)} ms alone and ${busy.toFixed(1)} ms beside them (medians of ${ASKED})`,
  );
  await Promise.all(begun.slice(1).map((id) => service.stop(id)));
  const rows = await service.rows(begun[0]!);
  report.check(rows.length > 0, `one that nobody stops ends with ${rows.length} rows`);
  const open = (await service.jobs()).filter(({ JobStatus }) => JobStatus === 'IN_PROGRESS');
  report.check(open.length === 0, `${open.length} are in progress when the others were stopped`);
  const next = await service.search(clip, 80);
  report.check(
    (await service.rows(next)).length === rows.length,
    'and another one begins and ends',
  );
}

/** @returns the median, in milliseconds */
async function latencies({ rekognition }: Service): Promise<number> {
  const taken: number[] = [];
  for (let i = 0; i < ASKED; i++) {
    const began = performance.now();
    await rekognition.send(new DescribeCollectionCommand({ CollectionId: COLLECTION }));
    taken.push(performance.now() - began);
  }
  return taken.sort((a, b) => a - b)[ASKED / 2]!;
}
