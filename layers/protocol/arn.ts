/**
 * Names of collections as AWS resources. CreateCollection answers without the leading `arn:`, everything
 * else with it, and users paste both.
 */

import type { Call } from './call.ts';
import { ServiceError } from './errors.ts';

/** Whose collections, and where. */
type Place = Pick<Call, 'region' | 'accountId'>;

export function collectionArn({ region, accountId }: Place, collectionId: string): string {
  return `arn:aws:rekognition:${region}:${accountId}:collection/${collectionId}`;
}

/** As CreateCollection spells it. */
export function shortCollectionArn(place: Place, collectionId: string): string {
  return collectionArn(place, collectionId).replace(/^arn:/, '');
}

const COLLECTION_ARN =
  /^(?:arn:)?aws(?:-[a-z-]+)?:rekognition:[a-z0-9-]*:\d*:collection\/([a-zA-Z0-9_.-]{1,255})$/;

/** @returns the id of the collection, or undefined if the ARN is that of something else, or none */
export function parseCollectionArn(arn: string): string | undefined {
  return COLLECTION_ARN.exec(arn)?.[1];
}

/** @throws ServiceError InvalidParameterException */
export function collectionIdOf(arn: string): string {
  const id = parseCollectionArn(arn);
  if (id === undefined) {
    throw new ServiceError(
      'InvalidParameterException',
      `Not the ARN of a collection: ${arn}. Expected arn:aws:rekognition:<region>:<account>:collection/<id>`,
    );
  }
  return id;
}
