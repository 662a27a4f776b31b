/** What is noted at faces that stay: when they were found, how old they are, and that a slot has no vector of theirs. */
import { inParallel } from './batches.ts';
import type { Collection } from './collections.ts';
import { FaceReader } from './face-reader.ts';
import { faceKey, type Slot } from './keys.ts';
import type { Place } from './slots.ts';
import { attributesOf } from './slots.ts';
import type { Table } from './table.ts';

/** Matches are noted once a day, so that a face that is found all the time costs one write. */
const MATCH_PERIOD_MS = 24 * 60 * 60 * 1000;
const PARALLEL_MARKS = 16;

export class FaceMarks extends FaceReader {
  readonly #table: Table;
  readonly #clock: () => Date;

  constructor(table: Table, clock: () => Date) {
    super(table);
    this.#table = table;
    this.#clock = clock;
  }

  /** Takes the vectors of a slot from faces; may be repeated. */
  async strip({ generation }: Place, slot: Slot, ids: readonly string[]): Promise<void> {
    const { vector, faceModel, norm } = attributesOf({ slot });
    await inParallel(ids, PARALLEL_MARKS, (id) =>
      this.#table.update(faceKey(generation, id), {
        expression: `REMOVE ${vector}, ${faceModel}, ${norm}`,
        condition: 'attribute_exists(pk)',
        values: {},
      }),
    );
  }

  /** Notes that faces have been found by a search, unless that was noted within a day. */
  async markMatched(
    { generation }: Pick<Collection, 'generation'>,
    ids: readonly string[],
  ): Promise<void> {
    const now = this.#clock().getTime();
    await inParallel(ids, PARALLEL_MARKS, (id) =>
      this.#table.update(faceKey(generation, id), {
        expression: 'SET matchedAt = :now',
        condition:
          'attribute_exists(pk) AND (attribute_not_exists(matchedAt) OR matchedAt < :before)',
        values: { ':now': now, ':before': now - MATCH_PERIOD_MS },
      }),
    );
  }

  /** Notes for faces of before it was noted that they are as old as that. */
  async markIndexed(
    { generation }: Pick<Collection, 'generation'>,
    ids: readonly string[],
  ): Promise<void> {
    await inParallel(ids, PARALLEL_MARKS, (id) =>
      this.#table.update(faceKey(generation, id), {
        expression: 'SET indexedAt = :now',
        condition: 'attribute_exists(pk) AND attribute_not_exists(indexedAt)',
        values: { ':now': this.#clock().getTime() },
      }),
    );
  }
}
