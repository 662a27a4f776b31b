/** The messages of the fold queue and of the purge queue, as JSON. */

/** Fold the tail of a collection's faces. */
export interface FoldRequest {
  readonly collectionId: string;
  readonly generation: string;
  readonly index: 'faces';
}

/** Take away what is left of a deleted collection. */
export interface PurgeRequest {
  readonly generation: string;
}

/** A message that none of this project's functions has sent. */
export class MessageError extends Error {
  override readonly name = 'MessageError';
}

/** @throws MessageError, SyntaxError */
export function readFoldRequest(body: string): FoldRequest {
  const { collectionId, generation, index } = members(body);
  if (typeof collectionId !== 'string' || typeof generation !== 'string' || index !== 'faces') {
    throw new MessageError('Not a request to fold.');
  }
  return { collectionId, generation, index };
}

/** @throws MessageError, SyntaxError */
export function readPurgeRequest(body: string): PurgeRequest {
  const { generation } = members(body);
  if (typeof generation !== 'string' || generation === '') {
    throw new MessageError('Not a request to purge.');
  }
  return { generation };
}

function members(body: string): Readonly<Record<string, unknown>> {
  const parsed: unknown = JSON.parse(body);
  if (typeof parsed !== 'object' || parsed === null) throw new MessageError('Not a request.');
  return { ...parsed };
}
