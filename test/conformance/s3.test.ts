/** Objects, as unmodified AWS SDK clients use them. */
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  type ChecksumAlgorithm,
  DeleteObjectCommand,
  DeleteObjectTaggingCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectRefused, get, md5, openTarget, put, type Target } from './s3-target.ts';

let target: Target;
let Bucket: string;
let send: Target['client']['send'];

beforeAll(async () => {
  target = await openTarget();
  Bucket = target.bucket;
  send = target.client.send.bind(target.client);
});
afterAll(() => target.close());

const head = (Key: string, more = {}) => send(new HeadObjectCommand({ Bucket, Key, ...more }));

describe('content', () => {
  it('comes back as it was put, with its MD5 as the ETag', async () => {
    const stored = await put(target, 'a.txt', 'hello world', { ContentType: 'text/plain' });
    expect(stored.ETag).toBe(`"${md5('hello world')}"`);
    const found = await get(target, 'a.txt');
    expect(found).toMatchObject({
      text: 'hello world',
      ContentType: 'text/plain',
      ContentLength: 11,
      ETag: stored.ETag,
    });
  });

  it('from a stream arrives without its framing', async () => {
    const data = randomBytes(300_000);
    const body = Readable.from([data.subarray(0, 100_000), data.subarray(100_000)]);
    const stored = await put(target, 'stream', body, { ContentLength: data.length });
    expect(stored.ETag).toBe(`"${md5(data)}"`);
    const found = await get(target, 'stream');
    expect(found.bytes.equals(data)).toBe(true);
    expect(found.ContentEncoding).toBeUndefined();
  });

  it('may be 50 MB from a buffer', async () => {
    const data = randomBytes(50 << 20);
    await put(target, 'big', data);
    expect((await get(target, 'big')).bytes.equals(data)).toBe(true);
  });

  it('may be 50 MB from a stream', async () => {
    const data = randomBytes(50 << 20);
    const pieces = function* () {
      for (let i = 0; i < data.length; i += 65_536) yield data.subarray(i, i + 65_536);
    };
    await put(target, 'big-stream', Readable.from(pieces()), { ContentLength: data.length });
    expect((await get(target, 'big-stream')).bytes.equals(data)).toBe(true);
  });

  it('may be empty', async () => {
    await put(target, 'empty', '');
    expect((await get(target, 'empty')).bytes).toHaveLength(0);
    expect((await head('empty')).ContentLength).toBe(0);
  });

  it('is served in ranges', async () => {
    await put(target, 'range', 'hello world');
    const middle = await get(target, 'range', { Range: 'bytes=6-8' });
    expect(middle).toMatchObject({ text: 'wor', ContentRange: 'bytes 6-8/11' });
    expect(middle.$metadata.httpStatusCode).toBe(206);
    expect((await get(target, 'range', { Range: 'bytes=-5' })).text).toBe('world');
    expect((await get(target, 'range', { Range: 'bytes=6-' })).text).toBe('world');
    expect((await get(target, 'range', { Range: 'bytes=6-1000' })).text).toBe('world');
    await expectRefused(get(target, 'range', { Range: 'bytes=100-' }), 'InvalidRange', 416);
  });

  it('that does not match its Content-MD5 or checksum is not stored', async () => {
    const ContentMD5 = Buffer.alloc(16).toString('base64');
    await expectRefused(put(target, 'bad', 'x', { ContentMD5 }), 'BadDigest', 400);
    await expectRefused(put(target, 'bad', 'x', { ContentMD5: 'AAAA' }), 'InvalidDigest', 400);
    await expectRefused(put(target, 'bad', 'x', { ChecksumCRC32: 'AAAAAA==' }), 'BadDigest', 400);
    await expectRefused(head('bad'), 'NotFound', 404);
  });

  it.each<ChecksumAlgorithm>(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'])(
    'with a %s is verified, and the client verifies what it gets back',
    async (ChecksumAlgorithm) => {
      const data = randomBytes(70_001);
      for (const body of [data, Readable.from([data])]) {
        await put(target, 'summed', body, { ChecksumAlgorithm, ContentLength: data.length });
        const found = await get(target, 'summed', { ChecksumMode: 'ENABLED' });
        expect(found.bytes.equals(data)).toBe(true);
        expect(Object.keys(found)).toContain(`Checksum${ChecksumAlgorithm}`);
      }
    },
  );

  it('keeps its SHA-256', async () => {
    await put(target, 'sha', 'abc', { ChecksumAlgorithm: 'SHA256' });
    const { ChecksumSHA256, ChecksumType } = await head('sha', { ChecksumMode: 'ENABLED' });
    expect(ChecksumSHA256).toBe(createHash('sha256').update('abc').digest('base64'));
    expect(ChecksumType).toBe('FULL_OBJECT');
  });
});

describe('keys', () => {
  it('may be 1,024 bytes long, and no longer', async () => {
    const key = `long/${`${'x'.repeat(180)}/`.repeat(5)}`.padEnd(1024, 'e');
    await put(target, key, 'long');
    expect((await get(target, key)).text).toBe('long');
    await expectRefused(put(target, `${key}e`, 'x'), 'KeyTooLongError', 400);
  });

  it('may have a segment longer than a file name', async () => {
    const key = `segment/${'y'.repeat(400)}`;
    await put(target, key, 'x');
    expect((await get(target, key)).text).toBe('x');
  });

  it('may be prefixes of each other, or end in a slash', async () => {
    for (const key of ['tree/b', 'tree/b/c', 'tree/']) await put(target, key, key);
    for (const key of ['tree/b', 'tree/b/c', 'tree/']) {
      expect((await get(target, key)).text).toBe(key);
    }
  });

  it.each([
    'odd/a b',
    'odd/a+b',
    'odd/ü日🎉',
    'odd/100%25',
    'odd/q?x=1&y',
    'odd/"quote\'<>',
    'odd/a//b',
    'odd/..%2Fx',
    'odd/../up',
    'odd/~*()!',
    'odd/ edge ',
    'odd/line\nbreak',
    'odd/__proto__',
  ])('may be %j, and are listed exactly so', async (key) => {
    await put(target, key, key);
    expect((await get(target, key)).text).toBe(key);
    const { Contents } = await send(new ListObjectsV2Command({ Bucket, Prefix: key }));
    expect(Contents?.map((object) => object.Key)).toEqual([key]);
  });

  it('differ by case', async () => {
    await put(target, 'case/A', 'upper');
    await put(target, 'case/a', 'lower');
    expect((await get(target, 'case/A')).text).toBe('upper');
    expect((await get(target, 'case/a')).text).toBe('lower');
  });

  it('without an object, or in no bucket, have their errors', async () => {
    await expectRefused(get(target, 'nope'), 'NoSuchKey', 404);
    await expectRefused(head('nope'), 'NotFound', 404);
    const nowhere = { Bucket: 'no-such-bucket-here', Key: 'a' };
    await expectRefused(send(new GetObjectCommand(nowhere)), 'NoSuchBucket', 404);
    await expectRefused(send(new PutObjectCommand({ ...nowhere, Body: 'x' })), 'NoSuchBucket', 404);
    await expectRefused(send(new ListObjectsV2Command(nowhere)), 'NoSuchBucket', 404);
  });
});

describe('what is said about an object', () => {
  it('comes back: metadata and standard headers', async () => {
    const described = {
      Metadata: { foo: 'bar', 'x-y': 'z 1' },
      CacheControl: 'max-age=60',
      ContentDisposition: 'attachment; filename="a.txt"',
      ContentEncoding: 'gzip',
      ContentLanguage: 'de',
    };
    await put(target, 'described', 'x', described);
    const found = await head('described');
    expect(found).toMatchObject(described);
    expect(Date.now() - (found.LastModified?.getTime() ?? 0)).toBeLessThan(60_000);
  });

  it('may not exceed 2 KB of metadata', async () => {
    const Metadata = { big: 'x'.repeat(2049) };
    await expectRefused(put(target, 'fat', 'x', { Metadata }), 'MetadataTooLarge', 400);
  });

  it('includes tags, which can be replaced and removed', async () => {
    const tagged = { Bucket, Key: 'tagged' };
    await put(target, 'tagged', 'x', { Tagging: 'a=1&b=2%20c' });
    expect((await send(new GetObjectTaggingCommand(tagged))).TagSet).toEqual([
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: '2 c' },
    ]);
    const TagSet = [{ Key: 'k&<', Value: '' }];
    await send(new PutObjectTaggingCommand({ ...tagged, Tagging: { TagSet } }));
    expect((await send(new GetObjectTaggingCommand(tagged))).TagSet).toEqual(TagSet);
    expect((await get(target, 'tagged')).TagCount).toBe(1);
    await send(new DeleteObjectTaggingCommand(tagged));
    expect((await send(new GetObjectTaggingCommand(tagged))).TagSet).toEqual([]);
    const eleven = Array.from({ length: 11 }, (_, i) => ({ Key: `k${i}`, Value: 'v' }));
    const tooMany = new PutObjectTaggingCommand({ ...tagged, Tagging: { TagSet: eleven } });
    await expectRefused(send(tooMany), 'InvalidTag', 400);
  });

  it('goes when it is deleted, which may be done twice', async () => {
    await put(target, 'gone', 'x');
    for (const _ of [1, 2]) {
      const { $metadata } = await send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));
      expect($metadata.httpStatusCode).toBe(204);
    }
    await expectRefused(head('gone'), 'NotFound', 404);
  });
});
