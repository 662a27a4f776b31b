/** Conditional requests, and what holds when many clients make them at once. */
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  HeadObjectCommand,
  S3ServiceException,
  UploadPartCommand,
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

const OTHER_ETAG = '"00000000000000000000000000000000"';

/** Runs the call; answers whether it went through or lost to another writer. */
async function wins(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    const lost = ['PreconditionFailed', 'ConditionalRequestConflict'];
    if (error instanceof S3ServiceException && lost.includes(error.name)) return false;
    throw error;
  }
}

describe('a conditional get', () => {
  it('answers 304 if the client has the object', async () => {
    const { ETag } = await put(target, 'read', 'x');
    await expectRefused(get(target, 'read', { IfNoneMatch: ETag }), undefined, 304);
    expect((await get(target, 'read', { IfNoneMatch: OTHER_ETAG })).text).toBe('x');
  });

  it('answers 412 if the object is another', async () => {
    const { ETag } = await put(target, 'read', 'x');
    const call = get(target, 'read', { IfMatch: OTHER_ETAG });
    await expectRefused(call, 'PreconditionFailed', 412);
    expect((await get(target, 'read', { IfMatch: ETag })).text).toBe('x');
  });

  it('compares times in whole seconds', async () => {
    await put(target, 'read', 'x');
    const { LastModified } = await get(target, 'read');
    const before = new Date((LastModified?.getTime() ?? 0) - 1000);
    await expectRefused(get(target, 'read', { IfModifiedSince: LastModified }), undefined, 304);
    expect((await get(target, 'read', { IfModifiedSince: before })).text).toBe('x');
    expect((await get(target, 'read', { IfUnmodifiedSince: LastModified })).text).toBe('x');
    const call = get(target, 'read', { IfUnmodifiedSince: before });
    await expectRefused(call, 'PreconditionFailed', 412);
  });
});

describe('a conditional put', () => {
  it('with If-None-Match: * creates, and never replaces', async () => {
    await put(target, 'create', '1', { IfNoneMatch: '*' });
    const call = put(target, 'create', '2', { IfNoneMatch: '*' });
    await expectRefused(call, 'PreconditionFailed', 412);
    expect((await get(target, 'create')).text).toBe('1');
  });

  it('with If-Match replaces that version only', async () => {
    const { ETag } = await put(target, 'swap', '1');
    await put(target, 'swap', '2', { IfMatch: ETag });
    await expectRefused(put(target, 'swap', '3', { IfMatch: ETag }), 'PreconditionFailed', 412);
    expect((await get(target, 'swap')).text).toBe('2');
    await expectRefused(put(target, 'swap-missing', '3', { IfMatch: ETag }), 'NoSuchKey', 404);
  });
});

it('a conditional delete removes that version only', async () => {
  const { ETag } = await put(target, 'delete', '1');
  const wrong = new DeleteObjectCommand({ Bucket, Key: 'delete', IfMatch: OTHER_ETAG });
  await expectRefused(send(wrong), 'PreconditionFailed', 412);
  await send(new DeleteObjectCommand({ Bucket, Key: 'delete', IfMatch: ETag }));
  await expectRefused(send(new HeadObjectCommand({ Bucket, Key: 'delete' })), 'NotFound', 404);
});

it('a batch deletion reports the objects whose condition failed', async () => {
  const { ETag } = await put(target, 'batch/a', '1');
  await put(target, 'batch/b', '2');
  const Objects = [
    { Key: 'batch/a', ETag },
    { Key: 'batch/b', ETag },
  ];
  const { Deleted, Errors } = await send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  expect(Deleted?.map(({ Key }) => Key)).toEqual(['batch/a']);
  expect(Errors).toMatchObject([{ Key: 'batch/b', Code: 'PreconditionFailed' }]);
  expect((await get(target, 'batch/b')).text).toBe('2');
});

it('a copy checks its source and its destination', async () => {
  await put(target, 'copy/source', 'x');
  const copy = { Bucket, Key: 'copy/target', CopySource: `${Bucket}/copy/source` };
  await expectRefused(
    send(new CopyObjectCommand({ ...copy, CopySourceIfMatch: OTHER_ETAG })),
    'PreconditionFailed',
    412,
  );
  await send(new CopyObjectCommand({ ...copy, IfNoneMatch: '*' }));
  const again = new CopyObjectCommand({ ...copy, IfNoneMatch: '*' });
  await expectRefused(send(again), 'PreconditionFailed', 412);
});

it('a multipart upload is completed with If-None-Match: * only onto a free key', async () => {
  await put(target, 'taken', 'x');
  const upload = { Bucket, Key: 'taken' };
  const { UploadId } = await send(new CreateMultipartUploadCommand(upload));
  const part = { ...upload, UploadId, PartNumber: 1 };
  const { ETag, ChecksumCRC32 } = await send(new UploadPartCommand({ ...part, Body: 'zz' }));
  const call = send(
    new CompleteMultipartUploadCommand({
      ...upload,
      UploadId,
      IfNoneMatch: '*',
      MultipartUpload: { Parts: [{ PartNumber: 1, ETag, ChecksumCRC32 }] },
    }),
  );
  await expectRefused(call, 'PreconditionFailed', 412);
  expect((await get(target, 'taken')).text).toBe('x');
});

describe('at once', () => {
  it('a hundred creations of one key have one winner', async () => {
    for (const key of ['race/0', 'race/1', 'race/2']) {
      const calls = Array.from({ length: 100 }, (_, i) =>
        wins(put(target, key, `writer ${i}`, { IfNoneMatch: '*' })),
      );
      const results = await Promise.all(calls);
      expect(results.filter(Boolean)).toHaveLength(1);
      expect((await get(target, key)).text).toBe(`writer ${results.indexOf(true)}`);
    }
  });

  it('eight clients that compare and swap a counter lose no update', async () => {
    await put(target, 'counter', '0');
    const increment = async () => {
      const { text, ETag } = await get(target, 'counter');
      return wins(put(target, 'counter', String(Number(text) + 1), { IfMatch: ETag }));
    };
    const client = async () => {
      for (let done = 0; done < 5; ) if (await increment()) done++;
    };
    await Promise.all(Array.from({ length: 8 }, client));
    expect((await get(target, 'counter')).text).toBe('40');
  });

  it('readers of an object that is being replaced see one version whole', async () => {
    const version = (n: number) => Buffer.alloc(1 << 18, n);
    await put(target, 'torn', version(0));
    let writing = true;
    const write = async () => {
      for (let i = 1; i <= 20; i++) await put(target, 'torn', version(i));
      writing = false;
    };
    const read = async () => {
      for (; writing; ) {
        const { bytes, ETag } = await get(target, 'torn');
        expect(ETag).toBe(`"${md5(bytes)}"`);
      }
    };
    await Promise.all([write(), read(), read(), read(), read()]);
  });
});
