/** Who may do what: signatures, presigned URLs, and browsers of other origins. */
import {
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutBucketCorsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectRefused, get, openTarget, put, type Target } from './s3-target.ts';

let target: Target;
let Bucket: string;

beforeAll(async () => {
  target = await openTarget();
  Bucket = target.bucket;
});
afterAll(() => target.close());

const presign = (command: GetObjectCommand | PutObjectCommand, options = {}) =>
  getSignedUrl(target.client, command, { expiresIn: 60, ...options });

/** The status, and the code of the error in the body. */
async function outcome(response: Response): Promise<[status: number, code: string | undefined]> {
  return [response.status, /<Code>(.*?)<\/Code>/.exec(await response.text())?.[1]];
}

describe('a presigned URL', () => {
  it('gets an object, with headers that it names', async () => {
    await put(target, 'pre sign+ü.txt', 'presigned');
    const url = await presign(
      new GetObjectCommand({
        Bucket,
        Key: 'pre sign+ü.txt',
        ResponseContentDisposition: 'attachment; filename="x"',
        ResponseContentType: 'text/x-test',
      }),
    );
    const response = await fetch(url);
    expect(await response.text()).toBe('presigned');
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="x"');
    expect(response.headers.get('content-type')).toBe('text/x-test');
  });

  it('puts an object, though its query has the checksum of an empty body', async () => {
    const url = await presign(new PutObjectCommand({ Bucket, Key: 'put', ContentType: 'text/a' }));
    expect(url).toContain('x-amz-checksum-crc32=');
    const init = { method: 'PUT', headers: { 'content-type': 'text/a' }, body: 'hello' };
    expect((await fetch(url, init)).status).toBe(200);
    expect(await get(target, 'put')).toMatchObject({ text: 'hello', ContentType: 'text/a' });
  });

  it('carries metadata in its query', async () => {
    const url = await presign(
      new PutObjectCommand({ Bucket, Key: 'meta', Metadata: { who: 'me' } }),
    );
    expect((await fetch(url, { method: 'PUT', body: 'x' })).status).toBe(200);
    expect((await get(target, 'meta')).Metadata).toEqual({ who: 'me' });
  });

  it('honours a condition that was signed', async () => {
    await put(target, 'taken', 'x');
    const unhoistableHeaders = new Set(['if-none-match']);
    const command = new PutObjectCommand({ Bucket, Key: 'taken', IfNoneMatch: '*' });
    const url = await presign(command, { unhoistableHeaders });
    const init = { method: 'PUT', headers: { 'if-none-match': '*' }, body: 'y' };
    expect(await outcome(await fetch(url, init))).toEqual([412, 'PreconditionFailed']);
  });

  it('expires', async () => {
    const signingDate = new Date(Date.now() - 61_000);
    const url = await presign(new GetObjectCommand({ Bucket, Key: 'a' }), { signingDate });
    expect(await outcome(await fetch(url))).toEqual([403, 'AccessDenied']);
  });

  it('that was changed is refused', async () => {
    const url = await presign(new GetObjectCommand({ Bucket, Key: 'a' }));
    const forged = url.replace(/X-Amz-Signature=.{8}/, 'X-Amz-Signature=00000000');
    expect(await outcome(await fetch(forged))).toEqual([403, 'SignatureDoesNotMatch']);
    const moved = url.replace('/a?', '/b?');
    expect(await outcome(await fetch(moved))).toEqual([403, 'SignatureDoesNotMatch']);
    const longer = url.replace('X-Amz-Expires=60', 'X-Amz-Expires=600000');
    expect(await outcome(await fetch(longer))).toEqual([403, 'SignatureDoesNotMatch']);
    const endless = url.replace('X-Amz-Expires=60', 'X-Amz-Expires=999999');
    expect(await outcome(await fetch(endless))).toEqual([400, 'AuthorizationQueryParametersError']);
  });
});

describe('a request', () => {
  it('without a signature is refused', async () => {
    await put(target, 'private', 'x');
    const response = await fetch(`${target.endpoint}/${Bucket}/private`);
    expect(await outcome(response)).toEqual([403, 'AccessDenied']);
  });

  it('signed with another secret, or by an unknown key, is refused', async () => {
    const { accessKeyId } = target;
    const wrong = target.connect({ credentials: { accessKeyId, secretAccessKey: 'wrong' } });
    const call = wrong.send(new ListObjectsV2Command({ Bucket }));
    await expectRefused(call, 'SignatureDoesNotMatch', 403);
    const credentials = { accessKeyId: 'NOBODY', secretAccessKey: 'wrong' };
    const unknown = target.connect({ credentials });
    await expectRefused(
      unknown.send(new ListObjectsV2Command({ Bucket })),
      'InvalidAccessKeyId',
      403,
    );
  });

  it('signed long ago is refused', async () => {
    const client = target.connect({ systemClockOffset: -16 * 60_000 });
    const call = client.send(new HeadBucketCommand({ Bucket }));
    await expectRefused(call, undefined, 403);
  });

  it('with a malformed Authorization header is refused', async () => {
    const init = { headers: { authorization: 'AWS4-HMAC-SHA256 Credential=a/b' } };
    const response = await fetch(`${target.endpoint}/${Bucket}`, init);
    expect(await outcome(response)).toEqual([400, 'AuthorizationHeaderMalformed']);
  });
});

describe('a browser of another origin', () => {
  const origin = 'http://localhost:3000';
  const asks = (method: string, headers: string) => ({
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      'access-control-request-headers': headers,
    },
  });

  beforeAll(async () => {
    const rule = {
      AllowedMethods: ['PUT', 'GET'],
      AllowedOrigins: ['http://localhost:*'],
      AllowedHeaders: ['content-*', 'x-amz-*'],
      ExposeHeaders: ['ETag'],
      MaxAgeSeconds: 300,
    };
    const CORSConfiguration = { CORSRules: [rule] };
    await target.client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration }));
  });

  it('may do what the bucket allows', async () => {
    const url = `${target.endpoint}/${Bucket}/cors.txt`;
    const { status, headers } = await fetch(url, asks('PUT', 'Content-Type, x-amz-meta-a'));
    expect(status).toBe(200);
    expect(headers.get('access-control-allow-origin')).toBe(origin);
    expect(headers.get('access-control-allow-methods')).toContain('PUT');
    expect(headers.get('access-control-allow-headers')).toBe('content-type, x-amz-meta-a');
    expect(headers.get('access-control-max-age')).toBe('300');
    const put = await presign(new PutObjectCommand({ Bucket, Key: 'cors.txt' }));
    const response = await fetch(put, { method: 'PUT', body: 'x', headers: { origin } });
    expect(response.headers.get('access-control-allow-origin')).toBe(origin);
    expect(response.headers.get('access-control-expose-headers')).toBe('ETag');
  });

  it('may not do anything else', async () => {
    const url = `${target.endpoint}/${Bucket}/cors.txt`;
    for (const request of [asks('DELETE', ''), asks('PUT', 'authorization')]) {
      expect((await fetch(url, request)).status).toBe(403);
    }
    const { headers } = await fetch(url, { headers: { origin: 'http://elsewhere.test' } });
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });
});
