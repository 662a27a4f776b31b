/** The user whom an upload names: created if need be, and given the largest face of the photograph. */
import { type Collection, UserExistsError } from '../../layers/records/index.ts';
import { associateFaces } from '../common/associating.ts';
import type { Services } from '../common/services.ts';
import type { Reason } from './rejection.ts';
import { rejectionOf } from './rejection.ts';

/** As AssociateFaces answers, or why it refused. */
export interface UserOutcome {
  readonly UserId: string;
  readonly AssociatedFaces?: Awaited<ReturnType<typeof associateFaces>>['AssociatedFaces'];
  readonly UnsuccessfulFaceAssociations?: Awaited<
    ReturnType<typeof associateFaces>
  >['UnsuccessfulFaceAssociations'];
  readonly Reason?: Reason;
}

/**
 * A user who has a hundred faces already, or for whom there is no room, or whom the face does not resemble, is no reason to reject the
 * photograph: its faces are stored.
 * @throws what passes by itself
 */
export async function associateUpload(
  services: Pick<Services, 'records' | 'jobs' | 'faceModels'>,
  collection: Collection,
  userId: string,
  faceId: string,
): Promise<UserOutcome> {
  try {
    await createUser(services, collection, userId);
    const { AssociatedFaces, UnsuccessfulFaceAssociations } = await associateFaces(
      { CollectionId: collection.id, UserId: userId, FaceIds: [faceId] },
      services,
    );
    return { UserId: userId, AssociatedFaces, UnsuccessfulFaceAssociations };
  } catch (error) {
    const reason = rejectionOf(error);
    if (reason?.Code !== 'ServiceQuotaExceededException') throw error;
    return { UserId: userId, Reason: reason };
  }
}

async function createUser(
  { records }: Pick<Services, 'records'>,
  collection: Collection,
  userId: string,
): Promise<void> {
  try {
    await records.users.create(collection, userId, undefined);
  } catch (error) {
    if (!(error instanceof UserExistsError)) throw error;
  }
}
