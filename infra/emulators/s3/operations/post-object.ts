/**
 * POST Object: the upload of an HTML form, which `form/upload.ts` has made a request of.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
 */
import { requireWritable } from '../http/preconditions.ts';
import type { S3Request } from '../http/request.ts';
import type { S3Response } from '../http/response.ts';
import { element, parent } from '../http/xml.ts';
import type { ObjectRecord } from '../storage/records.ts';
import { requireNoChange } from './access-control.ts';
import { checksumHeaders, quote, readDescription } from './description.ts';
import { storeBody } from './objects.ts';
import type { Operation } from './services.ts';
import { parseTagging } from './tagging.ts';

export const postObject: Operation = async (services, request) => {
  const { bucket, key, headers } = request;
  services.metadata.bucket(bucket);
  if (headers['acl'] !== undefined) requireNoChange(headers['acl']);
  const tagging = headers['tagging'];
  const tags = tagging === undefined ? [] : parseTagging(tagging);
  const description = { ...readDescription(headers), tags };
  requireWritable(headers, await services.metadata.object(bucket, key));
  return answer(request, await storeBody(services, request, description, 'ObjectCreated:Post'));
};

function answer(request: S3Request, object: ObjectRecord): S3Response {
  const { bucket, key, headers } = request;
  const etag = quote(object.etag);
  const location = urlOf(request);
  const target = redirectOf(headers['success_action_redirect'] ?? headers['redirect']);
  const shared = { etag, ...checksumHeaders(object.checksum) };
  if (target !== undefined) {
    const added = new URLSearchParams({ bucket, key, etag });
    target.search += `${target.search === '' ? '?' : '&'}${added}`;
    return { status: 303, headers: { ...shared, location: target.href, 'content-length': '0' } };
  }
  const told = { ...shared, location };
  switch (headers['success_action_status']) {
    case '200':
      return { status: 200, headers: { ...told, 'content-length': '0' } };
    case '201':
      return {
        status: 201,
        headers: { ...told, 'content-type': 'application/xml' },
        body: `<?xml version="1.0" encoding="UTF-8"?>\n${parent(
          'PostResponse',
          element('Location', location),
          element('Bucket', bucket),
          element('Key', key),
          element('ETag', etag),
        )}`,
      };
    default:
      return { status: 204, headers: told };
  }
}

/** Where the object is; as S3 writes it, the slashes of the key are escaped. */
function urlOf({ bucket, key, headers, virtualHosted }: S3Request): string {
  const folder = virtualHosted ? '' : `${bucket}/`;
  return `http://${headers.host ?? 'localhost'}/${folder}${encodeURIComponent(key)}`;
}

/** An address that is none is as good as none, as with S3. */
function redirectOf(text: string | undefined): URL | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
}
