/** Which pictures of a video come out, at which times, whatever it is coded like. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CoreDecoder } from '../../layers/video/core-decoder.ts';
import type { Decoder } from '../../layers/video/index.ts';
import { Container, sampledPictures, VideoError } from '../../layers/video/index.ts';
import { clip, H264, numbered, numberOf } from './clips.ts';
import { memorySource } from './memory-source.ts';

const FOREVER = { first: 0, end: Number.MAX_SAFE_INTEGER };
const NEVER = new AbortController().signal;
/** Two seconds. */
const VIDEO = numbered(40, { rate: 20 });

let decoder: Decoder;
beforeAll(() => {
  decoder = new CoreDecoder();
});
afterAll(() => decoder.close());

async function looked(bytes: Uint8Array, part = { ...FOREVER, rate: 5 }) {
  const container = await Container.open(memorySource(bytes));
  const seen: [number, number][] = [];
  for await (const { timestamp, picture } of sampledPictures(container, decoder, part, NEVER)) {
    seen.push([timestamp, numberOf(picture)]);
  }
  container.close();
  return seen;
}

/** Of a picture every 50 ms, the first in every 200. */
const EVERY_FOURTH = Array.from({ length: 10 }, (_, i) => [i * 200, i * 4]);

describe('each picture at its time', () => {
  it.each([
    ['B-frames, index at the end', [...H264, '-bf', '3', '-g', '12'], 'mp4'],
    ['one key picture, index in front', [...H264, '-g', '250', '-movflags', '+faststart'], 'mov'],
    ['baseline', [...H264, '-profile:v', 'baseline', '-g', '10'], 'mp4'],
    ['open groups', [...H264, '-bf', '2', '-g', '10', '-x264-params', 'open-gop=1'], 'mp4'],
    [
      'fragments',
      [...H264, '-bf', '0', '-g', '10', '-movflags', 'frag_keyframe+empty_moov'],
      'mp4',
    ],
    ['10 bits', ['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p10le'], 'mp4'],
    ['interlaced', [...H264, '-flags', '+ildct+ilme', '-x264-params', 'tff=1'], 'mp4'],
    ['full range', [...H264.slice(0, -1), 'yuvj420p'], 'mp4'],
  ])('%s', async (_, options, extension) => {
    expect(await looked(await clip(VIDEO, [options], extension))).toEqual(EVERY_FOURTH);
  });

  it('a variable rate', async () => {
    // Of the first second every third picture: 0, 150, 300, ... ms.
    const select = "select='if(lt(n,20),not(mod(n,3)),1)'";
    const bytes = await clip(VIDEO, [['-vf', select, '-vsync', 'vfr', ...H264, '-bf', '2']]);
    expect(await looked(bytes)).toEqual([
      [0, 0],
      [300, 6],
      [450, 9],
      [600, 12],
      [900, 18],
      [1000, 20],
      [1200, 24],
      [1400, 28],
      [1600, 32],
      [1800, 36],
    ]);
  });

  it('an edit list, which cuts off what comes before it', async () => {
    const cut = ['-ss', '0.5', 'INPUT', '-c', 'copy'];
    const bytes = await clip(VIDEO, [[...H264, '-g', '40'], cut]);
    expect(await looked(bytes)).toEqual(Array.from({ length: 8 }, (_, i) => [i * 200, 10 + i * 4]));
  });

  it('pictures that are stored lying', async () => {
    const bytes = await clip(VIDEO, [
      ['-vf', 'transpose=2', ...H264],
      ['-c', 'copy', '-metadata:s:v', 'rotate=270'],
    ]);
    const { properties } = await Container.open(memorySource(bytes));
    expect(properties).toMatchObject({ width: 160, height: 120 });
    expect(await looked(bytes)).toEqual(EVERY_FOURTH);
  });

  it('what is whole of a fragmented file that was cut off', async () => {
    const fragments = [...H264, '-bf', '0', '-g', '10', '-movflags', 'frag_keyframe+empty_moov'];
    const bytes = await clip(VIDEO, [fragments]);
    const seen = await looked(bytes.subarray(0, Math.floor(bytes.length * 0.6)));
    expect(seen.length).toBeGreaterThan(2);
    expect(seen).toEqual(EVERY_FOURTH.slice(0, seen.length));
  });
});

it('parts that adjoin give together the whole', async () => {
  const options = [...H264, '-bf', '2', '-g', '9', '-x264-params', 'open-gop=1:scenecut=0'];
  const bytes = await clip(VIDEO, [options]);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(1, 3, 5, 8, 30),
      fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 3 }),
      async (rate, inner) => {
        const whole = await looked(bytes, { ...FOREVER, rate });
        const borders = [0, ...inner.sort((a, b) => a - b), FOREVER.end];
        const parts: [number, number][] = [];
        for (const [i, first] of borders.slice(0, -1).entries()) {
          parts.push(...(await looked(bytes, { first, end: borders[i + 1]!, rate })));
        }
        expect(parts).toEqual(whole);
      },
    ),
    // The last group of pictures by itself: so few that all come out when the decoder is emptied.
    { numRuns: 12, examples: [[30, [54]]] },
  );
});

it('a picture that is damaged does not shift the others', async () => {
  const bytes = await clip(VIDEO, [[...H264, '-g', '10', '-bf', '0']]);
  // In the middle of the coded pictures, which are behind the first box.
  const damaged = Buffer.from(bytes);
  damaged.fill(0x5a, Math.floor(bytes.length * 0.45), Math.floor(bytes.length * 0.45) + 24);
  const seen = await looked(damaged).catch((error: unknown) => error);
  if (seen instanceof VideoError) return;
  expect((seen as number[][]).map(([time]) => time)).toEqual(EVERY_FOURTH.map(([time]) => time));
});
