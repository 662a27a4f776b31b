/** Clips for the proof: coded by the FFmpeg of the PATH where there is one, which is quick, or else by WebAssembly. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { present } from '../../support/programs.ts';
import { clip } from '../clips.ts';
import type { SceneSize } from '../scenes.ts';

const hasFfmpeg = present('ffmpeg', ['-version']);

/**
 * @param pictures RGB, one after the other
 * @param options of FFmpeg: how they are coded
 * @param times how often the clip is repeated
 */
export async function film(
  pictures: AsyncIterable<Buffer>,
  { width, height, rate }: Omit<SceneSize, 'seconds'>,
  options: readonly string[],
  times = 1,
): Promise<Buffer> {
  if (!hasFfmpeg) {
    const frames: Buffer[] = [];
    for await (const picture of pictures) frames.push(picture);
    const repeat = ['-stream_loop', String(times - 1), 'INPUT', '-c', 'copy'];
    const steps = times > 1 ? [options, repeat] : [options];
    return clip({ width, height, rate, frames }, steps);
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'recollect-film-'));
  try {
    const once = path.join(folder, 'once.mp4');
    const raw = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${width}x${height}`];
    await ffmpeg([...raw, '-r', String(rate), '-i', 'pipe:0', ...options, once], pictures);
    if (times === 1) return await readFile(once);
    const often = path.join(folder, 'often.mp4');
    await ffmpeg(['-stream_loop', String(times - 1), '-i', once, '-c', 'copy', often]);
    return await readFile(often);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function ffmpeg(args: readonly string[], input?: AsyncIterable<Buffer>): Promise<void> {
  const child = spawn('ffmpeg', ['-v', 'error', ...args], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  const exited = once(child, 'exit');
  child.stdin.on('error', () => undefined);
  for await (const picture of input ?? []) {
    if (!child.stdin.write(picture)) await Promise.race([once(child.stdin, 'drain'), exited]);
  }
  child.stdin.end();
  const [code] = await exited;
  if (code !== 0) throw new Error(`ffmpeg ended with ${code}.`);
}
