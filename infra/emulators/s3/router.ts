/**
 * Which operation answers a request: decided by what the path addresses, the method, and the
 * subresource that the query names.
 */
import { S3Error } from './errors.ts';
import type { S3Request } from './http/request.ts';
import { getAcl, putAcl } from './operations/access-control.ts';
import {
  createBucket,
  deleteBucket,
  getBucketLocation,
  headBucket,
  listBuckets,
} from './operations/buckets.ts';
import { completeUpload } from './operations/complete-upload.ts';
import { copyObject, uploadPartCopy } from './operations/copy.ts';
import { listObjects, listObjectsV2, listObjectVersions } from './operations/list-objects.ts';
import {
  abortUpload,
  createUpload,
  listParts,
  listUploads,
  uploadPart,
} from './operations/multipart.ts';
import {
  deleteObject,
  deleteObjects,
  getObject,
  headObject,
  putObject,
} from './operations/objects.ts';
import { postObject } from './operations/post-object.ts';
import type { Operation } from './operations/services.ts';
import {
  deleteSetting,
  getSetting,
  getVersioning,
  putSetting,
  putVersioning,
  SETTINGS,
} from './operations/settings.ts';
import { deleteTagging, getTagging, putTagging } from './operations/tagging.ts';

/** Query parameters that change what a request is about. Those without a route are refused. */
const SUBRESOURCES = [
  'accelerate',
  'acl',
  'analytics',
  'attributes',
  'cors',
  'delete',
  'encryption',
  'intelligent-tiering',
  'inventory',
  'legal-hold',
  'lifecycle',
  'location',
  'logging',
  'metrics',
  'notification',
  'object-lock',
  'ownershipControls',
  'policy',
  'policyStatus',
  'publicAccessBlock',
  'replication',
  'requestPayment',
  'restore',
  'retention',
  'select',
  'tagging',
  'torrent',
  'uploadId',
  'uploads',
  'versioning',
  'versions',
  'website',
];

/** `<method> <level>`, then `?<subresource>`, `v2` for a list or `copy` for a put from a source. */
const ROUTES = new Map<string, Operation>([
  ['GET service', listBuckets],

  ['PUT bucket', createBucket],
  ['HEAD bucket', headBucket],
  ['DELETE bucket', deleteBucket],
  ['GET bucket', listObjects],
  ['GET bucket v2', listObjectsV2],
  ['GET bucket ?location', getBucketLocation],
  ['GET bucket ?versions', listObjectVersions],
  ['GET bucket ?acl', getAcl],
  ['PUT bucket ?acl', putAcl],
  ['GET bucket ?uploads', listUploads],
  ['POST bucket', postObject],
  ['POST bucket ?delete', deleteObjects],
  ['GET bucket ?versioning', getVersioning],
  ['PUT bucket ?versioning', putVersioning],
  ...SETTINGS.flatMap((setting): [string, Operation][] => [
    [`GET bucket ?${setting}`, getSetting(setting)],
    [`PUT bucket ?${setting}`, putSetting(setting)],
    [`DELETE bucket ?${setting}`, deleteSetting(setting)],
  ]),

  ['PUT object', putObject],
  ['PUT object copy', copyObject],
  ['GET object', getObject],
  ['HEAD object', headObject],
  ['DELETE object', deleteObject],
  ['GET object ?acl', getAcl],
  ['PUT object ?acl', putAcl],
  ['GET object ?tagging', getTagging],
  ['PUT object ?tagging', putTagging],
  ['DELETE object ?tagging', deleteTagging],

  ['POST object ?uploads', createUpload],
  ['PUT object ?uploadId', uploadPart],
  ['PUT object ?uploadId copy', uploadPartCopy],
  ['GET object ?uploadId', listParts],
  ['POST object ?uploadId', completeUpload],
  ['DELETE object ?uploadId', abortUpload],
]);

/** An operation, and what it is called in logs. */
export interface Route {
  readonly name: string;
  readonly operation: Operation;
}

/** @throws S3Error NotImplemented, MethodNotAllowed */
export function route({ method, bucket, key, query, headers }: S3Request): Route {
  const level = bucket === '' ? 'service' : key === '' ? 'bucket' : 'object';
  const subresource = SUBRESOURCES.find((name) => query.has(name));
  const isV2 = level === 'bucket' && query.get('list-type') === '2';
  const isCopy = method === 'PUT' && headers['x-amz-copy-source'] !== undefined;
  const name = [
    method,
    level,
    ...(subresource === undefined ? [] : [`?${subresource}`]),
    ...(isV2 ? ['v2'] : []),
    ...(isCopy ? ['copy'] : []),
  ].join(' ');
  const operation = ROUTES.get(name);
  if (operation) return { name, operation };
  throw new S3Error(subresource === undefined ? 'MethodNotAllowed' : 'NotImplemented');
}
