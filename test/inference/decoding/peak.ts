/**
 * A program: reads a progressive JPEG or interlaced PNG of side x side pixels in full colour, and prints how
 * far the memory of this process has risen at most, in megabytes.
 */
import { execFileSync } from 'node:child_process';
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

const bytes = blank(side);
// What is loaded and kept once is not counted.
await readPicture(blank(100), 1);
const before = process.memoryUsage.rss();
const { width } = await readPicture(bytes, 1);
const megabytes = (process.resourceUsage().maxRSS * 1024 - before) / 1e6;
console.log(JSON.stringify({ width, megabytes }));
