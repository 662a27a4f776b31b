/** Cutting pages out of a sequence. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { takePage } from '../../functions/common/pages.ts';

describe('takePage', () => {
  it('takes what fits and names the last item where others follow', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer()),
        fc.integer({ min: 1, max: 12 }),
        async (all, size) => {
          const { items, last } = await takePage(sequence(all), size);
          expect(items).toEqual(all.slice(0, size));
          expect(last).toBe(all.length > size ? all[size - 1] : undefined);
        },
      ),
    );
  });

  it('reads one item beyond the page and ends the sequence there', async () => {
    const read: number[] = [];
    let ended = false;
    async function* endless() {
      try {
        for (let item = 0; ; item++) {
          read.push(item);
          yield item;
        }
      } finally {
        ended = true;
      }
    }
    expect(await takePage(endless(), 3)).toEqual({ items: [0, 1, 2], last: 2 });
    expect(read).toEqual([0, 1, 2, 3]);
    expect(ended).toBe(true);
  });

  it('fails with the sequence', async () => {
    async function* broken() {
      yield 1;
      throw new Error('gone');
    }
    await expect(takePage(broken(), 5)).rejects.toThrow('gone');
  });
});

async function* sequence<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
