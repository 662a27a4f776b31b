/** A merge of two users, and the note of it in the table. */
import { mergeKey } from './keys.ts';
import type { Item } from './table.ts';

/** `merging` and `undoing` are under way, or were when somebody died. */
export type MergeState = 'merging' | 'merged' | 'undoing';

export interface Merge {
  readonly id: string;
  readonly state: MergeState;
  /** The user that there is no more. */
  readonly source: string;
  readonly target: string;
  /** Ids of the faces that came along. */
  readonly faceIds: readonly string[];
  /** What was said of it when it began, as JSON has it. */
  readonly preview: object;
}

/** What came of undoing one. */
export interface Undone extends Merge {
  /** Faces that are of the source again. */
  readonly returned: readonly string[];
}

/** A merge can be undone for so long: seconds. */
const LIFETIME_S = 30 * 24 * 60 * 60;

/** @param now milliseconds since the epoch, as everywhere here */
export function toItem(generation: string, { id, preview, ...merge }: Merge, now: number): Item {
  return {
    ...mergeKey(generation, id),
    ...merge,
    preview: JSON.stringify(preview),
    expires: Math.floor(now / 1000) + LIFETIME_S,
  };
}

/** @returns undefined for a note that has expired: the table's TTL deletes it some time after */
export function fromItem(item: Item, now: number): Merge | undefined {
  const { sk, state, source, target, faceIds, preview, expires } = item;
  if (Number(expires) * 1000 <= now) return undefined;
  return {
    id: sk,
    state: state as MergeState,
    source: String(source),
    target: String(target),
    faceIds: faceIds as string[],
    preview: JSON.parse(String(preview)) as object,
  };
}
