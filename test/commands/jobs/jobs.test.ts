/** `recollect jobs`: what people read, beginnings of ids, and following jobs to their end. */
import { describe, expect, it } from 'vitest';
import { type JobLine, jobLines } from '../../../infra/commands/jobs/lines.ts';
import { showJobs, stopJobs } from '../../../infra/commands/jobs/run.ts';
import { ran, surroundings } from '../../support/recollect.ts';

const job = (more: Partial<JobLine>): JobLine => ({
  JobId: 'a'.repeat(64),
  API: 'StartFaceSearch',
  JobStatus: 'IN_PROGRESS',
  Progress: 42.9,
  CollectionId: 'friends',
  Video: { S3Object: { Bucket: 'clips', Name: 'party.mp4' } },
  CreationTimestamp: 1000,
  ...more,
});

const DONE = { JobStatus: 'SUCCEEDED', Progress: 100, CompletionTimestamp: 1100 } as const;
const LOST = {
  ...DONE,
  JobStatus: 'FAILED',
  StatusMessage: 'The file has no video track.',
} as const;

/** A service whose jobs stand, from one look to the next, as is given. */
function service(...looks: readonly (readonly JobLine[])[]) {
  const calls: string[] = [];
  const connect = () => ({
    async call(name: string, input: object) {
      if (name !== 'ListVideoJobs') calls.push(`${name} ${JSON.stringify(input)}`);
      return { Jobs: looks[Math.min(calls.length, looks.length - 1)] };
    },
    close: () => undefined,
  });
  const inTurn = () => {
    let look = 0;
    return {
      call: async () => ({ Jobs: looks[Math.min(look++, looks.length - 1)] }),
      close: () => undefined,
    };
  };
  return { calls, connect, inTurn };
}

function listening() {
  const printed: string[] = [];
  const print = (line: string) => void printed.push(line);
  return { printed, surroundings: { ...surroundings({}), print } };
}

describe('the lines', () => {
  it('say what each job is about, how far it is, and why it failed', () => {
    const faces = job({ ...LOST, JobId: 'b'.repeat(64), API: 'StartFaceDetection', JobTag: 't' });
    expect(jobLines([job({}), faces], 1180)).toEqual([
      'aaaaaaaaaaaa  ########............  42 %  clips/party.mp4, search of friends  began 3 min ago',
      'bbbbbbbbbbbb  FAILED                      clips/party.mp4, faces, t  ended 80 s ago',
      '              The file has no video track.',
    ]);
    expect(jobLines([], 0)).toEqual(['There are no jobs on stored video.']);
  });
});

describe('stopping', () => {
  it('takes beginnings of ids, and stops none if one of them is of no job or of several', async () => {
    const [one, other] = [job({ JobId: 'abcd1' }), job({ JobId: 'abcd2', ...DONE })];
    const { calls, connect } = service([one, other]);
    const { printed, surroundings } = listening();
    await expect(stopJobs(['abcd1', 'abcd'], {}, surroundings, { connect })).rejects.toThrow(
      '2 jobs begin with abcd; say more of the id.',
    );
    await expect(stopJobs(['abcd1', 'ffff'], {}, surroundings, { connect })).rejects.toThrow(
      'There is no job ffff',
    );
    expect(calls).toEqual([]);
    await stopJobs(['abcd2', 'abcd1'], {}, surroundings, { connect });
    expect(calls).toEqual(['StopVideoJob {"JobId":"abcd1"}']);
    expect(printed).toEqual(['abcd2 had ended before: SUCCEEDED.', 'abcd1 is stopped.']);
  });

  it('asks for a beginning that is one', async () => {
    expect(await ran(['jobs', 'stop', 'a/b'])).toMatchObject({ code: 2 });
    expect(await ran(['jobs', 'stop'])).toMatchObject({ code: 2 });
  });
});

it('watching ends with the last job, and says whether one failed', async () => {
  for (const [end, code] of [
    [DONE, 0],
    [LOST, 1],
  ] as const) {
    const { inTurn } = service([job({})], [job({ ...end })]);
    const { printed, surroundings } = listening();
    const options = { watch: true, json: false };
    expect(await showJobs(options, surroundings, { connect: inTurn, every: 1 })).toBe(code);
    expect(printed).toHaveLength(1);
    expect(printed[0]).toContain(`${end.JobStatus} after 100 s  clips/party.mp4`);
  }
});
