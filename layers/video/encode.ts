/** Pictures to a video, for looking at. */
import { DecoderError } from './errors.ts';
import { createFfmpegCore } from './ffmpeg-core.ts';

const WORDS = 400;

/**
 * @param pictures JPEGs of one size, which are held in memory
 * @param rate pictures a second
 * @returns an MP4 with H.264. @throws DecoderMissingError, DecoderError
 */
export async function encodeVideo(
  pictures: readonly Uint8Array[],
  rate: number,
): Promise<Uint8Array> {
  const core = await createFfmpegCore();
  let said = '';
  core.setLogger(({ message }) => {
    said = `${said}${message}\n`.slice(-WORDS);
  });
  for (const [i, bytes] of pictures.entries()) {
    core.FS.writeFile(`/${String(i).padStart(8, '0')}.jpg`, bytes);
  }
  // Sides must be even.
  const even = 'pad=ceil(iw/2)*2:ceil(ih/2)*2';
  const output = ['-vf', even, '-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p'];
  const input = ['-framerate', String(rate), '-i', '/%08d.jpg'];
  const code = core.exec('-nostdin', ...input, ...output, '-y', '/out.mp4');
  if (code !== 0) throw new DecoderError(`FFmpeg ended with ${code}: ${said.trim()}`);
  return core.FS.readFile('/out.mp4');
}
