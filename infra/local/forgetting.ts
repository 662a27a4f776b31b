/**
 * What remains of the event of an outcome when people in it have been deleted. Pure, but for asking who is
 * still there.
 */
import type { Outcome } from '../../functions/uploads/outcome.ts';
import type { Present } from '../../layers/records/index.ts';

/** Members of the event are as EventBridge has them; of `detail` those that name people are read. */
export interface OutcomeEvent {
  readonly detail: Partial<Outcome> & { readonly Forgotten?: true };
}

/** @param presentIn who is there in a collection, by its id; undefined for one that is gone */
export async function withoutTheDeleted<Event extends OutcomeEvent>(
  event: Event,
  presentIn: (collectionId: string) => Present | undefined,
): Promise<Event> {
  const { detail } = event;
  const { CollectionId, FaceRecords = [], DeletedFaces = [] } = detail;
  const { UnsuccessfulFaceDeletions = [] } = detail;
  if (CollectionId === undefined || detail.Forgotten) return event;
  const present = presentIn(CollectionId);
  if (present === undefined) return forgotten(event);
  const recorded = FaceRecords.map(({ Face }) => String(Face?.FaceId));
  const unsuccessful = UnsuccessfulFaceDeletions.map(({ FaceId }) => FaceId);
  const faceIds = [...new Set([...recorded, ...DeletedFaces, ...unsuccessful])];
  const userIds = [...new Set(userIdsIn(detail))];
  const [faces, users] = await Promise.all([present.faces(faceIds), present.users(userIds)]);
  const isUserGone = userIds.some((id) => !users.has(id));
  if (faceIds.every((id) => faces.has(id)) && !isUserGone) return event;
  const left = FaceRecords.filter((_, i) => faces.has(recorded[i]!));
  if (left.length === 0) return forgotten(event);
  // Whoever is left of the photograph keeps what is said of it.
  const { User, ...rest } = detail;
  return {
    ...event,
    detail: {
      ...rest,
      ...(User !== undefined && !isUserGone && { User }),
      FaceRecords: left,
      DeletedFaces: DeletedFaces.filter((id) => faces.has(id)),
      UnsuccessfulFaceDeletions: UnsuccessfulFaceDeletions.filter(({ FaceId }) =>
        faces.has(FaceId),
      ),
    },
  };
}

/** Nothing is left but that there was an outcome, and which. */
function forgotten<Event extends OutcomeEvent>(event: Event): Event {
  const { Status } = event.detail;
  return { ...event, detail: { ...(Status && { Status }), Forgotten: true as const } };
}

function userIdsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    name === 'UserId' && typeof member === 'string' ? [member] : userIdsIn(member),
  );
}
