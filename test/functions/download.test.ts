/** Bodies that are cut off on their way are asked for again. */
import { describe, expect, it, vi } from 'vitest';
import { download } from '../../functions/common/download.ts';

const reset = Object.assign(new Error('aborted'), { code: 'ECONNRESET' });

describe('a download', () => {
  it('is repeated when its body is cut off', async () => {
    const bodies = ['cut off', 'cut off', 'whole'];
    const fetch = vi.fn(async () => bodies.shift());
    const read = async (body: string | undefined) => {
      if (body !== 'whole') throw reset;
      return body;
    };
    expect(await download(fetch, read)).toBe('whole');
    expect(fetch).toHaveBeenCalledTimes(3);
  });

  it('fails when its body is cut off again and again', async () => {
    const fetch = vi.fn(async () => 'cut off');
    await expect(download(fetch, () => Promise.reject(reset))).rejects.toBe(reset);
    expect(fetch).toHaveBeenCalledTimes(3);
  });

  it('fails at once when the object is refused', async () => {
    const denied = new Error('AccessDenied');
    const fetch = vi.fn(() => Promise.reject(denied));
    await expect(download(fetch, async () => 'whole')).rejects.toBe(denied);
    expect(fetch).toHaveBeenCalledOnce();
  });
});
