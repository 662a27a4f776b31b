/** The rows of a result in pages, in two orders, held no longer than it takes. */
import { numbered, type VideoResults } from './results.ts';

/** As many as the API returns at once. */
export const PAGE_ROWS = 1000;

export type Order = 'TIMESTAMP' | 'INDEX';

/** Who was found in the collection, one line a person. */
export const PERSONS = 'persons';

export function pageName(order: Order, page: number): string {
  return numbered(order === 'INDEX' ? 'index' : 'time', page);
}

/** Writes each page when all of its rows have come, in whatever order they come. */
export class PageWriter {
  readonly #results: Pick<VideoResults, 'put'>;
  readonly #jobId: string;
  readonly #order: Order;
  readonly #total: number;
  readonly #pages = new Map<number, { readonly rows: string[]; left: number }>();

  constructor(results: Pick<VideoResults, 'put'>, jobId: string, order: Order, total: number) {
    this.#results = results;
    this.#jobId = jobId;
    this.#order = order;
    this.#total = total;
  }

  /** @param position of the row in the order, 0 to the total, each once */
  async add(position: number, row: string): Promise<void> {
    const number = Math.floor(position / PAGE_ROWS);
    const size = Math.min(PAGE_ROWS, this.#total - number * PAGE_ROWS);
    const page = this.#pages.get(number) ?? { rows: new Array<string>(size), left: size };
    this.#pages.set(number, page);
    page.rows[position % PAGE_ROWS] = row;
    page.left -= 1;
    if (page.left > 0) return;
    this.#pages.delete(number);
    await this.#results.put(this.#jobId, pageName(this.#order, number), page.rows);
  }
}
