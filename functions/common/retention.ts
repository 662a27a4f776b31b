/**
 * How long faces are kept, by tags of their collection:
 *
 * | tag                        |                                                                   |
 * |----------------------------|-------------------------------------------------------------------|
 * | `recollect:retention-days` | faces are deleted so many days after they were indexed, 1 to 36500 |
 * | `recollect:retention-from` | `indexing`, or `match`: after a search last found them            |
 */
import { ServiceError } from '../../layers/protocol/index.ts';
import type { Collection, FaceAge, Records } from '../../layers/records/index.ts';

export const RETENTION_DAYS_TAG = 'recollect:retention-days';
export const RETENTION_FROM_TAG = 'recollect:retention-from';

export interface Retention {
  readonly days: number;
  readonly from: 'indexing' | 'match';
}

type Tags = Readonly<Record<string, string>>;

const MOST_DAYS = 36_500;
const DAY_MS = 24 * 60 * 60 * 1000;

/** @throws ServiceError InvalidParameterException for tags that would mean nothing */
export function requireRetention(tags: Tags): void {
  const { [RETENTION_DAYS_TAG]: days, [RETENTION_FROM_TAG]: from } = tags;
  if (days !== undefined && daysOf(days) === undefined) {
    throw new ServiceError(
      'InvalidParameterException',
      `The tag ${RETENTION_DAYS_TAG} must be a whole number of days from 1 to ${MOST_DAYS}, not "${days}".`,
    );
  }
  if (from !== undefined && fromOf(from) === undefined) {
    throw new ServiceError(
      'InvalidParameterException',
      `The tag ${RETENTION_FROM_TAG} must be indexing or match, not "${from}".`,
    );
  }
}

/** @returns undefined where faces are kept for good; what means nothing deletes nothing */
export function retentionOf({ tags }: Pick<Collection, 'tags'>): Retention | undefined {
  const days = daysOf(tags[RETENTION_DAYS_TAG] ?? '');
  const from = fromOf(tags[RETENTION_FROM_TAG] ?? 'indexing');
  return days === undefined || from === undefined ? undefined : { days, from };
}

/** @param now milliseconds since the epoch */
export function isExpired(
  { indexedAt, matchedAt }: FaceAge,
  { days, from }: Retention,
  now: number,
): boolean {
  if (indexedAt === undefined) return false;
  const since = from === 'match' ? Math.max(indexedAt, matchedAt ?? 0) : indexedAt;
  return now - since >= days * DAY_MS;
}

/** Notes that faces were found, where that keeps them longer. @param ids of the faces, distinct */
export async function noteMatches(
  { records }: { readonly records: Pick<Records, 'faces'> },
  collection: Collection,
  ids: readonly string[],
): Promise<void> {
  if (retentionOf(collection)?.from === 'match') await records.faces.markMatched(collection, ids);
}

function daysOf(text: string): number | undefined {
  const days = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return days >= 1 && days <= MOST_DAYS ? days : undefined;
}

function fromOf(text: string): Retention['from'] | undefined {
  return text === 'indexing' || text === 'match' ? text : undefined;
}
