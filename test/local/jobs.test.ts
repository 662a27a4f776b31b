/** Work after the answer on one machine: what is begun when, and what is begun only once. */
import { ulid } from 'ulid';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LocalJobs, type LocalWork } from '../../infra/local/jobs.ts';
import type { Collection } from '../../layers/records/index.ts';

const START = Date.UTC(2030, 0, 1);
const MINUTE = 60_000;

const family: Collection = {
  id: 'family',
  generation: 'g1',
  faceModel: '1.0',
  createdAt: new Date(START),
  tags: {},
};

/** A machine whose one collection has one entry in its tail, so many minutes old. */
function machine(minutes: number) {
  const folded = { outcome: 'folded', added: 1, removed: 0, rebuilt: false, left: 0 } as const;
  const maintenance = {
    fold: vi.fn(async () => folded),
    purge: vi.fn(async () => 'purged' as const),
    pendingPurges: vi.fn(async () => ['g0']),
    collect: vi.fn(async () => []),
  };
  const key = { pk: 'TAIL', sk: ulid(START - minutes * MINUTE) };
  const records = {
    collections: {
      async *list() {
        yield { id: 'family', faceModel: '1.0' };
      },
      get: async () => family,
    },
    tail: {
      measure: async (_: string, index: string) =>
        index === 'faces' ? { length: 1, oldest: key.sk } : { length: 0, oldest: undefined },
    },
    removals: { read: async () => [] },
    purges: { pending: async () => [] },
  };
  return { maintenance, records };
}

let now: number;
let warn: ReturnType<typeof vi.fn<(message: string, error: Error) => void>>;
let jobs: LocalJobs;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  now = START;
  warn = vi.fn();
  jobs = new LocalJobs({ foldAt: 10, warn, clock: () => now });
});
afterEach(async () => {
  await jobs.stop();
  vi.useRealTimers();
});

const start = async (minutes: number) => {
  const work = machine(minutes);
  await jobs.start(work as unknown as LocalWork);
  await settled();
  return work.maintenance;
};
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('at the start', () => {
  it('purges what was left, collects garbage and folds an old tail', async () => {
    const { purge, collect, fold } = await start(60);
    expect(purge).toHaveBeenCalledExactlyOnceWith('g0');
    expect(collect).toHaveBeenCalledOnce();
    expect(fold).toHaveBeenCalledExactlyOnceWith(family, 'faces', { suspect: undefined });
  });
});

describe('by the clock', () => {
  it('folds a short tail once it is an hour old, and collects garbage each time', async () => {
    const { collect, fold } = await start(0);
    expect(fold).not.toHaveBeenCalled();
    for (let quarter = 1; quarter <= 4; quarter++) {
      now = START + quarter * 15 * MINUTE;
      vi.advanceTimersByTime(15 * MINUTE);
      await settled();
      expect(fold).toHaveBeenCalledTimes(quarter === 4 ? 1 : 0);
    }
    expect(collect).toHaveBeenCalledTimes(5);
  });

  it('goes on after a failure', async () => {
    const { collect } = await start(0);
    collect.mockRejectedValueOnce(new Error('no disk'));
    for (let i = 0; i < 2; i++) {
      vi.advanceTimersByTime(15 * MINUTE);
      await settled();
    }
    expect(warn).toHaveBeenCalledOnce();
    expect(collect).toHaveBeenCalledTimes(3);
  });
});

describe('a lost shard', () => {
  it('is repaired once, however many searches meet it, and again after five minutes', async () => {
    const { fold } = await start(0);
    for (let i = 0; i < 20; i++) {
      await jobs.shardLost(family, 'faces', 'a.shard');
      await settled();
    }
    expect(fold).toHaveBeenCalledExactlyOnceWith(family, 'faces', { suspect: 'a.shard' });
    now += 5 * MINUTE;
    await jobs.shardLost(family, 'faces', 'a.shard');
    await settled();
    expect(fold).toHaveBeenCalledTimes(2);
  });

  it('is repaired at the next search if another fold got in between', async () => {
    const { fold } = await start(0);
    fold.mockResolvedValueOnce({
      outcome: 'lost to another fold' as 'folded',
      added: 0 as 1,
      removed: 0,
      rebuilt: false,
      left: 0,
    });
    for (let i = 0; i < 3; i++) {
      await jobs.shardLost(family, 'users', 'a.shard');
      await settled();
    }
    expect(fold).toHaveBeenCalledTimes(2);
  });
});

describe('a tail', () => {
  it('is folded when it has grown by as much as is worth it, and then from zero again', async () => {
    const { fold } = await start(0);
    for (let i = 1; i <= 19; i++) {
      await jobs.tailGrew(family, 'faces', 1);
      await settled();
      expect(fold).toHaveBeenCalledTimes(i < 10 ? 0 : 1);
    }
    await jobs.tailGrew(family, 'faces', 1);
    await settled();
    expect(fold).toHaveBeenCalledTimes(2);
  });
});
