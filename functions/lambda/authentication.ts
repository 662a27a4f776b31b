/** Who may call: the one place where the deployed functions get their check of a request. */
import type { Authenticate } from '../../layers/protocol/index.ts';
import { ServiceError } from '../../layers/protocol/index.ts';

/** @returns a check that lets nobody in */
export function authentication(): Authenticate {
  return async () => {
    throw new ServiceError('AccessDeniedException', 'This service has no access keys yet.');
  };
}
