/** The messages of the fold queue and of the purge queue, as JSON. */
import type { IndexName } from '../../layers/records/index.ts';
import { INDEX_NAMES } from '../../layers/records/index.ts';

/** Fold the tail of an index of a collection. */
export interface FoldRequest {
  readonly collectionId: string;
  readonly generation: string;
  readonly index: IndexName;
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
  const known = INDEX_NAMES.find((name) => name === index);
  if (typeof collectionId !== 'string' || typeof generation !== 'string' || known === undefined) {
    throw new MessageError('Not a request to fold.');
  }
  return { collectionId, generation, index: known };
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
