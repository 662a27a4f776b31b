/** For how long a key is believed to be what the store said. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { AccessKey } from '../../../layers/protocol/index.ts';
import { KeyCache } from '../../../layers/protocol/index.ts';
import { KEY } from './support/requests.ts';

const ABSENT = 'AKIAZZZZZZZZZZZZZZZZ';
const SECOND = 1000;

let now: number;
let reads: string[];
let stored: Map<string, AccessKey>;
let broken: boolean;
let cache: KeyCache;

beforeEach(() => {
  now = 1_000_000;
  reads = [];
  stored = new Map([[KEY.id, KEY]]);
  broken = false;
  cache = new KeyCache(
    {
      async find(id) {
        reads.push(id);
        if (broken) throw new Error('throttled');
        return stored.get(id);
      },
    },
    () => now,
  );
});

describe('a key', () => {
  it('is read once for many requests', async () => {
    const found = await Promise.all(Array.from({ length: 20 }, () => cache.find(KEY.id)));
    now += 20 * SECOND;
    found.push(await cache.find(KEY.id));
    expect(new Set(found)).toEqual(new Set([KEY]));
    expect(reads).toEqual([KEY.id]);
  });

  it('that was revoked right after it was read is gone within a minute', async () => {
    await cache.find(KEY.id);
    stored.clear();
    now += 60 * SECOND;
    expect(await cache.find(KEY.id)).toBeUndefined();
  });

  it('that was revoked is gone within a minute also for one who asks all the time', async () => {
    await cache.find(KEY.id);
    stored.clear();
    const revoked = now;
    while ((await cache.find(KEY.id)) !== undefined) now += SECOND / 2;
    expect(now - revoked).toBeLessThanOrEqual(60 * SECOND);
  });

  it('counts its age from before the read, which may take long', async () => {
    let answer: (key: AccessKey | undefined) => void = () => undefined;
    const slow = new KeyCache(
      { find: () => new Promise((resolve) => (answer = resolve)) },
      () => now,
    );
    const first = slow.find(KEY.id);
    now += 40 * SECOND;
    answer(KEY);
    expect(await first).toBe(KEY);
    const second = slow.find(KEY.id);
    answer(undefined);
    expect(await second).toBeUndefined();
  });

  it('is still good when the store fails for a moment, and not for longer than a minute', async () => {
    await cache.find(KEY.id);
    broken = true;
    now += 50 * SECOND;
    expect(await cache.find(KEY.id)).toBe(KEY);
    now += 10 * SECOND;
    await expect(cache.find(KEY.id)).rejects.toThrow('throttled');
    broken = false;
    expect(await cache.find(KEY.id)).toBe(KEY);
  });
});

describe('a key that is gone', () => {
  it('does not come back when the store fails', async () => {
    await cache.find(KEY.id);
    stored.clear();
    now += 30 * SECOND;
    expect(await cache.find(KEY.id)).toBeUndefined();
    broken = true;
    now += 10 * SECOND;
    await expect(cache.find(KEY.id)).rejects.toThrow('throttled');
  });

  it('is not kept by a clock that is set back', async () => {
    await cache.find(KEY.id);
    stored.clear();
    now -= 3600 * SECOND;
    expect(await cache.find(KEY.id)).toBeUndefined();
  });
});

describe('an id that is nobody’s', () => {
  it('is not asked for again at once, and found soon after it is created', async () => {
    for (let i = 0; i < 10; i++) expect(await cache.find(ABSENT)).toBeUndefined();
    expect(reads).toEqual([ABSENT]);
    stored.set(ABSENT, { ...KEY, id: ABSENT });
    now += 5 * SECOND;
    expect(await cache.find(ABSENT)).toMatchObject({ id: ABSENT });
  });

  it.each(['', 'AKIA', '../../etc/passwd', `${KEY.id}x`, KEY.id.toLowerCase(), 'constructor'])(
    'and has no form of one never reaches the store: %j',
    async (id) => {
      expect(await cache.find(id)).toBeUndefined();
      expect(reads).toEqual([]);
    },
  );

  it('does not drive out keys that are known, however many there are', async () => {
    await cache.find(KEY.id);
    for (let i = 0; i < 3000; i++) {
      const digits = i.toString(2).padStart(16, '0');
      await cache.find(`AKIA${digits.replaceAll('0', 'A').replaceAll('1', 'B')}`);
    }
    reads = [];
    expect(await cache.find(KEY.id)).toBe(KEY);
    expect(reads).toEqual([]);
  });
});
