/** Where an object belongs, from its key: `<collection id>/<name>`. */
import { RejectedError } from './rejection.ts';

export interface UploadKey {
  readonly collectionId: string;
  /** What follows the first slash. */
  readonly name: string;
}

/** The model's CollectionId. */
const COLLECTION_ID = /^[a-zA-Z0-9_.-]{1,255}$/;

/**
 * @returns undefined for the empty objects with which consoles and tools show folders
 * @throws RejectedError InvalidKey
 */
export function readUploadKey(key: string): UploadKey | undefined {
  if (key.endsWith('/')) return undefined;
  const slash = key.indexOf('/');
  if (slash < 0) {
    throw new RejectedError(
      'InvalidKey',
      'The key names no collection: put the object under <collection id>/.',
    );
  }
  const collectionId = key.slice(0, slash);
  if (!COLLECTION_ID.test(collectionId)) {
    throw new RejectedError(
      'InvalidKey',
      'What precedes the first slash of the key is no collection id: 1 to 255 letters, digits, "_", "." and "-".',
    );
  }
  return { collectionId, name: key.slice(slash + 1) };
}
