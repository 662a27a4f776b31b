/**
 * GetBucketAcl, GetObjectAcl and the two puts. Buckets are as S3 makes them today: ACLs are disabled, the
 * owner has everything.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
 */
import { receiveText } from '../body/receive.ts';
import { S3Error } from '../errors.ts';
import { empty, xml } from '../http/response.ts';
import { document, element, parent } from '../http/xml.ts';
import type { Operation } from './services.ts';

const OWNER = parent('Owner', element('ID', 'local'));
const GRANTEE =
  '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>local</ID></Grantee>';
const GRANT = parent('Grant', GRANTEE, element('Permission', 'FULL_CONTROL'));

export const getAcl: Operation = async ({ metadata }, { bucket, key }) => {
  metadata.bucket(bucket);
  if (key !== '' && (await metadata.object(bucket, key)) === undefined) {
    throw new S3Error('NoSuchKey', { details: { Key: key } });
  }
  return xml(document('AccessControlPolicy', OWNER, parent('AccessControlList', GRANT)));
};

/** What changes nothing is accepted. */
export const putAcl: Operation = async ({ metadata }, request) => {
  metadata.bucket(request.bucket);
  await receiveText(request);
  requireNoChange(request.headers['x-amz-acl']);
  return empty(200);
};

/** @throws S3Error AccessControlListNotSupported unless the ACL is that which everything has */
export function requireNoChange(canned: string | undefined): void {
  if (canned === 'private' || canned === 'bucket-owner-full-control') return;
  throw new S3Error('AccessControlListNotSupported');
}
