/** The functions that no request waits for, with records that the test gives them. */
import type { SQSEvent } from 'aws-lambda';
import { ulid } from 'ulid';
import { describe, expect, it, vi } from 'vitest';
import { sweep } from '../../functions/common/sweep.ts';
import { createFoldHandler } from '../../functions/lambda/fold.ts';
import type { Collection, IndexName, TailEntry } from '../../layers/records/index.ts';
import { CollectionNotFoundError } from '../../layers/records/index.ts';
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
  return {
    read,
    ask,
    maintenance: { collect: vi.fn(async () => ['one', 'two']) },
    warn: vi.fn(),
    foldAt: 100,
    clock: () => NOW,
    random: () => 0.5,
    records: {
      collections: {
        async *list() {
          for (const id of [...Object.keys(tails), 'deleted meanwhile'])
            yield { id, faceModel: '1.0' };
        },
        async get(id: string) {
          if (!(id in tails)) throw new CollectionNotFoundError(id);
          return collection(id);
        },
      },
      tail: {
        async read(generation: string, index: IndexName) {
          const id = generation.replace('generation-', '');
          if (index === 'users') return [];
          read.push(id);
          return tails[id] ?? [];
        },
      },
      purges: {
        pending: async () =>
          Object.entries(purges).map(([generation, minutes]) => ({
            generation,
            collectionId: 'gone',
            requestedAt: new Date(NOW - minutes * MINUTE),
          })),
      },
    },
  };
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
    const found = await sweep(work, FOREVER);
    const folded = work.ask.fold.mock.calls.flat() as unknown as { collectionId: string }[];
    expect(folded.map(({ collectionId }) => collectionId).sort()).toEqual(['long', 'old']);
    expect(folded).toContainEqual({
      collectionId: 'old',
      generation: 'generation-old',
      index: 'faces',
    });
    expect(found).toEqual({ longestTail: 100, oldestPurge: 0, collected: 2 });
    expect(work.warn).not.toHaveBeenCalled();
  });

  it('has purges repeated whose message should have been there long ago', async () => {
    const work = service({}, { fresh: 44, late: 45, later: 500 });
    const found = await sweep(work, FOREVER);
    expect(work.ask.purge.mock.calls).toEqual([
      [{ generation: 'late' }],
      [{ generation: 'later' }],
    ]);
    expect(found).toEqual({ longestTail: 0, oldestPurge: 500 * 60, collected: 2 });
  });

  it('looks at every collection once, wherever it begins', async () => {
    const ids = Array.from({ length: 30 }, (_, i) => `c${i}`);
    for (const start of [0, 0.4, 0.999]) {
      const work = {
        ...service(Object.fromEntries(ids.map((id) => [id, []]))),
        random: () => start,
      };
      await sweep(work, FOREVER);
      expect([...work.read].sort()).toEqual([...ids].sort());
    }
  });

  it('stops before its time is over, and says so', async () => {
    const ids = Array.from({ length: 30 }, (_, i) => `c${i}`);
    const work = service(Object.fromEntries(ids.map((id) => [id, []])));
    let left = 40_000;
    const found = await sweep(work, () => {
      left -= 1000;
      return left;
    });
    expect(work.read.length).toBeGreaterThan(0);
    expect(work.read.length).toBeLessThan(30);
    expect(work.warn).toHaveBeenCalledOnce();
    expect(found.collected).toBe(2);
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
    const found = await sweep(work, FOREVER);
    expect(found).toEqual({ longestTail: 100, oldestPurge: 45 * 60, collected: 0 });
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
      async () => ({ outcome: 'folded', added: 1, removed: 0, rebuilt: false }) as const,
    );
    const { records } = service({ family: [] });
    const telemetry = { info: vi.fn(), warn: vi.fn() };
    return {
      fold,
      handle: createFoldHandler(() => ({ records, maintenance: { fold }, telemetry })),
    };
  }

  it('is of the collection that the message names', async () => {
    const { fold, handle } = handler();
    expect(await handle(message('family', 'generation-family'))).toEqual({ batchItemFailures: [] });
    expect(fold).toHaveBeenCalledExactlyOnceWith(collection('family'), 'faces', 'trusted');
  });

  it('checks the shards when a search has found one lost', async () => {
    const { fold, handle } = handler();
    await handle(message('family', 'generation-family', { isShardLost: true }));
    expect(fold).toHaveBeenCalledExactlyOnceWith(collection('family'), 'faces', 'checked');
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
