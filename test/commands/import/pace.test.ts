/** How fast an import goes, what errors mean for it, and how it says how far it is. */
import { ConflictException, RekognitionServiceException } from '@aws-sdk/client-rekognition';
import { describe, expect, it } from 'vitest';
import { Bottleneck } from '../../../infra/commands/import/bottleneck.ts';
import { Pace, type Spent } from '../../../infra/commands/import/pace.ts';
import { duration, Progress } from '../../../infra/commands/import/progress.ts';
import { Room } from '../../../infra/commands/import/room.ts';
import { partsOf, spentOf } from '../../../infra/commands/import/server-timing.ts';
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

  /** So many requests, as many at once as may be. @returns the most that were under way together */
  const runMany = async (pace: Pace, count: number, spent?: Spent) => {
    let running = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: count }, async () => {
        await pace.run(async () => {
          most = Math.max(most, ++running);
          await new Promise((resolve) => setImmediate(resolve));
          running--;
        });
        pace.answered(spent);
      }),
    );
    return most;
  };

  it('is never faster than it may be, and lets requests through one by one', async () => {
    expect(await runMany(create(3).pace, 20)).toBe(3);
  });

  it('has as many at once as it may have while nobody waits', async () => {
    const { pace } = create(16);
    await runMany(pace, 400);
    expect(pace.limit).toBe(16);
  });

  it('does not grow by what is answered to few', async () => {
    const { pace } = create(16);
    for (let i = 0; i < 100; i++) await runMany(pace, 1);
    expect(pace.limit).toBeLessThan(8);
  });

  it.each([1, 2, 4, 16])(
    'finds out how many a service of %d threads is busy with',
    async (threads) => {
      const { pace } = create(64);
      const limits: number[] = [];
      for (let i = 0; i < 600; i++) {
        // Little's law, for a service that works on so many: whoever comes beyond them waits.
        const queued = Math.max(0, 1 - threads / pace.limit);
        await runMany(pace, pace.limit, { queued, travelled: 0 });
        limits.push(pace.limit);
      }
      const settled = limits.slice(-100);
      expect(Math.min(...settled)).toBeGreaterThanOrEqual(threads);
      expect(Math.max(...settled)).toBeLessThanOrEqual(threads + 2);
    },
  );

  it('does not share a slow network among more and more', async () => {
    const { pace } = create(64);
    await runMany(pace, 500, { queued: 0, travelled: 0.9 });
    expect(pace.limit).toBeLessThan(16);
  });

  it('takes no more photographs in hand than it is about to send', async () => {
    const { pace } = create(1);
    let inHand = 0;
    let most = 0;
    const photographs = Array.from({ length: 10 }, () =>
      pace.take(async () => {
        most = Math.max(most, ++inHand);
        await pace.run(() => new Promise((resolve) => setImmediate(resolve)));
        inHand--;
      }),
    );
    await Promise.all(photographs);
    expect(most).toBe(3);
  });

  it('halves when it is refused, pauses longer each time, and recovers', async () => {
    const { pace, slept, pass } = create(8);
    await runMany(pace, 400);
    const limits: number[] = [];
    for (let i = 0; i < 4; i++) {
      pace.refused();
      limits.push(pace.limit);
      await pace.run(async () => undefined);
      pass(1);
    }
    expect(limits).toEqual([4, 2, 1, 1]);
    expect(slept).toEqual([200, 400, 800, 1600]);
    expect(pace.isHeldBack).toBe(true);
    await runMany(pace, 400);
    pass(60_000);
    expect(pace.limit).toBe(8);
    expect(pace.isHeldBack).toBe(false);
  });

  it('takes refusals of requests that were under way together for one', () => {
    const { pace } = create(8);
    for (let i = 0; i < 8; i++) pace.refused();
    expect(pace.limit).toBe(2);
  });
});

describe('memory', () => {
  it('is used by no more than fit, in turn, and by one that is larger than all of it alone', async () => {
    const room = new Room(10);
    let used = 0;
    const seen: number[] = [];
    const use = (bytes: number) =>
      room.use(bytes, async () => {
        used += bytes;
        seen.push(used);
        await new Promise((resolve) => setImmediate(resolve));
        used -= bytes;
      });
    await Promise.all([4, 4, 4, 25, 0, 10].map(use));
    expect(seen).toEqual([4, 8, 8, 25, 25, 10]);
  });
});

describe('the time of an answer', () => {
  it('is what the service says, and the rest is the network', () => {
    const time = { total: 200, header: 'wait;dur=50.0, work;dur=100.0' };
    expect(partsOf(time)).toEqual({ network: 50, service: 150 });
    expect(spentOf(time)).toEqual({ queued: 0.25, travelled: 0.25 });
  });

  it.each([undefined, '', 'cdn-cache;desc=HIT', 'wait;dur=x, work;dur=1'])(
    'is the service as a whole where that says nothing: %s',
    (header) => {
      expect(partsOf({ total: 200, header })).toEqual({ network: 0, service: 200 });
      expect(spentOf({ total: 200, header })).toBeUndefined();
    },
  );
});

describe('what limits', () => {
  it('is where photographs are longest, unless the service asks to slow down', () => {
    const bottleneck = new Bottleneck();
    expect(bottleneck.inWords(false)).toBeUndefined();
    bottleneck.add({ reading: 1, network: 2, service: 90 });
    expect(bottleneck.inWords(false)).toBe('the service');
    for (let i = 0; i < 100; i++) bottleneck.add({ reading: 1, network: 300, service: 90 });
    expect(bottleneck.inWords(false)).toBe('the network');
    for (let i = 0; i < 100; i++) bottleneck.add({ reading: 900, network: 300, service: 90 });
    expect(bottleneck.inWords(false)).toBe('reading the photographs');
    expect(bottleneck.inWords(true)).toBe('the service, which asks to slow down');
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
  const start = (isTTY: boolean, total: number, pace?: () => string | undefined) => {
    let now = 0;
    const written: string[] = [];
    const output = { isTTY, write: (text: string) => written.push(text) > 0 };
    const progress = new Progress({ output, total, clock: () => now, ...(pace && { pace }) });
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

  it('says how many there are at once and what limits them, until all are done', () => {
    const { written, step } = start(false, 3, () => '3 at once, limited by the service');
    for (let i = 0; i < 3; i++) step(10_000, true);
    expect(written[1]).toMatch(/ 0:10 left {2}3 at once, limited by the service\n$/);
    expect(written[2]).toMatch(/^3\/3 .*\/s\n$/);
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
