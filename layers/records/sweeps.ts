/**
 * Who sweeps, and how far the last sweep came: one at a time, and each goes on where the one before it ended.
 * Who dies holding the lease holds up the next one for no longer than it was granted.
 */
import { SWEEP } from './keys.ts';
import type { Table } from './table.ts';

export interface SweepLease {
  /** The collection after which to begin; undefined for the first one. */
  readonly after: string | undefined;
  /** @param after the last collection that was looked at; undefined if all of them were */
  release(after: string | undefined): Promise<void>;
}

export class Sweeps {
  readonly #table: Pick<Table, 'get' | 'put'>;
  readonly #clock: () => Date;
  readonly #newId: () => string;

  constructor(table: Pick<Table, 'get' | 'put'>, clock: () => Date, newId: () => string) {
    this.#table = table;
    this.#clock = clock;
    this.#newId = newId;
  }

  /** @param milliseconds for which it is granted @returns undefined while somebody else sweeps */
  async take(milliseconds: number): Promise<SweepLease | undefined> {
    const holder = this.#newId();
    const before = await this.#table.get(SWEEP);
    const after = before?.['after'] as string | undefined;
    const now = this.#clock().getTime();
    const item = { ...SWEEP, holder, leasedUntil: now + milliseconds, after };
    const isFree = 'attribute_not_exists(pk) OR leasedUntil <= :now';
    if (!(await this.#table.put(item, isFree, { ':now': now }))) return undefined;
    return {
      after,
      release: async (next) => {
        const free = { ...SWEEP, holder, leasedUntil: 0, after: next };
        // If it has run out meanwhile, somebody else holds one.
        await this.#table.put(free, 'holder = :holder', { ':holder': holder });
      },
    };
  }
}
