/** The functions that no request waits for, with records that the test gives them. */
import type { SQSEvent } from 'aws-lambda';
import { ulid } from 'ulid';
import { describe, expect, it, vi } from 'vitest';
import { sweep } from '../../functions/common/sweep.ts';
import { createFoldHandler } from '../../functions/lambda/fold.ts';
import type { Collection, IndexName, TailEntry } from '../../layers/records/index.ts';
import { BusyError, CollectionNotFoundError, Records } from '../../layers/records/index.ts';
import { memoryDatabase } from '../support/memory/database.ts';
import { queueEvent } from './aws.ts';

const NOW = Date.UTC(2030, 0, 1);
const MINUTE = 60_000;

function collection(id: string): Collection {
  return {
    id,
    generation: `generation-${id}`,
    faceModel: '1.0',
    createdAt: new Date(NOW),
    tags: {},
  };
}

/** An entry of a tail, so many minutes old. */
function entry(count: number, minutes: number): TailEntry {
  const key = { pk: 'TAIL', sk: ulid(NOW - minutes * MINUTE) };
  return { key, kind: 'add', count, payload: new Uint8Array() };
}

/** A service with the given tails by collection, and purges by how many minutes they wait. */
function service(tails: Record<string, TailEntry[]>, purges: Record<string, number> = {}) {
  const ask = { fold: vi.fn(async () => undefined), purge: vi.fn(async () => undefined) };
  const read: string[] = [];
  /** Generations with deletions that not all shards have followed. */
  const unfollowed: string[] = [];
  const removal = { key: { pk: '', sk: '' }, version: 1, ids: new Uint8Array(16) };
  return {
    read,
    ask,
    maintenance: { collect: vi.fn(async () => ['one', 'two']) },
    warn: vi.fn(),
    foldAt: 100,
    clock: () => NOW,
    report: { oldestPurge: vi.fn(), longestTail: vi.fn(), collected: vi.fn() },
    unfollowed,
    records: {
      collections: {
        async *list(after = '') {
          for (const id of [...Object.keys(tails), 'deleted meanwhile'].sort())
            if (id > after) yield { id, faceModel: '1.0' };
        },
        async get(id: string) {
          if (!(id in tails)) throw new CollectionNotFoundError(id);
          return collection(id);
        },
      },
      tail: {
        async measure(generation: string, index: IndexName) {
          const id = generation.replace('generation-', '');
          if (index === 'users') return { length: 0, oldest: undefined };
          read.push(id);
          const entries = tails[id] ?? [];
          const length = entries.reduce((sum, { count }) => sum + count, 0);
          const [oldest] = entries.map(({ key: { sk } }) => sk).sort();
          return { length, oldest };
        },
      },
      removals: {
        read: async (generation: string, index: IndexName) =>
          index === 'faces' && unfollowed.includes(generation) ? [removal] : [],
      },
      purges: {
        pending: async () =>
          Object.entries(purges).map(([generation, minutes]) => ({
            generation,
            collectionId: 'gone',
            requestedAt: new Date(NOW - 10_000 * MINUTE),
            lastSeen: new Date(NOW - minutes * MINUTE),
          })),
      },
    },
  };
}

function expectReport(
  { report }: ReturnType<typeof service>,
  expected: Readonly<Record<'oldestPurge' | 'longestTail' | 'collected', number>>,
) {
  expect(report.oldestPurge).toHaveBeenCalledExactlyOnceWith(expected.oldestPurge);
  expect(report.longestTail).toHaveBeenCalledExactlyOnceWith(expected.longestTail);
  expect(report.collected).toHaveBeenCalledExactlyOnceWith(expected.collected);
}

const FOREVER = () => Number.POSITIVE_INFINITY;

describe('a sweep', () => {
  it('has tails folded that are long or old, and leaves the others', async () => {
    const work = service({
      empty: [],
      short: [entry(99, 59)],
      long: [entry(60, 1), entry(40, 1)],
      old: [entry(1, 1), entry(1, 60)],
    });
    await sweep(work, FOREVER);
    const folded = work.ask.fold.mock.calls.flat() as unknown as { collectionId: string }[];
    expect(folded.map(({ collectionId }) => collectionId).sort()).toEqual(['long', 'old']);
    expect(folded).toContainEqual({
      collectionId: 'old',
      generation: 'generation-old',
      index: 'faces',
    });
    expectReport(work, { longestTail: 100, oldestPurge: 0, collected: 2 });
    expect(work.warn).not.toHaveBeenCalled();
  });

  it('has purges repeated whose message should have been there long ago', async () => {
    const work = service({}, { fresh: 44, late: 45, later: 500 });
    await sweep(work, FOREVER);
    expect(work.ask.purge.mock.calls).toEqual([
      [{ generation: 'late' }],
      [{ generation: 'later' }],
    ]);
    expectReport(work, { longestTail: 0, oldestPurge: 500 * 60, collected: 2 });
  });

  it('looks at every collection once, wherever it begins', async () => {
    const ids = Array.from({ length: 30 }, (_, i) => `c${i}`);
    for (const after of [undefined, 'c0', 'c17', 'c9', 'd', 'a']) {
      const work = service(Object.fromEntries(ids.map((id) => [id, []])));
      const release = vi.fn(async () => undefined);
      await sweep(
        {
          ...work,
          records: { ...work.records, sweeps: { take: async () => ({ after, release }) } },
        },
        FOREVER,
      );
      expect([...work.read].sort()).toEqual([...ids].sort());
      expect(release).toHaveBeenCalledExactlyOnceWith(undefined);
    }
  });

  it('goes on where the one before it had no more time, and no two sweep at once', async () => {
    const database = memoryDatabase();
    await database.createTable('t');
    let now = NOW;
    const clock = () => new Date(now);
    const { sweeps } = new Records({ client: database.connect(), table: 't', clock });
    const ids = Array.from({ length: 40 }, (_, i) => `c${String(i).padStart(2, '0')}`);
    const work = service(Object.fromEntries(ids.map((id) => [id, []])));
    const swept = { ...work, records: { ...work.records, sweeps } };
    const held = await sweeps.take(60_000);
    await sweep(swept, FOREVER);
    expect(work.read).toEqual([]);
    expect(work.report.oldestPurge).not.toHaveBeenCalled();
    // Whoever held it has died.
    expect(held).toBeDefined();
    now += 60_000;
    for (let sweeps = 0; new Set(work.read).size < ids.length; sweeps++) {
      let left = 29_000;
      await sweep(swept, () => {
        left -= 1000;
        return left;
      });
      expect(sweeps).toBeLessThan(10);
    }
    expect(work.read.slice(0, ids.length)).toEqual(ids);
  });

  it('has an index folded whose shards have not followed all deletions', async () => {
    const work = service({ family: [], friends: [] });
    work.unfollowed.push('generation-family');
    await sweep(work, FOREVER);
    expect(work.ask.fold.mock.calls).toEqual([
      [{ collectionId: 'family', generation: 'generation-family', index: 'faces' }],
    ]);
  });

  it('does all the rest when one tail cannot be read and nothing can be sent', async () => {
    const work = service({ a: [entry(100, 1)], hot: [], z: [entry(200, 1)] }, { late: 45 });
    const { measure } = work.records.tail;
    work.records.tail.measure = async (generation, index) => {
      if (generation === 'generation-hot') throw new BusyError('load');
      return measure(generation, index);
    };
    work.ask.purge.mockRejectedValue(new Error('no queue'));
    work.ask.fold.mockRejectedValueOnce(new Error('no queue'));
    await sweep(work, FOREVER);
    expect(work.ask.fold).toHaveBeenCalledTimes(2);
    expectReport(work, { longestTail: 200, oldestPurge: 45 * 60, collected: 2 });
    expect(work.warn).toHaveBeenCalledTimes(3);
  });

  it('stops before its time is over, and says so', async () => {
    const ids = Array.from({ length: 30 }, (_, i) => `c${i}`);
    const work = service(Object.fromEntries(ids.map((id) => [id, []])));
    let left = 22_500;
    await sweep(work, () => {
      left -= 1000;
      return left;
    });
    expect(work.read.length).toBeGreaterThan(0);
    expect(work.read.length).toBeLessThan(30);
    expect(work.warn).toHaveBeenCalledOnce();
    expect(work.report.collected).toHaveBeenCalledExactlyOnceWith(2);
  });

  it('asks for no fold, ever, where nothing grows', async () => {
    const work = service({ empty: [], resting: [] });
    for (let i = 0; i < 100; i++) await sweep(work, FOREVER);
    expect(work.ask.fold).not.toHaveBeenCalled();
  });

  it('does all the rest when garbage cannot be collected', async () => {
    const work = service({ long: [entry(100, 1)] }, { late: 45 });
    const denied = new Error('denied');
    work.maintenance.collect.mockRejectedValue(denied);
    await sweep(work, FOREVER);
    expect(work.report.longestTail).toHaveBeenCalledExactlyOnceWith(100);
    expect(work.report.oldestPurge).toHaveBeenCalledExactlyOnceWith(45 * 60);
    expect(work.ask.fold).toHaveBeenCalledOnce();
    expect(work.ask.purge).toHaveBeenCalledOnce();
    expect(work.warn.mock.calls).toEqual([[expect.any(String), denied]]);
  });
});

describe('a fold', () => {
  const message = (collectionId: string, generation: string, more = {}) =>
    queueEvent({
      body: JSON.stringify({ collectionId, generation, index: 'faces', ...more }),
      group: 'g',
    }) as SQSEvent;

  function handler() {
    const fold = vi.fn(
      async () => ({ outcome: 'folded', added: 1, removed: 0, rebuilt: false, left: 0 }) as const,
    );
    const { records } = service({ family: [] });
    const telemetry = { info: vi.fn(), warn: vi.fn() };
    return {
      fold,
      handle: (event: SQSEvent, minutes = 15) =>
        createFoldHandler(() => ({ records, maintenance: { fold }, telemetry }))(event, {
          getRemainingTimeInMillis: () => minutes * MINUTE,
        }),
    };
  }

  it('is of the collection that the message names', async () => {
    const { fold, handle } = handler();
    expect(await handle(message('family', 'generation-family'))).toEqual({ batchItemFailures: [] });
    expect(fold).toHaveBeenCalledExactlyOnceWith(collection('family'), 'faces', {
      suspect: undefined,
    });
  });

  it('looks after the shard that a search has found lost', async () => {
    const { fold, handle } = handler();
    await handle(message('family', 'generation-family', { lostShard: 'a/b.shard' }));
    expect(fold).toHaveBeenCalledExactlyOnceWith(collection('family'), 'faces', {
      suspect: 'a/b.shard',
    });
  });

  it('checks all shards when nobody knows which is lost', async () => {
    const { fold, handle } = handler();
    await handle(message('family', 'generation-family', { lostShard: 'some' }));
    expect(fold).toHaveBeenCalledExactlyOnceWith(collection('family'), 'faces', {
      shards: 'checked',
    });
  });

  it('goes on as long as something is left, or the time is over', async () => {
    for (const [minutes, times] of [
      [15, 3],
      [1, 1],
    ] as const) {
      const { fold, handle } = handler();
      const folded = { outcome: 'folded', added: 0, removed: 0, rebuilt: false } as const;
      for (const left of [20, 4])
        fold.mockResolvedValueOnce({ ...folded, left: left as 0, added: 0 as 1 });
      await handle(message('family', 'generation-family'), minutes);
      expect(fold).toHaveBeenCalledTimes(times);
    }
  });

  it.each([
    ['has been deleted', 'nobody', 'generation-nobody'],
    ['has been deleted and created again', 'family', 'generation-before'],
  ])('is over before it began if the collection %s', async (_, id, generation) => {
    const { fold, handle } = handler();
    expect(await handle(message(id, generation))).toEqual({ batchItemFailures: [] });
    expect(fold).not.toHaveBeenCalled();
  });
});
