/**
 * Two people who are one: the service gives the faces of one to the other, and can give them back. What was asked for is
 * kept in this tab until it is answered, so that what was interrupted goes on or back.
 */
import { call, callExtension } from '../service/call.ts';
import { pages } from '../service/pages.ts';

export interface Merge {
  readonly collection: string;
  /** Who stays. */
  readonly into: string;
  /** Who goes. */
  readonly from: string;
  /** The faces that change hands. */
  readonly faceIds: readonly string[];
  readonly token: string;
}

const KEY = 'recollect:merge';
/** As many faces as a person can have. */
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

/** @returns a merge that is about to begin: its token makes a repetition the same request */
export function newMerge(parts: Omit<Merge, 'token'>): Merge {
  return { ...parts, token: crypto.randomUUID() };
}

/** @throws ServiceFailure, NoAnswerError; calling it again goes on */
export async function carryOut(merge: Merge): Promise<void> {
  await merged(merge);
  sessionStorage.removeItem(KEY);
}

/** Two people again, with the faces that each had. @throws as {@link carryOut} */
export async function undo(merge: Merge): Promise<void> {
  const { collection: CollectionId } = merge;
  await callExtension('UndoMergeUsers', { CollectionId, MergeId: await merged(merge) });
  sessionStorage.removeItem(KEY);
}

/** @returns what the merge is undone by */
async function merged(merge: Merge): Promise<string> {
  sessionStorage.setItem(KEY, JSON.stringify(merge));
  const { MergeId } = await callExtension<{ readonly MergeId: string }>('MergeUsers', {
    CollectionId: merge.collection,
    UserId: merge.into,
    SourceUserId: merge.from,
    ClientRequestToken: merge.token,
  });
  return MergeId;
}
