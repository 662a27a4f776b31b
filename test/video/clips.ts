/**
 * Clips for tests, coded while the tests run by FFmpeg as WebAssembly. Nothing but its own options decides what a
 * clip is like, and no file of it lies in this repository.
 */
import { createFfmpegCore } from '../../layers/video/ffmpeg-core.ts';

/** Options of FFmpeg. */
type Options = readonly string[];

export interface RawVideo {
  readonly width: number;
  readonly height: number;
  /** Pictures a second. */
  readonly rate: number;
  /** RGB, one after the other. */
  readonly frames: readonly Uint8Array[];
}

/** Small and quick to code. */
export const H264: Options = ['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p'];

/**
 * @param steps each codes what the one before has made; the first takes raw pictures
 * @param extension of what the last one makes
 */
export async function clip(
  { width, height, rate, frames }: RawVideo,
  steps: readonly Options[],
  extension = 'mp4',
): Promise<Buffer> {
  const core = await createFfmpegCore();
  let said = '';
  core.setLogger(({ message }) => {
    said = `${said}${message}\n`.slice(-1000);
  });
  core.FS.writeFile('/0.raw', Buffer.concat(frames));
  const raw = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${width}x${height}`];
  let input: Options = [...raw, '-r', String(rate), '-i', '/0.raw'];
  let made = '';
  for (const [i, options] of steps.entries()) {
    made = `/${i + 1}.${i === steps.length - 1 ? extension : 'mp4'}`;
    const [before, after] = split(options);
    const code = core.exec(...before, ...input, ...after, '-y', made);
    core.reset();
    if (code !== 0) throw new Error(`FFmpeg ended with ${code}: ${said}`);
    input = ['-i', made];
  }
  return Buffer.from(core.FS.readFile(made));
}

/** What stands before `INPUT` is said of what is read. */
function split(options: Options): [Options, Options] {
  const at = options.indexOf('INPUT');
  return at < 0 ? [[], options] : [options.slice(0, at), options.slice(at + 1)];
}

const COLUMNS = 4;
const ROWS = 3;

/** Pictures that show their number, as white and black fields. */
export function numbered(
  count: number,
  { width = 160, height = 120, rate = 10 }: Partial<Omit<RawVideo, 'frames'>> = {},
): RawVideo {
  const frames = Array.from({ length: count }, (_, number) => {
    const data = new Uint8Array(width * height * 3);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const bit = Math.floor((y * ROWS) / height) * COLUMNS + Math.floor((x * COLUMNS) / width);
        data.fill((number >> bit) & 1 ? 230 : 20, (y * width + x) * 3, (y * width + x) * 3 + 3);
      }
    }
    return data;
  });
  return { width, height, rate, frames };
}

/** The number that an upright picture shows. */
export function numberOf({
  width,
  height,
  data,
}: {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}): number {
  let number = 0;
  for (let bit = 0; bit < COLUMNS * ROWS; bit++) {
    const x = Math.floor((((bit % COLUMNS) + 0.5) * width) / COLUMNS);
    const y = Math.floor(((Math.floor(bit / COLUMNS) + 0.5) * height) / ROWS);
    if (data[(y * width + x) * 3 + 1]! > 128) number |= 1 << bit;
  }
  return number;
}
