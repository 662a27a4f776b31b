/**
 * Two people who are one: the faces of one go to the other, and the emptied person goes. Every step may be repeated, so
 * what was interrupted goes on where it stopped; what has to be done is kept in this tab until it is done.
 */
import { call, ServiceFailure } from '../service/call.ts';
import { pages } from '../service/pages.ts';

export interface Merge {
  readonly collection: string;
  /** Who stays. */
  readonly into: string;
  /** Who goes. */
  readonly from: string;
  /** The faces that change hands. */
  readonly faceIds: readonly string[];
}

const KEY = 'recollect:merge';
/** As many faces as a person can have, and as a call can name. */
export const MOST_FACES = 100;

/** What was begun in this tab and has not ended. */
export function interruptedMerge(collection: string): Merge | undefined {
  const text = sessionStorage.getItem(KEY);
  if (text === null) return undefined;
  const merge = JSON.parse(text) as Merge;
  return merge.collection === collection ? merge : undefined;
}

/** @returns the ids of a person's faces */
export async function facesOf(
  collection: string,
  userId: string,
  signal?: AbortSignal,
): Promise<string[]> {
  const ids: string[] = [];
  for await (const page of pages((NextToken) =>
    call('ListFaces', { CollectionId: collection, UserId: userId, NextToken }, signal),
  )) {
    ids.push(...(page.Faces ?? []).map(({ FaceId = '' }) => FaceId));
  }
  return ids;
}

/** @throws ServiceFailure, NoAnswerError; calling it again goes on */
export async function carryOut(merge: Merge): Promise<void> {
  sessionStorage.setItem(KEY, JSON.stringify(merge));
  await move(merge.collection, merge.faceIds, merge.from, merge.into);
  await call('DeleteUser', { CollectionId: merge.collection, UserId: merge.from }).catch(
    unless('ResourceNotFoundException'),
  );
  sessionStorage.removeItem(KEY);
}

/** Two people again, with the faces that each had. @throws as {@link carryOut} */
export async function undo({ collection, into, from, faceIds }: Merge): Promise<void> {
  await call('CreateUser', { CollectionId: collection, UserId: from }).catch(
    unless('ConflictException'),
  );
  await move(collection, faceIds, into, from);
  sessionStorage.removeItem(KEY);
}

async function move(
  CollectionId: string,
  faceIds: readonly string[],
  from: string,
  to: string,
): Promise<void> {
  if (faceIds.length === 0) return;
  const FaceIds = [...faceIds];
  await call('DisassociateFaces', { CollectionId, UserId: from, FaceIds }).catch(
    unless('ResourceNotFoundException'),
  );
  // Somebody has said that they are one person, whatever the vectors say.
  const answer = await call('AssociateFaces', {
    CollectionId,
    UserId: to,
    FaceIds,
    UserMatchThreshold: 0,
  });
  const left = answer.UnsuccessfulFaceAssociations?.length ?? 0;
  if (left > 0) {
    throw new Error(
      `${left} faces could not be given to ${to}: a person has ${MOST_FACES} faces at most. Nothing is lost: the faces are in the collection, and "Undo" puts them back.`,
    );
  }
}

function unless(name: string): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof ServiceFailure) || error.name !== name) throw error;
  };
}
