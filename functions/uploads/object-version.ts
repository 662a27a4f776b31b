/** What tells one version of an object of the upload bucket from another. */
import { createHash } from 'node:crypto';
import type { ObjectHead } from './objects.ts';

/** The same bytes put again are another version: somebody wants them indexed again. */
export function versionOf({ etag, modified, metadata }: ObjectHead): string {
  const settings = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([etag, modified, settings]))
    .digest('base64url');
}
