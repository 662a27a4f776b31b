/**
 * `npm run test:video -- FOLDER`: stored video, proved on people. A clip is made of known people and strangers who
 * move along known paths, and searched through the AWS SDK in a service of its own.
 *
 * - `recognition`: what comes out against what is known of the clip, as a whole and in parts
 * - `kills`: a process that is killed, at moments all over a job
 * - `crowd`: 21 jobs at once, and what they leave to others
 * - `hour`: a video of an hour, and the memory it takes
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateCollectionCommand, IndexFacesCommand } from '@aws-sdk/client-rekognition';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  command,
  Failure,
  list,
  runScript,
  type Surroundings,
  text,
  whole,
  withProgress,
} from '../../../infra/commands/cli/index.ts';
import { Inference } from '../../../layers/inference/index.ts';
import { dataFolder, FOLDER, MODELS } from '../../bench/folder.ts';
import { H264 } from '../clips.ts';
import { type Appearance, scenePictures } from '../scenes.ts';
import { CUTS, castOf, type Known, SIZE } from './cast.ts';
import { crowd } from './crowd.ts';
import { film } from './film.ts';
import { hour } from './hour.ts';
import { kill } from './kills.ts';
import { compare, RATE } from './recognition.ts';
import { Report } from './report.ts';
import { BUCKET, COLLECTION, Service, seen } from './service.ts';

const PROOFS = ['recognition', 'kills', 'crowd', 'hour'] as const;
const SHORT = { width: 640, height: 360, rate: 10, seconds: 3 } as const;
const MINUTE = { ...SHORT, rate: 5, seconds: 60 } as const;
const COLOURS = ['#5a6a7a', '#7a6a5a', '#4a5a4a'] as const;

interface Stage {
  readonly cast: readonly Appearance[];
  readonly known: readonly Known[];
  readonly data: string;
  readonly report: Report;
  /** What is going on, for who waits. */
  readonly progress: (words: string) => void;
}

async function put({ s3 }: Service, Key: string, Body: Buffer): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
}

async function recognition(stage: Stage, save: string | undefined): Promise<void> {
  const { cast, known, data, report, progress } = stage;
  progress('Making a clip');
  const colour = (time: number) => COLOURS[CUTS.filter((cut) => time >= cut).length]!;
  const options = [...H264, '-g', '50', '-bf', '2'];
  const clip = await film(scenePictures(cast, SIZE, colour), SIZE, options);
  if (save !== undefined) await writeFile(save, clip);
  report.say(
    `a clip of ${SIZE.seconds} s, ${SIZE.width} x ${SIZE.height}, ${cast.length} appearances, ${CUTS.length} cuts, ${clip.length} bytes`,
  );
  progress('Looking at it as a whole');
  const once = await Service.start({ data, rate: RATE, partSeconds: 60 });
  await put(once, 'people.mp4', clip);
  const rows = await once.rows(await once.search('people.mp4', 80));
  await once.end();
  progress('Looking at it in parts');
  const often = await Service.start({ data, rate: RATE, partSeconds: 3 });
  const strict = await often.rows(await often.search('people.mp4', 99));
  await often.end();
  compare({ cast, known: new Set(known.map(({ name }) => name)), rows, strict }, report);
  report.check(
    seen(rows) === seen(strict),
    `in parts of 3 s it gives what it gives as a whole, ${rows.length} rows`,
  );
}

async function kills(stage: Stage, count: number, seed: number): Promise<void> {
  const { data, report, progress } = stage;
  await withService(stage, async (service) => put(service, 'short.mp4', await shortClip(stage)));
  await kill({ data, rate: RATE }, 'short.mp4', { kills: count, seed }, report, progress);
}

/** Two people, half as large. */
async function shortClip({ cast }: Stage): Promise<Buffer> {
  const two = cast.slice(0, 2).map((one) => ({ ...one, size: one.size / 2, from: 0, to: 3 }));
  return film(scenePictures(two, SHORT), SHORT, [...H264, '-g', '9']);
}

async function crowded(stage: Stage): Promise<void> {
  stage.progress('Starting many jobs');
  await withService(stage, async (service) => {
    await put(service, 'short.mp4', await shortClip(stage));
    await crowd(service, 'short.mp4', stage.report);
  });
}

/** A minute over and over: in each of them three people, one after the other. */
async function anHour(stage: Stage): Promise<void> {
  const { cast, data, report, progress } = stage;
  progress('Making an hour');
  const three = [0, 1, 2].map((i) => {
    return { ...cast[i]!, size: 150, from: 20 * i, to: 20 * i + 20 };
  });
  const clip = await film(scenePictures(three, MINUTE), MINUTE, [...H264, '-g', '250'], 60);
  const service = await Service.start({ data, rate: 1, partSeconds: 60 });
  await put(service, 'hour.mp4', clip);
  await hour(service, 'hour.mp4', 60 * 60, report, progress);
  await service.end();
}

async function withService(
  { data }: Stage,
  work: (service: Service) => Promise<void>,
): Promise<void> {
  const service = await Service.start({ data, rate: RATE, partSeconds: 60 });
  try {
    await work(service);
  } finally {
    await service.end();
  }
}

async function chosen(folder: string, seed: number) {
  const inference = new Inference({ models: MODELS, threads: 1 });
  try {
    return await castOf(folder, seed, async (photo) => {
      return (await inference.findFaces(await inference.read(photo))).length;
    });
  } finally {
    await inference.close();
  }
}

/** The collection of those who are known. */
async function prepare(stage: Stage): Promise<void> {
  await withService(stage, async ({ s3, rekognition }) => {
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    await rekognition.send(new CreateCollectionCommand({ CollectionId: COLLECTION }));
    for (const { name, photo } of stage.known) {
      const Image = { Bytes: photo };
      const more = { CollectionId: COLLECTION, ExternalImageId: name, MaxFaces: 1 };
      await rekognition.send(new IndexFacesCommand({ ...more, Image }));
    }
  });
}

async function prove(
  names: readonly string[],
  {
    folder,
    seed,
    count,
    save,
  }: { folder: string; seed: number; count: number; save?: string | undefined },
  { print, terminal, clock }: Surroundings,
): Promise<number> {
  const data = await mkdtemp(path.join(tmpdir(), 'recollect-proof-'));
  const report = new Report(print);
  let doing = 'Starting';
  try {
    const stage: Stage = {
      ...(await chosen(folder, seed)),
      data,
      report,
      progress: (words) => {
        doing = words;
      },
    };
    await withProgress(
      { terminal, clock },
      () => doing,
      async () => {
        await prepare(stage);
        for (const name of names) {
          print(`${name}, seed ${seed}`);
          if (name === 'recognition') await recognition(stage, save);
          if (name === 'kills') await kills(stage, count, seed);
          if (name === 'crowd') await crowded(stage);
          if (name === 'hour') await anHour(stage);
        }
      },
    );
  } finally {
    await rm(data, { recursive: true, force: true });
  }
  return report.failures;
}

await runScript(
  command({
    name: 'test:video',
    summary: 'proves searches of stored video on clips of known people',
    description: `FOLDER is in the layout of LFW: images/NAME_0001.jpg.\nProofs: ${PROOFS.join(', ')}.`,
    operands: FOLDER,
    options: {
      only: list({
        placeholder: 'PROOF',
        help: 'this proof; may be repeated; all without it',
      }),
      seed: whole({
        placeholder: 'N',
        name: 'The seed',
        help: 'other people; 1 without it',
        from: 1,
        to: 9999,
        fallback: 1,
      }),
      kills: whole({
        placeholder: 'N',
        name: 'Kills',
        help: 'so many; 20 without it',
        from: 1,
        to: 1000,
        fallback: 20,
      }),
      save: text({ placeholder: 'FILE', help: 'keeps the clip of the first proof' }),
    },
    check: ({ options: { only } }) =>
      only
        .filter((name) => !PROOFS.some((one) => one === name))
        .map((name) => `There is no proof ${name}; there are ${PROOFS.join(', ')}.`),
    run: async ({ operands: [folder = ''], options }, surroundings) => {
      dataFolder(folder, ['images']);
      const names = PROOFS.filter((one) => options.only.length === 0 || options.only.includes(one));
      const { seed, kills: count, save } = options;
      const failures = await prove(names, { folder, seed, count, save }, surroundings);
      if (failures > 0) throw new Failure(`${failures} things are not as they must be.`);
      return 0;
    },
  }),
);
