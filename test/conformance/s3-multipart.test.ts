/** Objects made of parts, and objects made of other objects. */
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
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

const PART_BYTES = 5 << 20;

async function begin(Key: string, more: Partial<CreateMultipartUploadCommandInput> = {}) {
  const { UploadId } = await send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }));
  return { Bucket, Key, UploadId };
}

type Begun = Awaited<ReturnType<typeof begin>>;

async function uploadPart(upload: Begun, PartNumber: number, Body: Uint8Array | string) {
  const { $metadata, ...part } = await send(new UploadPartCommand({ ...upload, PartNumber, Body }));
  return { PartNumber, ...part };
}

const complete = (
  upload: Begun,
  Parts: { PartNumber: number; ETag?: string | undefined }[],
  more = {},
) => send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts }, ...more }));

const listParts = (upload: Begun, more = {}) => send(new ListPartsCommand({ ...upload, ...more }));

describe('a multipart upload', () => {
  it('by lib-storage has the content and the composite ETag', async () => {
    const data = randomBytes(12 << 20);
    const params = { Bucket, Key: 'mp', Body: Readable.from([data]), Metadata: { a: 'b' } };
    const { ETag } = await new Upload({
      client: target.client,
      params,
      partSize: PART_BYTES,
    }).done();
    const digests = [0, 1, 2].map((i) =>
      createHash('md5')
        .update(data.subarray(i * PART_BYTES, (i + 1) * PART_BYTES))
        .digest(),
    );
    expect(ETag).toBe(`"${md5(Buffer.concat(digests))}-3"`);
    const found = await get(target, 'mp');
    expect(found.bytes.equals(data)).toBe(true);
    expect(found.Metadata).toEqual({ a: 'b' });
  });

  it('is served in ranges that cross its parts, and by part', async () => {
    const data = randomBytes(PART_BYTES + 100);
    const upload = await begin('ranges');
    const first = await uploadPart(upload, 1, data.subarray(0, PART_BYTES));
    const second = await uploadPart(upload, 2, data.subarray(PART_BYTES));
    await complete(upload, [first, second]);
    const across = `bytes=${PART_BYTES - 10}-${PART_BYTES + 9}`;
    const { bytes } = await get(target, 'ranges', { Range: across });
    expect(bytes.equals(data.subarray(PART_BYTES - 10, PART_BYTES + 10))).toBe(true);
    const part = await get(target, 'ranges', { PartNumber: 2 });
    expect(part.bytes.equals(data.subarray(PART_BYTES))).toBe(true);
    expect(part.PartsCount).toBe(2);
  });

  it('lists its parts in pages, is listed, and can be aborted', async () => {
    const upload = await begin('listed');
    await uploadPart(upload, 10, 'ten');
    await uploadPart(upload, 2, 'two');
    await uploadPart(upload, 2, 'two again');
    const page = await listParts(upload, { MaxParts: 1 });
    expect(page.Parts).toMatchObject([{ PartNumber: 2, Size: 9, ETag: `"${md5('two again')}"` }]);
    expect(page.IsTruncated).toBe(true);
    const rest = await listParts(upload, { PartNumberMarker: page.NextPartNumberMarker });
    expect(rest.Parts).toMatchObject([{ PartNumber: 10 }]);
    const { Uploads } = await send(new ListMultipartUploadsCommand({ Bucket }));
    expect(Uploads).toMatchObject([{ Key: 'listed', UploadId: upload.UploadId }]);
    await send(new AbortMultipartUploadCommand(upload));
    await expectRefused(listParts(upload), 'NoSuchUpload', 404);
    await expectRefused(uploadPart(upload, 1, 'x'), 'NoSuchUpload', 404);
  });

  it('refuses what does not make an object', async () => {
    const upload = await begin('refused');
    const one = await uploadPart(upload, 1, 'small');
    const two = await uploadPart(upload, 2, 'small too');
    await expectRefused(complete(upload, [one, two]), 'EntityTooSmall', 400);
    await expectRefused(complete(upload, [two, one]), 'InvalidPartOrder', 400);
    await expectRefused(complete(upload, [{ ...one, ETag: two.ETag }]), 'InvalidPart', 400);
    await expectRefused(complete(upload, [{ ...one, PartNumber: 3 }]), 'InvalidPart', 400);
    await expectRefused(complete(upload, []), 'MalformedXML', 400);
    await expectRefused(complete(upload, [one], { MpuObjectSize: 4 }), 'InvalidRequest', 400);
    await expectRefused(uploadPart(upload, 10_001, 'x'), 'InvalidArgument', 400);
    await expectRefused(complete({ ...upload, Key: 'other' }, [one]), 'NoSuchUpload', 404);
    await complete(upload, [one], { MpuObjectSize: 5 });
    expect((await get(target, 'refused')).text).toBe('small');
  });

  it.each([
    ['CRC32', 'COMPOSITE'],
    ['CRC32', 'FULL_OBJECT'],
    ['CRC32C', 'FULL_OBJECT'],
    ['CRC64NVME', 'FULL_OBJECT'],
    ['SHA256', 'COMPOSITE'],
  ] as const)('with %s %s has the checksum that its bytes have', async (algorithm, type) => {
    const data = randomBytes(PART_BYTES + 1234);
    const checksums = { ChecksumAlgorithm: algorithm, ChecksumType: type };
    const upload = { ...(await begin('summed', checksums)), ChecksumAlgorithm: algorithm };
    const first = await uploadPart(upload, 1, data.subarray(0, PART_BYTES));
    const second = await uploadPart(upload, 2, data.subarray(PART_BYTES));
    const done = await complete(upload, [first, second]);
    expect(done.ChecksumType).toBe(type);
    // The client computes the checksum of a whole put by itself: an independent implementation.
    await put(target, 'whole', data, { ChecksumAlgorithm: algorithm });
    const name = `Checksum${algorithm}` as const;
    const whole = await send(
      new HeadObjectCommand({ Bucket, Key: 'whole', ChecksumMode: 'ENABLED' }),
    );
    if (type === 'FULL_OBJECT') expect(done[name]).toBe(whole[name]);
    else expect(done[name]).toMatch(/=-2$/);
  });

  it('takes a part from another object', async () => {
    const data = randomBytes(PART_BYTES + 10);
    await put(target, 'source', data);
    const upload = await begin('from-source');
    const copy = async (PartNumber: number, CopySourceRange: string) => {
      const input = { ...upload, PartNumber, CopySource: `${Bucket}/source`, CopySourceRange };
      const { CopyPartResult } = await send(new UploadPartCopyCommand(input));
      return { PartNumber, ...CopyPartResult };
    };
    const parts = [await copy(1, `bytes=10-${PART_BYTES + 9}`), await copy(2, 'bytes=0-9')];
    await complete(upload, parts);
    const expected = Buffer.concat([data.subarray(10), data.subarray(0, 10)]);
    expect((await get(target, 'from-source')).bytes.equals(expected)).toBe(true);
  });
});

describe('a copy', () => {
  const copy = (Key: string, source: string, more = {}) =>
    send(
      new CopyObjectCommand({
        Bucket,
        Key,
        CopySource: encodeURIComponent(`${Bucket}/${source}`),
        ...more,
      }),
    );

  it('keeps what is said about the object, or replaces it', async () => {
    const { ETag } = await put(target, 'cp/ü a+b', 'src', { Metadata: { m: '1' }, Tagging: 't=1' });
    const { CopyObjectResult } = await copy('cp/same', 'cp/ü a+b');
    expect(CopyObjectResult?.ETag).toBe(ETag);
    expect(await get(target, 'cp/same')).toMatchObject({
      text: 'src',
      Metadata: { m: '1' },
      TagCount: 1,
    });
    await copy('cp/other', 'cp/same', { MetadataDirective: 'REPLACE', Metadata: { z: '9' } });
    expect((await get(target, 'cp/other')).Metadata).toEqual({ z: '9' });
  });

  it('outlives its source', async () => {
    await put(target, 'cp/source', 'first');
    await copy('cp/copy', 'cp/source');
    await put(target, 'cp/source', 'second');
    expect((await get(target, 'cp/copy')).text).toBe('first');
  });

  it('onto itself must change something; of nothing it fails', async () => {
    await put(target, 'cp/self', 'x', { Metadata: { a: '1' } });
    await expectRefused(copy('cp/self', 'cp/self'), 'InvalidRequest', 400);
    await copy('cp/self', 'cp/self', { MetadataDirective: 'REPLACE', Metadata: { a: '2' } });
    expect(await get(target, 'cp/self')).toMatchObject({ text: 'x', Metadata: { a: '2' } });
    await expectRefused(copy('cp/x', 'cp/missing'), 'NoSuchKey', 404);
  });
});
