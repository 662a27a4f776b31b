/**
 * A program: reads a progressive JPEG or interlaced PNG of side x side pixels in full colour, and prints how
 * far the memory of this process has risen at most, in megabytes.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { readPicture } from '../../../layers/inference/decoding/picture.ts';

const [format, side] = [process.argv[2], Number(process.argv[3])];

/** Made in another process: encoding takes as much memory as decoding. */
function blank(width: number): Buffer {
  const program = `
    require('sharp')({ create: { width: ${width}, height: ${width}, channels: 3, background: 'teal' }, limitInputPixels: false })
      .${format}({ progressive: true, chromaSubsampling: '4:4:4', compressionLevel: 1 })
      .toBuffer()
      .then((bytes) => process.stdout.write(bytes));
  `;
  const args = ['--input-type=commonjs', '--eval', program];
  return execFileSync(process.execPath, args, { cwd: import.meta.dirname, maxBuffer: 1 << 26 });
}

/** On Linux what getrusage says of a process begins with the peak of the one that started it. */
function peakBytes(): number {
  const status = '/proc/self/status';
  const own = existsSync(status) && /VmHWM:\s+(\d+) kB/.exec(readFileSync(status, 'utf8'))?.[1];
  return 1024 * (own ? Number(own) : process.resourceUsage().maxRSS);
}

const bytes = blank(side);
// What is loaded and kept once is not counted.
await readPicture(blank(100), 1);
const before = process.memoryUsage.rss();
const { width } = await readPicture(bytes, 1);
const megabytes = (peakBytes() - before) / 1e6;
console.log(JSON.stringify({ width, megabytes }));
