/**
 * `npx tsx test/video/proof/main.ts <folder with LFW> [--kills 20]`: a clip is made of known people and strangers who move along
 * known paths, and searched through the AWS SDK; what comes out is compared with what is known of the clip, whole
 * against in parts, and against processes that are killed at random moments.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import {
  CreateCollectionCommand,
  GetFaceSearchCommand,
  IndexFacesCommand,
  type PersonMatch,
  RekognitionClient,
  StartFaceSearchCommand,
} from '@aws-sdk/client-rekognition';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Random } from '../../support/random.ts';
import { clip, H264 } from '../clips.ts';
import { scene, truthAt } from '../scenes.ts';
import { CUTS, castOf, SIZE } from './cast.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
  },
});
const [folder] = positionals;
if (folder === undefined) {
  console.error('npx tsx test/video/proof/main.ts <folder with LFW> [--kills 20] [--seed 1]');
  process.exit(2);
}

interface Service {
  readonly child: ChildProcess;
  readonly rekognition: RekognitionClient;
  readonly s3: S3Client;
}

async function serve(data: string, partSeconds: number): Promise<Service> {
  const script = path.join(import.meta.dirname, 'child.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, data, String(partSeconds)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout!.setEncoding('utf8'), 'data');
  const [endpoint, s3Endpoint] = JSON.parse(String(line));
  const shared = { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };
  return {
    child,
    rekognition: new RekognitionClient({ ...shared, endpoint }),
    s3: new S3Client({ ...shared, endpoint: s3Endpoint, forcePathStyle: true }),
  };
}

async function end({ child, rekognition, s3 }: Service, signal: 'SIGTERM' | 'SIGKILL') {
  rekognition.destroy();
  s3.destroy();
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

const search = async ({ rekognition }: Service, FaceMatchThreshold: number) =>
  (
    await rekognition.send(
      new StartFaceSearchCommand({
        CollectionId: 'known',
        FaceMatchThreshold,
        Video: { S3Object: { Bucket: 'clips', Name: 'clip.mp4' } },
        ClientRequestToken: `threshold-${FaceMatchThreshold}`,
      }),
    )
  ).JobId!;

async function rowsOf({ rekognition }: Service, JobId: string): Promise<PersonMatch[]> {
  const rows: PersonMatch[] = [];
  let NextToken: string | undefined;
  for (;;) {
    const page = await rekognition.send(new GetFaceSearchCommand({ JobId, NextToken }));
    if (page.JobStatus === 'FAILED') throw new Error(page.StatusMessage);
    if (page.JobStatus === 'IN_PROGRESS') {
      await new Promise((resolve) => setTimeout(resolve, 200));
      continue;
    }
    rows.push(...page.Persons!);
    NextToken = page.NextToken;
    if (NextToken === undefined) return rows;
  }
}

const { cast, known } = await castOf(folder, Number(values.seed));
const background = (time: number) =>
  ['#5a6a7a', '#7a6a5a', '#4a5a4a'][CUTS.filter((cut) => time >= cut).length]!;
const bytes = await clip(await scene(cast, SIZE, background), [[...H264, '-g', '50', '-bf', '2']]);
console.log(`A clip of ${SIZE.seconds} s, ${SIZE.width} x ${SIZE.height}, ${bytes.length} bytes.`);

const data = await mkdtemp(path.join(tmpdir(), 'recollect-proof-'));
let service = await serve(data, 60);
await service.s3.send(new CreateBucketCommand({ Bucket: 'clips' }));
await service.s3.send(new PutObjectCommand({ Bucket: 'clips', Key: 'clip.mp4', Body: bytes }));
await service.rekognition.send(new CreateCollectionCommand({ CollectionId: 'known' }));
for (const { name, photo } of known) {
  await service.rekognition.send(
    new IndexFacesCommand({
      CollectionId: 'known',
      ExternalImageId: name,
      Image: { Bytes: photo },
      MaxFaces: 1,
    }),
  );
}

const whole = await rowsOf(service, await search(service, 80));
const strict = await rowsOf(service, await search(service, 99));
await end(service, 'SIGTERM');

const names = new Set(known.map(({ name }) => name));
const nameAt = ({ Timestamp = 0, Person }: PersonMatch) => {
  const { Left = 0, Width = 0, Top = 0, Height = 0 } = Person?.BoundingBox ?? {};
  const [x, y] = [Left + Width / 2, Top + Height / 2];
  const near = truthAt(cast, Timestamp / 1000)
    .map((one) => ({
      ...one,
      off: Math.hypot((one.x - x) * SIZE.width, (one.y - y) * SIZE.height) / one.size,
    }))
    .sort((a, b) => a.off - b.off)[0];
  return near !== undefined && near.off < 0.25 ? near.who : undefined;
};
const times = Array.from({ length: SIZE.seconds * 5 }, (_, i) => i / 5);
const expected = times.flatMap((time) => truthAt(cast, time).map(({ who }) => `${who} ${time}`));
const found = new Set(whole.map((row) => `${nameAt(row)} ${(row.Timestamp ?? 0) / 1000}`));
const hits = expected.filter((one) => found.has(one)).length;
const people = new Map<number, Set<string | undefined>>();
for (const row of whole) {
  const index = row.Person!.Index!;
  people.set(index, (people.get(index) ?? new Set()).add(nameAt(row)));
}
const matchedAs = (rows: PersonMatch[], who: string) =>
  new Set(
    rows
      .filter((row) => nameAt(row) === who)
      .flatMap(({ FaceMatches = [] }) => FaceMatches.map(({ Face }) => Face!.ExternalImageId)),
  );
const strangers = new Set(cast.map(({ who }) => who).filter((who) => !names.has(who)));
console.log(
  `Appearances: ${hits} of ${expected.length} (${((100 * hits) / expected.length).toFixed(1)} %).`,
);
console.log(`Rows where nobody is: ${whole.filter((row) => nameAt(row) === undefined).length}.`);
console.log(
  `Persons: ${people.size} for ${names.size + strangers.size} people; swaps: ${[...people.values()].filter((who) => who.size > 1).length}.`,
);
const returning = [...people].filter(([, who]) => who.has(cast[0]!.who)).length;
console.log(`${cast[0]!.who}, who comes back, is ${returning} person.`);
for (const name of names) {
  console.log(
    `${name}: matched as ${[...matchedAs(whole, name)].join(', ') || 'nobody'} at 80, as ${[...matchedAs(strict, name)].join(', ') || 'nobody'} at 99.`,
  );
}
for (const name of strangers) {
  console.log(
    `${name}, a stranger: matched as ${[...matchedAs(strict, name)].join(', ') || 'nobody'} at 99.`,
  );
}

const random = new Random(Number(values.seed));
let same = 0;
const kills = Number(values.kills);
for (let i = 0; i < kills; i++) {
  service = await serve(data, 2);
  // Another threshold each time, so that each job is a new one; what is seen does not depend on it.
  const threshold = 1 + i;
  const jobId = await search(service, threshold);
  await new Promise((resolve) => setTimeout(resolve, random.next() * 15_000));
  await end(service, 'SIGKILL');
  service = await serve(data, 2);
  if ((await search(service, threshold)) !== jobId) throw new Error('The token began another job.');
  const rows = await rowsOf(service, jobId);
  const seen = (list: PersonMatch[]) =>
    JSON.stringify(list.map(({ FaceMatches: _, ...row }) => row));
  if (seen(rows) === seen(whole)) same += 1;
  await end(service, 'SIGTERM');
}
console.log(`Killed at a random moment and in parts of 2 s: ${same} of ${kills} as the whole.`);
await rm(data, { recursive: true, force: true });
