/** An upload form as the request that it stands for: its fields as headers, its file as the body. Pure. */
import { S3Error } from '../errors.ts';
import { requireKey, type S3Request } from '../http/request.ts';
import type { Field, Form } from './multipart.ts';
import { applyPolicy, parsePolicy } from './policy.ts';

/** Headers of the request itself that are about the upload as well. */
const OWN_HEADERS = ['host', 'content-length', 'transfer-encoding', 'if-match', 'if-none-match'];

/** Fields that say what the headers of a put say, or how to answer. */
const FIELDS =
  /^(cache-control|content-(disposition|encoding|language|md5|type)|expires|acl|tagging|redirect|success_action_(redirect|status)|x-amz-(meta|checksum)-.+)$/;

const METADATA = 'x-amz-meta-';

/** RFC 9110, section 5.1: what the name of a header may be made of. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

/**
 * @returns the request with the form's key, if the policy of the form allows it
 * @throws S3Error AccessDenied, InvalidPolicyDocument, InvalidArgument, KeyTooLongError; its body throws
 *   EntityTooLarge and EntityTooSmall
 */
export function readUpload(request: S3Request, { key, fields, file }: Form, now: Date): S3Request {
  requireKey(key);
  const policy = parsePolicy(fields.get('policy')?.value ?? '');
  const range = applyPolicy(policy, { fields, bucket: request.bucket, now });
  const headers: Record<string, string | undefined> = {};
  for (const name of OWN_HEADERS) headers[name] = request.headers[name];
  for (const [name, field] of fields) if (FIELDS.test(name)) headers[name] = headerOf(name, field);
  return { ...request, key, headers, body: within(range, file) };
}

/** The value as it can be stored and sent in a header. */
function headerOf(name: string, { value }: Field): string {
  if (!TOKEN.test(name)) {
    throw new S3Error('InvalidArgument', {
      message: 'The name of a field is no name of a header.',
    });
  }
  if (name === 'tagging' || /^[\x20-\x7e\t]*$/.test(value)) return value;
  // Forms are in UTF-8, headers are not: S3 answers metadata as in RFC 2047.
  if (name.startsWith(METADATA)) return `=?UTF-8?B?${Buffer.from(value).toString('base64')}?=`;
  return value.replace(/[^\x20-\x7e\t]+/g, ' ');
}

async function* within(
  { least, most }: { readonly least: number; readonly most: number },
  file: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const data of file) {
    size += data.length;
    if (size > most) {
      throw new S3Error('EntityTooLarge', {
        message: 'Your proposed upload exceeds the maximum allowed size',
        details: { MaxSizeAllowed: String(most) },
      });
    }
    yield data;
  }
  if (size < least) {
    throw new S3Error('EntityTooSmall', {
      details: { ProposedSize: String(size), MinSizeAllowed: String(least) },
    });
  }
}
