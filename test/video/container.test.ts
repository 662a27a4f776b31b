/** What a file says of its video, and what is said of files that cannot be read. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Container, VideoError } from '../../layers/video/index.ts';
import { clip, H264, numbered } from './clips.ts';
import { memorySource } from './memory-source.ts';

const VIDEO = numbered(20, { rate: 10 });

async function fault(bytes: Uint8Array): Promise<string> {
  const error = await Container.open(memorySource(bytes)).catch((error: unknown) => error);
  if (error instanceof VideoError) return error.message;
  throw new Error(`It was read, or failed otherwise: ${error}`);
}

it('says what is known of a video', async () => {
  const bytes = await clip(VIDEO, [[...H264, '-colorspace', 'bt709']]);
  const { properties } = await Container.open(memorySource(bytes));
  expect(properties).toEqual({
    codec: 'h264',
    format: 'QuickTime / MOV',
    durationMs: 2000,
    frameRate: 10,
    width: 160,
    height: 120,
    colorRange: 'LIMITED',
    matrix: 'bt709',
    rotation: 0,
  });
});

it('reads a large file by few ranges', async () => {
  const bytes = await clip(VIDEO, [H264]);
  // A box that no reader knows, as cameras write, in front of the index at the end.
  const free = Buffer.alloc(4_000_000);
  free.writeUInt32BE(free.length, 0);
  free.write('free', 4, 'latin1');
  const source = memorySource(Buffer.concat([free, bytes]));
  // The offsets in the index are off by as much, which only reading the pictures would show.
  await Container.open(source).catch(() => undefined);
  const read = source.reads.reduce((sum, [start, end]) => sum + end - start, 0);
  expect(source.reads.length).toBeLessThan(8);
  expect(read).toBeLessThan(2_000_000);
});

it('says why a file is not read', async () => {
  expect(await fault(new Uint8Array())).toBe('The object is not an MP4 or MOV file.');
  expect(await fault(Buffer.from('This is no video.'.repeat(100)))).toBe(
    'The object is not an MP4 or MOV file.',
  );
  const sound = ['-f', 'lavfi', '-i', 'sine=duration=1', 'INPUT', '-map', '0:a', '-c:a', 'aac'];
  expect(await fault(await clip(VIDEO, [sound]))).toBe('The file has no video track.');
  expect(await fault(await clip(VIDEO, [['-c:v', 'mpeg4']]))).toMatch(
    /^The codec of the video, .+, is not read; H\.264 is\.$/,
  );
});

it('says of any few bytes that they are no video', async () => {
  expect(await fault(Buffer.from('junk\n'))).toBe('The object is not an MP4 or MOV file.');
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 80 }), async (bytes) => {
      expect(await fault(bytes)).toBe('The object is not an MP4 or MOV file.');
    }),
    { numRuns: 50 },
  );
});

it('says of a file that was cut off that it was', async () => {
  const bytes = await clip(VIDEO, [[...H264, '-movflags', '+faststart']]);
  const half = memorySource(bytes.subarray(0, Math.floor(bytes.length / 2)));
  const read = async () => {
    const container = await Container.open(half);
    for await (const _ of container.pictures(0));
  };
  await expect(read()).rejects.toThrow(/cut short/);
  await expect(read()).rejects.toBeInstanceOf(VideoError);
});

it('lets through what the source fails with', async () => {
  const bytes = await clip(VIDEO, [H264]);
  const gone = new Error('The object has changed.');
  const source = { ...memorySource(bytes), read: () => Promise.reject(gone) };
  await expect(Container.open(source)).rejects.toBe(gone);
});
