/**
 * Pairs of records that resemble each other, each once: a record and those with greater ids, in the order of
 * both. Exact, and resumable behind any pair; of the records only one page and its neighbours are held.
 */
import type { Collection } from '../../layers/records/index.ts';
import type { Embedded } from '../../layers/vectors/index.ts';
import { type Nearness, type NeighbourSource, neighbours } from './neighbours.ts';

export interface Pair<R> {
  readonly one: R;
  readonly other: R;
  readonly cosine: number;
}

/** Behind which pair the next page begins, as `one/other`; `one/` is behind all pairs of one. */
export type Position = string;

export interface DuplicatesPage<R> {
  readonly pairs: readonly Pair<R>[];
  /** Undefined at the end. */
  readonly next: Position | undefined;
}

export interface DuplicatesOptions {
  readonly nearness: Nearness;
  /** Pairs, at least 1. */
  readonly most: number;
  readonly after: Position | undefined;
  /** Asked between two records; one is always gone over. */
  readonly proceed: () => boolean;
}

export async function duplicates<R extends Embedded>(
  source: NeighbourSource<R>,
  collection: Collection,
  { nearness, most, after, proceed }: DuplicatesOptions,
): Promise<DuplicatesPage<R>> {
  const [one = '', other = ''] = after?.split('/') ?? [];
  // The record in the middle of whose pairs the last page ended comes first once more.
  const begin = other === '' ? one : before(one);
  const pairs: Pair<R>[] = [];
  for await (const record of source.all(begin || undefined)) {
    const least = record.id === one ? other : record.id;
    const found = await neighbours(source, collection, record, nearness, (each) =>
      each.id > least ? each : undefined,
    );
    for (const { kept, cosine } of found) {
      pairs.push({ one: record, other: kept, cosine });
      if (pairs.length === most) return { pairs, next: `${record.id}/${kept.id}` };
    }
    if (!proceed()) return { pairs, next: `${record.id}/` };
  }
  return { pairs, next: undefined };
}

/** A text that sorts before a UUID, and behind every smaller one. */
function before(id: string): string {
  const last = id.charCodeAt(id.length - 1) - 1;
  return `${id.slice(0, -1)}${String.fromCharCode(last)}~`;
}
