/** The functions that no request waits for, with records that the test gives them. */
import type { SQSEvent } from 'aws-lambda';
import { ulid } from 'ulid';
import { describe, expect, it, vi } from 'vitest';
import { createFoldHandler } from '../../functions/lambda/fold.ts';
import { sweep } from '../../functions/lambda/sweep.ts';
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
  const queues = { fold: vi.fn(async () => undefined), purge: vi.fn(async () => undefined) };
  const telemetry = { sweep: vi.fn(), warn: vi.fn() };
  const read: string[] = [];
  return {
    read,
    queues,
    telemetry,
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
    await sweep(work, FOREVER);
    const folded = work.queues.fold.mock.calls.flat() as unknown as { collectionId: string }[];
    expect(folded.map(({ collectionId }) => collectionId).sort()).toEqual(['long', 'old']);
    expect(folded).toContainEqual({
      collectionId: 'old',
      generation: 'generation-old',
      index: 'faces',
    });
    expect(work.telemetry.sweep).toHaveBeenCalledExactlyOnceWith(100, 0);
    expect(work.telemetry.warn).not.toHaveBeenCalled();
  });

  it('has purges repeated whose message should have been there long ago', async () => {
    const work = service({}, { fresh: 44, late: 45, later: 500 });
    await sweep(work, FOREVER);
    expect(work.queues.purge.mock.calls).toEqual([
      [{ generation: 'late' }],
      [{ generation: 'later' }],
    ]);
    expect(work.telemetry.sweep).toHaveBeenCalledExactlyOnceWith(0, 500 * 60);
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
    await sweep(work, () => {
      left -= 1000;
      return left;
    });
    expect(work.read.length).toBeGreaterThan(0);
    expect(work.read.length).toBeLessThan(30);
    expect(work.telemetry.warn).toHaveBeenCalledOnce();
    expect(work.telemetry.sweep).toHaveBeenCalledOnce();
  });
});

describe('a fold', () => {
  const message = (collectionId: string, generation: string) =>
    queueEvent({
      body: JSON.stringify({ collectionId, generation, index: 'faces' }),
      group: 'g',
    }) as SQSEvent;

  function handler() {
    const fold = vi.fn(async () => ({ outcome: 'folded', added: 1, removed: 0 }) as const);
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
    expect(fold).toHaveBeenCalledExactlyOnceWith(collection('family'), 'faces');
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
