/**
 * How much a collection may hold, as the service has it: 20 million faces and 10 million users.
 *
 * Counting reads all counters of a collection. Far from the limit a count is good for a while; near it every
 * request counts, so that it is exceeded by no more than what is stored at the same time.
 */
import type { Collection, Counts } from './collections.ts';
import { CollectionFullError } from './errors.ts';

export const DEFAULT_QUOTAS: Counts = { faces: 20_000_000, users: 10_000_000 };

/** Beyond this share of the limit every request counts. */
const NEAR = 0.9;
/** In as much time nobody fills the last tenth. */
const FRESH_MS = 60_000;
/** Of so many collections counts are remembered. */
const REMEMBERED = 1000;

export class Quotas {
  readonly #limits: Counts;
  readonly #count: (collection: Collection) => Promise<Counts>;
  readonly #clock: () => Date;
  /** By generation: as counted, and what has been asked for here since. */
  readonly #known = new Map<string, { readonly counts: Counts; readonly at: number }>();

  constructor(
    limits: Counts,
    count: (collection: Collection) => Promise<Counts>,
    clock: () => Date,
  ) {
    this.#limits = limits;
    this.#count = count;
    this.#clock = clock;
  }

  /** Whether the collection has no room for so many more. */
  async isFull(collection: Collection, kind: keyof Counts, added: number): Promise<boolean> {
    const limit = this.#limits[kind];
    const known = this.#known.get(collection.generation);
    const now = this.#clock().getTime();
    const isFresh = known !== undefined && now - known.at < FRESH_MS;
    const isFar = isFresh && known.counts[kind] + added <= NEAR * limit;
    const { counts, at } = isFar ? known : { counts: await this.#count(collection), at: now };
    const next = counts[kind] + added;
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    this.#known.set(collection.generation, { counts: { ...counts, [kind]: next }, at });
    return next > limit;
  }

  error({ id }: Collection, kind: keyof Counts): CollectionFullError {
    return new CollectionFullError(id, kind, this.#limits[kind]);
  }
}
