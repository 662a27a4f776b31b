/** Jobs on stored video in the table: how many there may be, tokens, parts, and when they are forgotten. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BusyError,
  JOB_LIFETIME_MS,
  MOST_OPEN_JOBS,
  TokenMismatchError,
  TooManyJobsError,
  type VideoRequest,
} from '../../layers/records/index.ts';
import { openDatabase, type TestDatabase } from '../support/tables.ts';
import { openRecords } from './fixture.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openDatabase();
});
afterAll(() => database.close());

const request: VideoRequest = {
  operation: 'StartFaceDetection',
  bucket: 'clips',
  name: 'clip.mp4',
  etag: '"e"',
  size: 1,
};
const plan = {
  metadata: {
    Codec: 'h264',
    DurationMillis: 3000,
    Format: 'QuickTime / MOV',
    FrameRate: 25,
    FrameHeight: 1,
    FrameWidth: 1,
    ColorRange: 'LIMITED',
  },
  rate: 5,
  cells: 5,
  parts: 3,
} as const;
const token = { operation: 'StartFaceDetection', token: 't', fingerprint: 'f' };

describe('open jobs', () => {
  it('are twenty, however many begin at once; whoever ends makes room', async () => {
    const { records } = await openRecords(database);
    const { videoJobs } = records;
    const begun = await Promise.allSettled(
      Array.from({ length: MOST_OPEN_JOBS + 5 }, (_, i) =>
        videoJobs.begin(`job-${i}`, request, undefined),
      ),
    );
    const ids = begun.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const refused = begun.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(
      refused.every((error) => error instanceof TooManyJobsError || error instanceof BusyError),
    ).toBe(true);
    for (let i = ids.length; i < MOST_OPEN_JOBS; i++) {
      ids.push(await videoJobs.begin(`more-${i}`, request, undefined));
    }
    expect(ids).toHaveLength(MOST_OPEN_JOBS);
    const one = () => videoJobs.begin(`last-${Math.random()}`, request, undefined);
    await expect(one()).rejects.toBeInstanceOf(TooManyJobsError);
    const ends = await Promise.all(
      [1, 2, 3].map(() => videoJobs.finish(ids[0]!, { status: 'FAILED', message: 'why' })),
    );
    // It has ended once, so there is room for one.
    expect(ends.filter((job) => job !== undefined)).toHaveLength(1);
    await one();
    await expect(one()).rejects.toBeInstanceOf(TooManyJobsError);
  });
});

describe('a token', () => {
  it('begins one job, and is refused for another request', async () => {
    const { records } = await openRecords(database);
    const { videoJobs } = records;
    const ids = await Promise.all(['a', 'b', 'c'].map((id) => videoJobs.begin(id, request, token)));
    expect(new Set(ids).size).toBe(1);
    expect(await videoJobs.begunBy(token)).toBe(ids[0]);
    expect(await videoJobs.list()).toHaveLength(1);
    const other = { ...token, fingerprint: 'g' };
    await expect(videoJobs.begin('d', request, other)).rejects.toBeInstanceOf(TokenMismatchError);
  });
});

describe('a job', () => {
  it('counts each part once, whoever does it', async () => {
    const { records, environment } = await openRecords(database);
    await records.videoJobs.begin('parts', request, undefined);
    await records.videoJobs.plan('parts', plan);
    const others = [records, environment().records];
    await Promise.all(
      [0, 1, 2, 0, 1, 2].map((part, i) => others[i % 2]!.videoJobs.finishPart('parts', part)),
    );
    expect((await records.videoJobs.get('parts'))?.done).toBe(3);
    expect(await records.videoJobs.doneParts('parts')).toEqual(new Set([0, 1, 2]));
  });

  it('changes no more once it has ended', async () => {
    const { records } = await openRecords(database);
    const { videoJobs } = records;
    await videoJobs.begin('over', request, undefined);
    await videoJobs.finish('over', { status: 'FAILED', message: 'why' });
    expect(await videoJobs.plan('over', plan)).toBeUndefined();
    expect(await videoJobs.finishPart('over', 0)).toBeUndefined();
    expect(await videoJobs.finish('over', { status: 'SUCCEEDED', rows: 1 })).toBeUndefined();
    expect(await videoJobs.get('over')).toMatchObject({
      status: 'FAILED',
      message: 'why',
      done: 0,
    });
  });

  it('is there for seven days after its end', async () => {
    let now = Date.UTC(2026, 0, 1);
    const { environment } = await openRecords(database);
    const { videoJobs } = environment({ clock: () => new Date(now) }).records;
    await videoJobs.begin('old', request, undefined);
    now += 2 * JOB_LIFETIME_MS;
    expect((await videoJobs.get('old'))?.status).toBe('IN_PROGRESS');
    await videoJobs.finish('old', { status: 'SUCCEEDED', rows: 0 });
    now += JOB_LIFETIME_MS - 1;
    expect(await videoJobs.get('old')).toBeDefined();
    now += 1;
    expect(await videoJobs.get('old')).toBeUndefined();
    await videoJobs.forget('old');
    expect(await videoJobs.list()).toEqual([]);
  });
});
