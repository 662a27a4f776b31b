/** Cutting a page out of a sequence. */

export interface Page<T> {
  readonly items: T[];
  /** The last item of the page, if others follow it. */
  readonly last?: T;
}

/** @param size at least 1 */
export async function takePage<T>(sequence: AsyncIterable<T>, size: number): Promise<Page<T>> {
  const items: T[] = [];
  for await (const item of sequence) {
    const last = items.at(-1);
    if (items.length === size && last !== undefined) return { items, last };
    items.push(item);
  }
  return { items };
}

/** What MaxResults stands for where it is absent or 0. */
export const DEFAULT_PAGE_SIZE = 1000;
