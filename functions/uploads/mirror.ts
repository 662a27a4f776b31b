/**
 * Collections that mirror their folder: a tag of theirs says so, and faces of overwritten and of deleted objects
 * are deleted from them.
 */
import type { BegunUpload, Collection } from '../../layers/records/index.ts';
import { encodeIds } from '../../layers/vectors/index.ts';
import type { Services } from '../common/services.ts';
import type { Afterwards } from './afterwards.ts';
import type { Outcome } from './outcome.ts';

const MIRROR_TAG = 'recollect:uploads';

/** What was deleted, as an outcome says it. */
export interface Replaced {
  readonly members: Pick<Outcome, 'DeletedFaces' | 'UnsuccessfulFaceDeletions'>;
  /** Ids of those that could not be deleted. */
  readonly left: readonly string[];
}

export class Mirror {
  readonly #services: Pick<Services, 'records' | 'jobs'>;
  readonly #afterwards: Afterwards;

  constructor(services: Pick<Services, 'records' | 'jobs'>, afterwards: Afterwards) {
    this.#services = services;
    this.#afterwards = afterwards;
  }

  /** Whether a collection does. Where objects are deleted once they are indexed, that they are gone means nothing. */
  includes({ tags }: Collection): boolean {
    return this.#afterwards !== 'delete' && tags[MIRROR_TAG] === 'mirror';
  }

  /**
   * Deletes what an object has brought before and does not any more, if the collection mirrors the bucket.
   * @param kept ids of faces that stay
   */
  async deleteOthers(
    collection: Collection,
    begun: BegunUpload,
    kept: readonly string[],
  ): Promise<Replaced> {
    const others = begun.faces.filter((id) => !kept.includes(id));
    if (others.length === 0 || !this.includes(collection)) return { members: {}, left: [] };
    const { records, jobs } = this.#services;
    const { deleted, refused } = await records.faces.delete(collection, others, encodeIds);
    if (deleted.length > 0) await jobs.tailGrew(collection, 'faces', deleted.length);
    const associated = refused.filter(({ userId }) => userId !== undefined);
    return {
      members: {
        DeletedFaces: deleted,
        UnsuccessfulFaceDeletions: associated.map(({ id, userId }) => ({
          FaceId: id,
          UserId: userId,
          Reasons: ['ASSOCIATED_TO_AN_EXISTING_USER'],
        })),
      },
      left: associated.map(({ id }) => id),
    };
  }
}
