/**
 * `npx tsx test/bench/video.ts CLIP.mp4 [RATE]`: CPU seconds per second of video, decoding with WebAssembly, and looking at faces;
 * and the wall time of decoding with the native FFmpeg of the PATH, which has one thread, where there is one.
 */
import path from 'node:path';
import { Inference } from '../../layers/inference/index.ts';
import { CoreDecoder } from '../../layers/video/core-decoder.ts';
import {
  Container,
  type Decoder,
  fileSource,
  openDecoder,
  sampledPictures,
} from '../../layers/video/index.ts';

const [file, rate = '5'] = process.argv.slice(2);
if (file === undefined) {
  console.error('npx tsx test/bench/video.ts CLIP.mp4 [RATE]');
  process.exit(2);
}
const source = await fileSource(file);
const container = await Container.open(source);
const { width, height, durationMs, frameRate } = container.properties;
const seconds = durationMs / 1000;
const part = { first: 0, end: Number.MAX_SAFE_INTEGER, rate: Number(rate) };
const never = new AbortController().signal;
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

async function decode(decoder: Decoder) {
  const [began, start] = [cpu(), performance.now()];
  let pictures = 0;
  for await (const _ of sampledPictures(container, decoder, part, never)) pictures += 1;
  await decoder.close();
  return { pictures, cpu: cpu() - began, wall: (performance.now() - start) / 1000 };
}

const wasm = await decode(new CoreDecoder());
const native = await openDecoder({ environment: process.env });
const fast = native.name.includes('WebAssembly') ? undefined : await decode(native);

const models = path.resolve(import.meta.dirname, '../../models');
const inference = new Inference({ models, threads: 1 });
const spent = { find: 0, embed: 0 };
let faces = 0;
for await (const { picture } of sampledPictures(container, new CoreDecoder(), part, never)) {
  const whole = { width: picture.width, height: picture.height, pixels: picture };
  const began = cpu();
  const found = await inference.findFaces(whole);
  const then = cpu();
  await inference.embed(whole, found);
  spent.find += then - began;
  spent.embed += cpu() - then;
  faces += found.length;
}
await inference.close();
container.close();
await source.close();

const each = (value: number) => (value / seconds).toFixed(3);
console.log(
  `${width} x ${height}, ${seconds.toFixed(1)} s at ${frameRate.toFixed(1)}: ${wasm.pictures} pictures looked at, ${faces} faces.`,
);
console.log('CPU seconds per second of video:');
console.log(`  decoding, WebAssembly   ${each(wasm.cpu)}`);
if (fast) console.log(`  decoding, native        ${each(fast.wall)} (wall, one thread)`);
console.log(`  finding faces           ${each(spent.find)}`);
console.log(`  vectors                 ${each(spent.embed)}`);
const { rss } = process.memoryUsage();
console.log(`Memory at the end: ${Math.round(rss / 1e6)} MB.`);
