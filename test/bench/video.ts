/**
 * `npm run bench:video -- [CLIP]`: processor seconds for each second of a video, and their shares: decoding with
 * FFmpeg as WebAssembly, finding faces, and their vectors; beside them, in the same run, decoding with the FFmpeg of
 * the PATH, where there is one. Each decodes what the service takes, and the native one every picture too.
 *
 * Without a clip one is made: two people of a sample photograph who walk through grain for twenty seconds, which
 * is about as hard to decode as what cameras write.
 */
import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  command,
  Failure,
  runScript,
  whole,
  withProgress,
} from '../../infra/commands/cli/index.ts';
import { Inference } from '../../layers/inference/index.ts';
import { CoreDecoder } from '../../layers/video/core-decoder.ts';
import {
  Container,
  type Decoder,
  fileSource,
  openDecoder,
  sampledPictures,
} from '../../layers/video/index.ts';
import { OTHERS, portrait, SAME_MAN } from '../support/photos.ts';
import { H264 } from '../video/clips.ts';
import { film } from '../video/proof/film.ts';
import { scenePictures } from '../video/scenes.ts';
import { MODELS } from './folder.ts';

const NEVER = new AbortController().signal;
const SIZE = { width: 1280, height: 720, rate: 25, seconds: 20 } as const;
const GRAIN = ['-vf', 'noise=alls=8:allf=t'] as const;

async function madeClip(file: string): Promise<void> {
  const [one, other] = [await portrait(SAME_MAN[0]), await portrait(OTHERS[0])];
  const across = (y: number, from: number, to: number) =>
    [
      [from, y],
      [to, y],
    ] as const;
  const cast = [
    { who: 'one', photo: one, from: 0, to: 20, size: 240, path: across(0.35, 0.15, 0.6) },
    { who: 'other', photo: other, from: 5, to: 15, size: 240, path: across(0.65, 0.8, 0.4) },
  ];
  await writeFile(file, await film(scenePictures(cast, SIZE), SIZE, [...GRAIN, ...H264]));
}

/** Of this process, in seconds. */
function processor(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** An FFmpeg that notes what it took, for what a child takes is told to its parent alone. */
async function noting(
  folder: string,
): Promise<{ readonly program: string; took(): Promise<number> }> {
  const [program, notes] = [path.join(folder, 'ffmpeg'), path.join(folder, 'times')];
  const native = execFileSync('sh', ['-c', 'command -v ffmpeg'], { encoding: 'utf8' }).trim();
  await writeFile(
    program,
    `#!/bin/sh\n'${native}' "$@"\ncode=$?\ntimes >> '${notes}'\nexit $code\n`,
  );
  await chmod(program, 0o755);
  return {
    program,
    async took() {
      const lines = (await readFile(notes, 'utf8')).split('\n');
      await rm(notes);
      // Of each run two lines: of the shell, and of its children.
      const all = lines.filter((_, i) => i % 2 === 1).join(' ');
      return [...all.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
        (sum, [, m, s]) => sum + Number(m) * 60 + Number(s),
        0,
      );
    },
  };
}

interface Taken {
  pictures: number;
  faces: number;
  /** Processor seconds, by what they went to. */
  readonly seconds: Map<string, number>;
}

async function measure(
  container: Container,
  file: string,
  rate: number,
  folder: string,
): Promise<Taken> {
  const part = { first: 0, end: Number.MAX_SAFE_INTEGER, rate };
  const taken: Taken = { pictures: 0, faces: 0, seconds: new Map() };
  const add = (name: string, seconds: number) =>
    taken.seconds.set(name, (taken.seconds.get(name) ?? 0) + seconds);
  const decode = async (decoder: Decoder, each: () => void = () => undefined) => {
    for await (const _ of sampledPictures(container, decoder, part, NEVER)) each();
    await decoder.close();
  };
  let began = processor();
  await decode(new CoreDecoder(), () => {
    taken.pictures += 1;
  });
  add(WEBASSEMBLY, processor() - began);

  const inference = new Inference({ models: MODELS, threads: 1 });
  const decoder = new CoreDecoder();
  for await (const { picture } of sampledPictures(container, decoder, part, NEVER)) {
    const held = await inference.hold(picture);
    began = processor();
    const found = await inference.findFaces(held);
    const then = processor();
    await inference.embed(held, found);
    add(FINDING, then - began);
    add(VECTORS, processor() - then);
    taken.faces += found.length;
  }
  await decoder.close();
  await inference.close();

  if ((await openDecoder({ environment: process.env })).name.includes('WebAssembly')) return taken;
  const { program, took } = await noting(folder);
  began = processor();
  await decode(await openDecoder({ environment: { RECOLLECT_FFMPEG: program } }));
  // What it gave to pipes is read and made RGB here.
  const here = processor() - began;
  add(NATIVE, (await took()) + here);
  execFileSync(program, ['-v', 'error', '-threads', '1', '-i', file, '-an', '-f', 'null', '-']);
  add(EVERY, await took());
  return taken;
}

const WEBASSEMBLY = 'decoding, WebAssembly';
const FINDING = 'finding faces';
const VECTORS = 'vectors of faces';
const NATIVE = 'decoding, native';
const EVERY = 'every picture decoded by ffmpeg alone';
/** What a search takes without a native FFmpeg. */
const SEARCH = [WEBASSEMBLY, FINDING, VECTORS];

function lines({ seconds }: Taken, duration: number): string[] {
  const total = SEARCH.reduce((sum, name) => sum + (seconds.get(name) ?? 0), 0);
  const row = (name: string, value: number, share: string) =>
    `| ${name} | ${(value / duration).toFixed(3)} | ${share} |`;
  const shares = SEARCH.map((name) => {
    const value = seconds.get(name) ?? 0;
    return row(name, value, `${Math.round((100 * value) / total)} %`);
  });
  const beside = [NATIVE, EVERY].flatMap((name) => {
    const value = seconds.get(name);
    return value === undefined ? [] : [row(name, value, 'beside it')];
  });
  return [
    '| processor seconds for a second of video | | share of a search |',
    '|---|---|---|',
    ...shares,
    row('a search, together', total, '100 %'),
    ...beside,
  ];
}

await runScript(
  command({
    name: 'bench:video',
    summary: 'what a second of video takes: decoding, finding faces, vectors',
    description: 'Without a CLIP, an MP4 or MOV, one is made of sample photographs.',
    operands: { placeholder: 'CLIP', least: 0, most: 1, missing: '' },
    options: {
      rate: whole({
        placeholder: 'N',
        name: 'The rate',
        help: 'pictures a second that are looked at; 5 without it',
        from: 1,
        to: 30,
        fallback: 5,
      }),
    },
    run: async ({ operands: [given], options: { rate } }, surroundings) => {
      const { print } = surroundings;
      const folder = await mkdtemp(path.join(tmpdir(), 'recollect-bench-'));
      const file = given ?? path.join(folder, 'clip.mp4');
      let doing = 'Making a clip';
      await withProgress(
        surroundings,
        () => doing,
        async () => {
          if (given === undefined) await madeClip(file);
          doing = `Measuring ${file}`;
          const source = await fileSource(file).catch((cause: Error) => {
            throw new Failure(cause.message, { cause });
          });
          const container = await Container.open(source);
          const { width, height, durationMs, frameRate } = container.properties;
          const duration = durationMs / 1000;
          const taken = await measure(container, file, rate, folder);
          container.close();
          await source.close();
          print(
            `${width} x ${height}, ${duration.toFixed(1)} s at ${frameRate.toFixed(1)} a second, ${((source.size * 8) / duration / 1e6).toFixed(1)} Mbit/s: ${taken.pictures} pictures looked at, ${(taken.faces / taken.pictures).toFixed(1)} faces on each.\n`,
          );
          print(lines(taken, duration).join('\n'));
        },
      ).finally(() => rm(folder, { recursive: true, force: true }));
      return 0;
    },
  }),
);
