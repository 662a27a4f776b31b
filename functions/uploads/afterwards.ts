/** What is done with an object that has been indexed. */
import type { ObjectEvent } from './object-events.ts';
import type { UploadedObject, UploadedObjects } from './objects.ts';

export const AFTERWARDS = ['keep', 'tag', 'delete'] as const;
export type Afterwards = (typeof AFTERWARDS)[number];

/** Does it. A photograph without a face stays: somebody may want to see why. */
export async function settle(
  afterwards: Afterwards,
  objects: Pick<UploadedObjects, 'delete' | 'tag'>,
  { bucket, key }: ObjectEvent,
  { etag }: UploadedObject,
  status: 'INDEXED' | 'NO_FACES',
): Promise<void> {
  if (afterwards === 'delete' && status === 'INDEXED') await objects.delete(bucket, key, etag);
  if (afterwards === 'tag') {
    await objects.tag(bucket, key, status === 'INDEXED' ? 'indexed' : 'no-faces');
  }
}
