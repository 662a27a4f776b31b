/** The engines give the same pictures, and a machine that has none says what to install. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Decoder } from '../../layers/video/index.ts';
import {
  Container,
  DecoderError,
  DecoderMissingError,
  openDecoder,
  sampledPictures,
} from '../../layers/video/index.ts';
import { clip, H264, numbered, numberOf } from './clips.ts';
import { memorySource } from './memory-source.ts';

const NEVER = new AbortController().signal;
const LAYER = path.resolve(import.meta.dirname, '../../layers/video');

let folder: string;
let video: Buffer;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'recollect-engines-'));
  video = await clip(numbered(20), [[...H264, '-g', '10']]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A program that is called like FFmpeg and reads and writes pipes as it does. */
async function program(name: string, script: string): Promise<string> {
  const file = path.join(folder, name);
  const tsx = import.meta.resolve('tsx/esm/api');
  await writeFile(
    `${file}.mjs`,
    `import { register } from '${tsx}'; register();
if (process.argv.includes('-version')) { console.log('ffmpeg version 7.1'); process.exit(0); }
${script}`,
  );
  await writeFile(file, `#!/bin/sh\nexec '${process.execPath}' '${file}.mjs' "$@"\n`);
  await chmod(file, 0o755);
  return file;
}

/** FFmpeg as WebAssembly, behind pipes. */
const WITH_PIPES = `
const { createFfmpegCore } = await import('${LAYER}/ffmpeg-core.ts');
const input = []; for await (const part of process.stdin) input.push(part);
const core = await createFfmpegCore();
core.FS.writeFile('/in', Buffer.concat(input));
const args = process.argv.slice(2).filter((a) => !['-protocol_whitelist', 'pipe'].includes(a));
const code = core.exec(...args.map((a) => (a === 'pipe:0' ? '/in' : a === 'pipe:1' ? '/out' : a)));
process.stdout.write(core.FS.readFile('/out'), () => process.exit(code));
`;

async function looked(decoder: Decoder): Promise<number[]> {
  const container = await Container.open(memorySource(video));
  const part = { first: 0, end: 1000, rate: 5 };
  const numbers: number[] = [];
  for await (const { picture } of sampledPictures(container, decoder, part, NEVER)) {
    numbers.push(numberOf(picture));
  }
  await decoder.close();
  return numbers;
}

const EVERY_SECOND = [0, 2, 4, 6, 8, 10, 12, 14, 16, 18];

it('a thread with WebAssembly', async () => {
  const decoder = await openDecoder({ environment: { RECOLLECT_FFMPEG: 'none' } });
  expect(decoder.name).toBe('FFmpeg as WebAssembly');
  expect(await looked(decoder)).toEqual(EVERY_SECOND);
});

it('a program with pipes, named or on the PATH', async () => {
  const file = await program('ffmpeg', WITH_PIPES);
  const named = await openDecoder({ environment: { RECOLLECT_FFMPEG: file } });
  expect([named.name, await looked(named)]).toEqual([file, EVERY_SECOND]);
  const found = await openDecoder({ environment: { PATH: `/nowhere${path.delimiter}${folder}` } });
  expect(found.name).toBe(file);
});

it('says what is wrong with a program', async () => {
  const environment = { RECOLLECT_FFMPEG: path.join(folder, 'nothing') };
  const fault = openDecoder({ environment });
  await expect(fault).rejects.toBeInstanceOf(DecoderMissingError);
  await expect(fault).rejects.toThrow(/^RECOLLECT_FFMPEG: .*nothing cannot be run/);
  const failing = await program('failing', `console.error('no such codec'); process.exit(1);`);
  const decoder = await openDecoder({ environment: { RECOLLECT_FFMPEG: failing } });
  await expect(looked(decoder)).rejects.toThrow(DecoderError);
  await expect(looked(decoder)).rejects.toThrow('no such codec');
});

it('stops when it is told to', async () => {
  const stopped = new Error('Stopped.');
  for (const name of ['none', await program('endless', 'setInterval(() => undefined, 1000);')]) {
    const decoder = await openDecoder({ environment: { RECOLLECT_FFMPEG: name } });
    const stop = new AbortController();
    const task = {
      codec: 'h264',
      stream: video,
      pictures: 1,
      wanted: [0],
      matrix: 'bt709',
      rotation: 0,
    } as const;
    const decoding = decoder.decode(task, stop.signal);
    stop.abort(stopped);
    await expect(decoding).rejects.toBe(stopped);
    await decoder.close();
  }
});
