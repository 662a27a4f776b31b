/** `recollect show` of a video: who is seen, and pictures that show it. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Container, fileSource } from '../../../layers/video/index.ts';
import { portrait, SAME_MAN } from '../../support/photos.ts';
import { ran } from '../../support/recollect.ts';
import { clip, H264 } from '../../video/clips.ts';
import { scene } from '../../video/scenes.ts';

const NO_FFMPEG = { RECOLLECT_FFMPEG: 'none' };

let folder: string;
let video: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'recollect-show-video-'));
  video = path.join(folder, 'man.mp4');
  const path0 = [
    [0.4, 0.5],
    [0.6, 0.5],
  ] as const;
  const photo = await portrait(SAME_MAN[0]);
  const cast = [{ who: 'man', photo, from: 0, to: 1, size: 320, path: path0 }];
  const size = { width: 480, height: 360, rate: 5, seconds: 1 };
  await writeFile(video, await clip(await scene(cast, size), [H264]));
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

it('writes a folder of pictures, or a video, of the same pictures', {
  timeout: 90_000,
}, async () => {
  const pictures = path.join(folder, 'pictures');
  const shown = await ran(['show', video, pictures], NO_FFMPEG);
  expect(shown.said).toBe('');
  expect(shown.printed).toContain('#0  on 5 pictures, 0:00 to 0:00');
  const files = await readdir(pictures);
  expect(files).toEqual(
    [0, 200, 400, 600, 800].map((ms) => `0000${String(ms).padStart(4, '0')}.jpg`),
  );
  const { width, height } = await sharp(path.join(pictures, files[0]!)).metadata();
  expect([width, height]).toEqual([480, 360]);

  const out = path.join(folder, 'out.mp4');
  const { printed } = await ran(['show', video, out, '--json'], NO_FFMPEG);
  const rows: { Timestamp: number; Index: number }[] = JSON.parse(printed);
  expect(rows.map(({ Timestamp, Index }) => [Timestamp, Index])).toEqual(
    [0, 200, 400, 600, 800].map((ms) => [ms, 0]),
  );
  const container = await Container.open(await fileSource(out));
  expect(container.properties).toMatchObject({ width: 480, height: 360, durationMs: 1000 });
});

it('says what is wrong with a video', async () => {
  const text = path.join(folder, 'text.mov');
  await writeFile(text, 'This is no video.'.repeat(50));
  const { code, said } = await ran(['show', text, path.join(folder, 'none')], NO_FFMPEG);
  expect([code, said]).toEqual([1, expect.stringContaining('not an MP4 or MOV file')]);
  expect(await readdir(folder)).not.toContain('none');
  const missing = await ran(['show', path.join(folder, 'no.mp4'), '--json'], NO_FFMPEG);
  expect([missing.code, missing.said]).toEqual([1, expect.stringContaining('no such file')]);
  expect((await readFile(text)).length).toBeGreaterThan(0);
});
