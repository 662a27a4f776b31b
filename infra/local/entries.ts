/** What each door says of a request, as an entry of the log. */

import type { AccessEntry } from '../../functions/http/access-log.ts';
import { ClientGoneError } from '../../layers/inference/index.ts';
import type { RequestLog } from '../../layers/protocol/index.ts';
import type { Answered } from '../emulators/s3/index.ts';

/** S3 has names of its own for errors; the log says those. */
export function s3Entry({ signer, code, fault, ...answered }: Answered): AccessEntry {
  return {
    ...answered,
    door: 's3',
    keyId: signer?.isVerified ? signer.accessKeyId : undefined,
    claimedKeyId: undefined,
    collection: undefined,
    faces: undefined,
    errorName: code,
    error: fault,
  };
}

/** Whoever has gone was not answered, and that is no fault. */
export function apiEntry(entry: RequestLog): AccessEntry {
  const isGone = entry.error instanceof ClientGoneError;
  return isGone
    ? { ...entry, door: 'api', status: 499, errorName: undefined, error: undefined }
    : { ...entry, door: 'api' };
}
