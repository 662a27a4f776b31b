/** How fast an import goes, what errors mean for it, and how it says how far it is. */
import { ConflictException, RekognitionServiceException } from '@aws-sdk/client-rekognition';
import { describe, expect, it } from 'vitest';
import { Pace } from '../../../infra/commands/import/pace.ts';
import { duration, Progress } from '../../../infra/commands/import/progress.ts';
import { meaningOf } from '../../../infra/commands/import/service.ts';

describe('the pace', () => {
  const create = (most: number) => {
    let now = 0;
    const slept: number[] = [];
    const pace = new Pace({
      most,
      clock: () => now,
      sleep: async (milliseconds) => {
        slept.push(milliseconds);
        now += milliseconds;
      },
      random: () => 1,
    });
    const pass = (milliseconds: number) => {
      now += milliseconds;
    };
    return { pace, slept, pass };
  };

  it('is never faster than it may be, and lets requests through one by one', async () => {
    const { pace } = create(3);
    let running = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 20 }, () =>
        pace.run(async () => {
          most = Math.max(most, ++running);
          await new Promise((resolve) => setTimeout(resolve, 1));
          running--;
        }),
      ),
    );
    expect(most).toBe(3);
  });

  it('halves when it is refused, pauses longer each time, and recovers', async () => {
    const { pace, slept, pass } = create(8);
    const limits: number[] = [];
    for (let i = 0; i < 4; i++) {
      pace.refused();
      limits.push(pace.limit);
      await pace.run(async () => undefined);
      pass(1);
    }
    expect(limits).toEqual([4, 2, 1, 1]);
    expect(slept).toEqual([200, 400, 800, 1600]);
    for (let i = 0; i < 100; i++) pace.answered();
    expect(pace.limit).toBe(8);
  });

  it('takes refusals of requests that were under way together for one', () => {
    const { pace } = create(8);
    for (let i = 0; i < 8; i++) pace.refused();
    expect(pace.limit).toBe(4);
  });
});

describe('an error', () => {
  const metadata = (httpStatusCode: number) => ({ $metadata: { httpStatusCode } });
  const named = (name: string, status = 400) =>
    new RekognitionServiceException({ name, $fault: 'client', message: '', ...metadata(status) });

  it.each([
    [named('InvalidImageFormatException'), 'rejected'],
    [named('ImageTooLargeException'), 'rejected'],
    [named('ThrottlingException'), 'slow'],
    [named('ProvisionedThroughputExceededException'), 'slow'],
    [named('Whatever', 503), 'slow'],
    [named('InternalServerError', 500), 'passing'],
    [new ConflictException({ message: '', ...metadata(400) }), 'passing'],
    [Object.assign(new Error(), { code: 'ECONNREFUSED' }), 'passing'],
    [Object.assign(new Error(), { name: 'TimeoutError' }), 'passing'],
    [named('AccessDeniedException'), 'fatal'],
    [named('UnrecognizedClientException'), 'fatal'],
    [named('ResourceNotFoundException'), 'fatal'],
    [new TypeError('A bug.'), 'fatal'],
  ])('means what the import does about it: %s', (error, meaning) => {
    expect(meaningOf(error)).toBe(meaning);
  });
});

describe('progress', () => {
  const totals = { photographs: 0, faces: 7, rejected: 1, userProblems: 0 };
  const start = (isTTY: boolean, total: number) => {
    let now = 0;
    const written: string[] = [];
    const output = { isTTY, write: (text: string) => written.push(text) > 0 };
    const progress = new Progress({ output, total, clock: () => now });
    const step = (milliseconds: number, wasWork: boolean) => {
      now += milliseconds;
      progress.count(wasWork, totals);
    };
    return { written, progress, step };
  };

  it('is plain lines where there is no terminal, every ten seconds', () => {
    const { written, step } = start(false, 100);
    for (let i = 0; i < 50; i++) step(500, true);
    expect(written).toHaveLength(3);
    expect(written.at(-1)).toBe('41/100  7 faces  1 rejected  2.0/s  0:30 left\n');
  });

  it('is a bar on a terminal, and leaves its line at the end', () => {
    const { written, progress, step } = start(true, 4);
    for (let i = 0; i < 4; i++) step(1000, true);
    progress.end(totals);
    expect(written[1]).toContain('[############............] 2/4');
    expect(written.at(-2)).toMatch(/\[########################\] 4\/4 .*\/s$/);
    expect(written.at(-1)).toBe('\n');
  });

  it('does not count what was done before as speed', () => {
    const { written, step } = start(true, 200);
    for (let i = 0; i < 100; i++) step(0, false);
    for (let i = 0; i < 10; i++) step(1000, true);
    expect(written.at(-1)).toContain('110/200  7 faces  1 rejected  1.0/s  1:30 left');
  });

  it.each([
    [0, '0:00'],
    [59.6, '1:00'],
    [3599, '59:59'],
    [3723, '1:02:03'],
  ])('prints %d seconds as %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});
