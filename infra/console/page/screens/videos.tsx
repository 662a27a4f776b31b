import type { PersonMatch } from '@aws-sdk/client-rekognition';
import { useEffect, useState } from 'preact/hooks';
import { awsCli, recollectCli } from '../model/cli.ts';
import { counted } from '../model/words.ts';
import { AsCli } from '../parts/as-cli.tsx';
import { Notice } from '../parts/notice.tsx';
import { useTask } from '../parts/task.ts';
import { call, callExtension } from '../service/call.ts';
import type { VideoJob } from '../service/extensions.ts';
import { pages } from '../service/pages.ts';
import { serviceUrl } from '../service/session.ts';

/** Milliseconds between two looks at jobs that run. */
const INTERVAL = 2000;

/** Jobs on stored video: how far they are, and who is seen when. */
export function VideosScreen() {
  const [jobs, setJobs] = useState<readonly VideoJob[]>([]);
  const [chosen, setChosen] = useState<VideoJob>();
  const task = useTask();
  const acting = useTask();
  useEffect(() => {
    task.run(async (signal) => {
      const look = async () => {
        const { Jobs } = await callExtension<{ Jobs: VideoJob[] }>('ListVideoJobs', {}, signal);
        setJobs(Jobs);
        return Jobs;
      };
      // Until nothing runs; the screen ends it when it is left.
      while ((await look()).some(({ JobStatus }) => JobStatus === 'IN_PROGRESS')) {
        await new Promise((resolve) => setTimeout(resolve, INTERVAL));
      }
      return undefined;
    });
  }, []);
  const stop = ({ JobId }: VideoJob) =>
    acting.run(async (signal) => {
      await callExtension('StopVideoJob', { JobId }, signal);
      return 'The job is stopped.';
    });
  return (
    <>
      <h1>Videos</h1>
      <Notice task={task} />
      <Notice task={acting} />
      {jobs.length === 0 && !task.isBusy && !task.hasFailed && (
        <p class="empty">No job in the last seven days. Start one by the command below.</p>
      )}
      <ul class="lines">
        {jobs.map((job) => (
          <li key={job.JobId} class="face">
            <span class="names">
              <strong>{job.Video?.S3Object?.Name}</strong>
              <small>
                {job.API} {job.CollectionId}
                {job.StatusMessage && `: ${job.StatusMessage}`}
              </small>
            </span>
            <span class={job.JobStatus === 'FAILED' ? 'tag bad' : 'tag'}>
              {job.JobStatus === 'IN_PROGRESS' ? `${job.Progress.toFixed(0)} %` : job.JobStatus}
            </span>
            {job.JobStatus === 'IN_PROGRESS' && (
              <button type="button" onClick={() => stop(job)}>
                Stop<span class="sr"> {job.JobId}</span>
              </button>
            )}
            {job.JobStatus === 'SUCCEEDED' && job.API === 'StartFaceSearch' && (
              <button type="button" onClick={() => setChosen(job)}>
                Who and when<span class="sr">: {job.JobId}</span>
              </button>
            )}
          </li>
        ))}
      </ul>
      {chosen && <Timeline key={chosen.JobId} job={chosen} />}
      <AsCli
        lines={[
          awsCli(
            'StartFaceSearch',
            {
              CollectionId: 'my-collection',
              Video: { S3Object: { Bucket: 'my-bucket', Name: 'clip.mp4' } },
            },
            serviceUrl().href,
          ),
          recollectCli('list-video-jobs', { Endpoint: serviceUrl().href }),
        ]}
      />
    </>
  );
}

interface Person {
  readonly index: number;
  readonly name: string;
  /** Milliseconds. */
  readonly times: readonly number[];
}

function Timeline({ job }: { readonly job: VideoJob }) {
  const [people, setPeople] = useState<readonly Person[]>([]);
  const task = useTask();
  const length = Math.max(1, job.DurationMillis ?? 1);
  useEffect(() => {
    task.run(async (signal) => {
      const found = new Map<number, Person>();
      const next = (NextToken: string | undefined) => page(job.JobId, NextToken, signal);
      for await (const { Persons = [] } of pages(next)) {
        for (const match of Persons) note(found, match);
        setPeople([...found.values()]);
      }
      return `${counted(found.size, 'person', 'people')} in ${(length / 1000).toFixed(0)} seconds.`;
    });
  }, [job.JobId]);
  return (
    <section aria-label="Who is seen when">
      <h2>Who is seen when</h2>
      <Notice task={task} />
      <ul class="lines">
        {people.map(({ index, name, times }) => (
          <li key={index}>
            <strong>{name}</strong>{' '}
            <small>
              {(Math.min(...times) / 1000).toFixed(1)} to {(Math.max(...times) / 1000).toFixed(1)}{' '}
              s, {counted(times.length, 'look')}
            </small>
            <div class="timeline" aria-hidden="true">
              {times.map((time) => (
                <i key={time} style={{ left: `${(100 * time) / length}%` }} />
              ))}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function note(
  found: Map<number, Person>,
  { Timestamp = 0, Person: person, FaceMatches }: PersonMatch,
) {
  const index = person?.Index ?? 0;
  const was = found.get(index);
  const face = FaceMatches?.[0]?.Face;
  const name = face?.UserId ?? face?.ExternalImageId ?? face?.FaceId;
  found.set(index, {
    index,
    name: name ?? was?.name ?? `Person ${index + 1}, not in the collection`,
    times: [...(was?.times ?? []), Timestamp],
  });
}

function page(JobId: string, NextToken: string | undefined, signal: AbortSignal) {
  return call('GetFaceSearch', { JobId, NextToken }, signal);
}
