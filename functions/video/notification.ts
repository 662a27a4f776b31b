/** What a topic is told when a job has ended, as Rekognition documents it. */
import type { VideoJob } from '../../layers/records/index.ts';
import type { VideoWork } from './work.ts';

/** The message of the notification: JSON. */
export function notificationOf({ id, status, request, finishedAt = 0 }: VideoJob): string {
  const { operation, jobTag, name, bucket } = request;
  return JSON.stringify({
    JobId: id,
    Status: status,
    API: operation,
    ...(jobTag === undefined ? {} : { JobTag: jobTag }),
    Timestamp: finishedAt,
    Video: { S3ObjectName: name, S3Bucket: bucket },
  });
}

/** At least once: whoever dies between the two tells it again. */
export async function notify(
  { records, notifier }: Pick<VideoWork, 'records' | 'notifier'>,
  job: VideoJob,
): Promise<void> {
  if (job.request.topic === undefined) return;
  await notifier.publish(job.request.topic, notificationOf(job));
  await records.videoJobs.notified(job.id);
}
