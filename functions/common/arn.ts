/**
 * Names of collections as AWS resources. CreateCollection answers without the leading `arn:`, everything
 * else with it, and users paste both.
 */
import type { Call } from '../../layers/protocol/index.ts';
import { ServiceError } from '../../layers/protocol/index.ts';

export function collectionArn({ region, accountId }: Call, collectionId: string): string {
  return `arn:aws:rekognition:${region}:${accountId}:collection/${collectionId}`;
}

/** As CreateCollection spells it. */
export function shortCollectionArn(call: Call, collectionId: string): string {
  return collectionArn(call, collectionId).replace(/^arn:/, '');
}

const COLLECTION_ARN =
  /^(?:arn:)?aws(?:-[a-z-]+)?:rekognition:[a-z0-9-]*:\d*:collection\/([a-zA-Z0-9_.-]{1,255})$/;

/** @throws ServiceError InvalidParameterException */
export function collectionIdOf(arn: string): string {
  const id = COLLECTION_ARN.exec(arn)?.[1];
  if (id === undefined) {
    throw new ServiceError(
      'InvalidParameterException',
      `Not the ARN of a collection: ${arn}. Expected arn:aws:rekognition:<region>:<account>:collection/<id>`,
    );
  }
  return id;
}
