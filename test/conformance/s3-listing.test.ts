/** Listing keys in pages, and deleting many. */
import {
  DeleteObjectsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectRefused, openTarget, put, type Target } from './s3-target.ts';

let target: Target;
let Bucket: string;
let send: Target['client']['send'];

beforeAll(async () => {
  target = await openTarget();
  Bucket = target.bucket;
  send = target.client.send.bind(target.client);
});
afterAll(() => target.close());

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

const list = (input: Omit<ListObjectsV2CommandInput, 'Bucket'>) =>
  send(new ListObjectsV2Command({ Bucket, ...input }));

/** Every entry of a listing, page by page. */
async function listAll(input: Omit<ListObjectsV2CommandInput, 'Bucket'>) {
  const pages = [];
  const keys: string[] = [];
  const prefixes: string[] = [];
  for (let ContinuationToken: string | undefined; ; ) {
    const page = await list({ ...input, ...(ContinuationToken && { ContinuationToken }) });
    pages.push(page.KeyCount);
    keys.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ''));
    prefixes.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix ?? ''));
    ContinuationToken = page.NextContinuationToken;
    expect(page.IsTruncated).toBe(ContinuationToken !== undefined);
    if (ContinuationToken === undefined) return { keys, prefixes, pages };
  }
}

describe('a listing', () => {
  beforeAll(async () => {
    for (let i = 0; i < 25; i++) await put(target, `ls/${String(i).padStart(2, '0')}/f`, 'x');
    await put(target, 'ls/root', 'x');
  });

  it('groups keys at the delimiter and continues after each page', async () => {
    const all = await listAll({ Prefix: 'ls/', Delimiter: '/', MaxKeys: 10 });
    const groups = Array.from({ length: 25 }, (_, i) => `ls/${String(i).padStart(2, '0')}/`);
    expect(all).toEqual({ keys: ['ls/root'], prefixes: groups, pages: [10, 10, 6] });
  });

  it('starts after a key', async () => {
    const { Contents, KeyCount } = await list({ Prefix: 'ls/', StartAfter: 'ls/20/f' });
    expect(Contents?.[0]?.Key).toBe('ls/21/f');
    expect(KeyCount).toBe(5);
  });

  it('is in the order of UTF-8 bytes', async () => {
    const keys = ['z', 'é', 'A', 'a', '-', 'a/b', 'a-b', '日', '\u{1f389}', '\uffee'].map(
      (name) => `order/${name}`,
    );
    for (const key of keys) await put(target, key, 'x');
    expect((await listAll({ Prefix: 'order/' })).keys).toEqual(keys.toSorted(byBytes));
    expect((await listAll({ Prefix: 'order/', MaxKeys: 1 })).keys).toEqual(keys.toSorted(byBytes));
  });

  it('encodes names for clients that ask for it', async () => {
    await put(target, 'enc/a b+ü\u0001', 'x');
    const { Contents, EncodingType } = await list({ Prefix: 'enc/', EncodingType: 'url' });
    expect(EncodingType).toBe('url');
    expect(decodeURIComponent(Contents?.[0]?.Key ?? '')).toBe('enc/a b+ü\u0001');
  });

  it('may have no entries', async () => {
    expect(await list({ Prefix: 'ls/', MaxKeys: 0 })).toMatchObject({
      KeyCount: 0,
      IsTruncated: false,
    });
    expect(await list({ Prefix: 'nothing/' })).toMatchObject({ KeyCount: 0, IsTruncated: false });
  });

  it('refuses a continuation token that it did not give', async () => {
    await expectRefused(list({ ContinuationToken: '*' }), 'InvalidArgument', 400);
  });

  it('of the first version continues at a marker', async () => {
    const found: string[] = [];
    for (let Marker = ''; ; ) {
      const input = { Bucket, Prefix: 'ls/', Delimiter: '/', MaxKeys: 7, Marker };
      const page = await send(new ListObjectsCommand(input));
      found.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix ?? ''));
      found.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ''));
      if (!page.IsTruncated) break;
      Marker = page.NextMarker ?? '';
    }
    expect(found).toHaveLength(26);
    expect(new Set(found).size).toBe(26);
  });
});

it('a page holds a thousand keys, and a thousand are deleted in one call', async () => {
  const keys = Array.from({ length: 1001 }, (_, i) => `many/${String(i).padStart(5, '0')}`);
  for (let i = 0; i < keys.length; i += 50) {
    await Promise.all(keys.slice(i, i + 50).map((key) => put(target, key, 'x')));
  }
  expect(await listAll({ Prefix: 'many/' })).toMatchObject({ keys, pages: [1000, 1] });
  const Objects = [{ Key: 'many/never' }, ...keys.slice(0, 999).map((Key) => ({ Key }))];
  const { Errors } = await send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  expect(Errors).toBeUndefined();
  expect((await listAll({ Prefix: 'many/' })).keys).toEqual(keys.slice(999));
  const tooMany = Array.from({ length: 1001 }, (_, i) => ({ Key: `${i}` }));
  const call = send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: tooMany } }));
  await expectRefused(call, 'MalformedXML', 400);
});

it('whatever the keys, pages are what the definition says', async () => {
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '/', '-', 'é', '🎉'), maxLength: 5 });
  const keys = fc.sample(
    name.filter((key) => key !== ''),
    { numRuns: 60, seed: 7 },
  );
  const stored = [...new Set(keys)].map((key) => `p/${key}`).toSorted(byBytes);
  for (const key of stored) await send(new PutObjectCommand({ Bucket, Key: key, Body: '' }));
  const query = fc.record({
    prefix: name,
    delimiter: fc.constantFrom('', '/', '-', 'a/'),
    maxKeys: fc.integer({ min: 1, max: 7 }),
  });
  await fc.assert(
    fc.asyncProperty(query, async ({ prefix, delimiter, maxKeys }) => {
      const Prefix = `p/${prefix}`;
      const entries = new Set<string>();
      for (const key of stored.filter((candidate) => candidate.startsWith(Prefix))) {
        const cut = delimiter === '' ? -1 : key.indexOf(delimiter, Prefix.length);
        entries.add(cut < 0 ? key : key.slice(0, cut + delimiter.length));
      }
      const Delimiter = delimiter === '' ? {} : { Delimiter: delimiter };
      const {
        keys: found,
        prefixes,
        pages,
      } = await listAll({ Prefix, MaxKeys: maxKeys, ...Delimiter });
      expect([...found, ...prefixes].toSorted(byBytes)).toEqual([...entries]);
      expect(pages.length).toBe(Math.max(1, Math.ceil(entries.size / maxKeys)));
    }),
    { numRuns: 60 },
  );
});
