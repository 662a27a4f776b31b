/**
 * A program: reads a progressive JPEG of side x side pixels in full colour, and prints how far the memory of
 * this process has risen at most, in megabytes.
 */
import { execFileSync } from 'node:child_process';
import { readPicture } from '../../../layers/inference/decoding/picture.ts';

const side = Number(process.argv[2]);

// Made elsewhere: encoding takes as much memory as decoding.
const ENCODE = `
  const sharp = require('sharp');
  sharp({ create: { width: ${side}, height: ${side}, channels: 3, background: 'teal' }, limitInputPixels: false })
    .jpeg({ progressive: true, chromaSubsampling: '4:4:4' })
    .toBuffer()
    .then((bytes) => process.stdout.write(bytes));
`;
const bytes = execFileSync(process.execPath, ['--input-type=commonjs', '--eval', ENCODE], {
  cwd: import.meta.dirname,
  maxBuffer: 1 << 26,
});
const small = execFileSync(
  process.execPath,
  ['--input-type=commonjs', '--eval', ENCODE.replaceAll(`${side}`, '100')],
  { cwd: import.meta.dirname },
);
await readPicture(small, 1);
const before = process.memoryUsage.rss();
const { width } = await readPicture(bytes, 1);
const megabytes = (process.resourceUsage().maxRSS * 1024 - before) / 1e6;
console.log(JSON.stringify({ width, megabytes }));
