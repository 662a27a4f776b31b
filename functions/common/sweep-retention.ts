/**
 * A step of the sweep: deletes faces whose time is over. Four times a day it goes once through all faces of each
 * collection that keeps them for a time; a pass that is interrupted goes on where it was.
 */
import type { Collection, FaceAge, Records } from '../../layers/records/index.ts';
import { CollectionNotFoundError } from '../../layers/records/index.ts';
import { deleteWithUsers } from './leaving.ts';
import { isExpired, type Retention, retentionOf } from './retention.ts';
import type { Jobs } from './services.ts';

export interface RetentionWork {
  readonly records: Records;
  readonly jobs: Pick<Jobs, 'tailGrew'>;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly warn: (message: string, error: Error) => void;
}

const PASS_EVERY_MS = 6 * 60 * 60 * 1000;

/** Expired faces that are deleted together: what fits into one transaction. */
const AT_ONCE = 96;

/** A pass notes how far it has come after so many faces. */
const NOTE_EVERY = 5000;

/** Time to finish a portion that has been begun. */
const RESERVE_MS = 60_000;

/**
 * What fails in one collection holds up no other.
 * @param timeLeft milliseconds
 * @returns how many faces were deleted
 */
export async function sweepRetention(work: RetentionWork, timeLeft: () => number): Promise<number> {
  const proceed = () => timeLeft() > RESERVE_MS;
  let deleted = 0;
  for await (const { id } of work.records.collections.list()) {
    if (!proceed()) break;
    try {
      deleted += await sweepCollection(work, await work.records.collections.get(id), proceed);
    } catch (error) {
      if (error instanceof CollectionNotFoundError) continue;
      const cause = error instanceof Error ? error : new Error(String(error));
      work.warn(`Expired faces of ${id} were not deleted; the next sweep tries again.`, cause);
    }
  }
  return deleted;
}

async function sweepCollection(
  work: RetentionWork,
  collection: Collection,
  proceed: () => boolean,
): Promise<number> {
  const retention = retentionOf(collection);
  if (retention === undefined) return 0;
  const { retentions, faces } = work.records;
  const setting = `${retention.days} ${retention.from}`;
  const known = await retentions.get(collection);
  const isSame = known?.setting === setting;
  const now = work.clock();
  if (isSame && known.after === undefined && now - known.startedAt < PASS_EVERY_MS) return 0;
  const isGoingOn = isSame && known.after !== undefined;
  const startedAt = isGoingOn ? known.startedAt : now;
  const portion = new Portion(work, collection, retention, now);
  let seen = 0;
  for await (const face of faces.ages(collection, isGoingOn ? known.after : undefined)) {
    await portion.add(face);
    if (++seen % NOTE_EVERY > 0 && proceed()) continue;
    await portion.finish();
    await retentions.put(collection, { setting, startedAt, after: face.id });
    if (!proceed()) return portion.deleted;
  }
  await portion.finish();
  await retentions.put(collection, { setting, startedAt });
  return portion.deleted;
}

/** Faces that are dealt with together. */
class Portion {
  readonly #work: RetentionWork;
  readonly #collection: Collection;
  readonly #retention: Retention;
  readonly #now: number;
  #expired: FaceAge[] = [];
  #ageless: string[] = [];
  deleted = 0;

  constructor(work: RetentionWork, collection: Collection, retention: Retention, now: number) {
    this.#work = work;
    this.#collection = collection;
    this.#retention = retention;
    this.#now = now;
  }

  async add(face: FaceAge): Promise<void> {
    if (face.indexedAt === undefined) this.#ageless.push(face.id);
    else if (isExpired(face, this.#retention, this.#now)) this.#expired.push(face);
    if (this.#expired.length + this.#ageless.length >= AT_ONCE) await this.finish();
  }

  /** Faces of before their age was noted are as old as this. */
  async finish(): Promise<void> {
    const [expired, ageless] = [this.#expired, this.#ageless];
    this.#expired = [];
    this.#ageless = [];
    await this.#work.records.faces.markIndexed(this.#collection, ageless);
    if (expired.length === 0) return;
    const gone = await deleteWithUsers(this.#work, this.#collection, expired, 'RETENTION');
    this.deleted += gone.length;
  }
}
