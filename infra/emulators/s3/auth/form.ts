/**
 * Who has signed the policy of an upload form. What the policy says is another matter (form/policy.ts).
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html; boto3 signs with version 2
 * for endpoints of one's own.
 */
import { S3Error } from '../errors.ts';
import { type Field, missingField } from '../form/multipart.ts';
import type { S3Request } from '../http/request.ts';
import type { Signer } from '../http/visitors.ts';
import { lookupFor, parseTimestamp, SCOPE, type Verification, verify } from './authenticate.ts';
import { isSignedTextV2 } from './sigv2.ts';
import { isSignedText } from './sigv4.ts';

/**
 * @param fields by lower-case name
 * @throws S3Error AccessDenied for a form that nobody has signed; InvalidArgument, InvalidAccessKeyId,
 *   SignatureDoesNotMatch
 */
export function authenticateForm(
  request: S3Request,
  fields: ReadonlyMap<string, Field>,
  verification: Verification,
): Signer {
  const text = (name: string) => fields.get(name.toLowerCase())?.value;
  const policy = text('Policy');
  if (policy === undefined) throw new S3Error('AccessDenied');
  const lookup = lookupFor(request, verification);
  if (fields.has('awsaccesskeyid') || fields.has('signature')) {
    const value = required(text, 'Signature');
    const accessKeyId = required(text, 'AWSAccessKeyId');
    return verify(lookup, accessKeyId, (key) => isSignedTextV2(policy, value, key));
  }
  if (!SIGNED_FIELDS.some((name) => text(name) !== undefined)) throw new S3Error('AccessDenied');
  const [value, algorithm, credential, timestamp] = SIGNED_FIELDS.map((name) =>
    required(text, name),
  );
  const [, accessKeyId, scope] = SCOPE.exec(credential ?? '') ?? [];
  if (algorithm !== 'AWS4-HMAC-SHA256') {
    throw invalid('X-Amz-Algorithm', 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"');
  }
  if (timestamp === undefined || parseTimestamp(timestamp) === undefined) {
    throw invalid('X-Amz-Date', 'X-Amz-Date must be formated via ISO8601 Long format');
  }
  if (accessKeyId === undefined || scope === undefined || !isScope(scope, timestamp)) {
    throw invalid('X-Amz-Credential', CREDENTIAL);
  }
  return verify(lookup, accessKeyId, (key) =>
    isSignedText(policy, { scope, value: value ?? '' }, key),
  );
}

const SIGNED_FIELDS = ['X-Amz-Signature', 'X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date'];

const CREDENTIAL =
  'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/s3/aws4_request", with the day of X-Amz-Date.';

/** A signature is for one day and for S3; regions are all one here. */
function isScope(scope: string, timestamp: string): boolean {
  const [date, , service] = scope.split('/');
  return date === timestamp.slice(0, 8) && service === 's3';
}

function required(text: (name: string) => string | undefined, name: string): string {
  const value = text(name);
  if (value !== undefined) return value;
  throw missingField(name);
}

function invalid(name: string, message: string): S3Error {
  return new S3Error('InvalidArgument', { message, details: { ArgumentName: name } });
}
