/** The messages of the fold queue and of the purge queue, as JSON. */
import { INDEX_NAMES } from '../../layers/records/index.ts';
import type { FoldRequest, PurgeRequest } from '../common/services.ts';

/** A message that none of this project's functions has sent. */
export class MessageError extends Error {
  override readonly name = 'MessageError';
}

/** @throws MessageError, SyntaxError */
export function readFoldRequest(body: string): FoldRequest {
  const { collectionId, generation, index, lostShard } = members(body);
  const known = INDEX_NAMES.find((name) => name === index);
  if (
    typeof collectionId !== 'string' ||
    typeof generation !== 'string' ||
    known === undefined ||
    (lostShard !== undefined && typeof lostShard !== 'string')
  ) {
    throw new MessageError('Not a request to fold.');
  }
  return { collectionId, generation, index: known, ...(lostShard && { lostShard }) };
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
