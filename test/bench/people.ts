/**
 * How well people are found in a collection by what Recollect has beyond the API, on a folder in LFW's layout:
 * pairs (FindDuplicates), groups (SuggestUsers), and whether somebody who is suppressed stays out of 20 other
 * photographs, or as many as `--others` says. Everything goes through the operations themselves, over the local database and object store.
 *
 * Of several faces in a photograph, the one nearest to the centre is its person; what was embedded before is kept
 * in `.cache/embeddings`.
 *
 * `npm run bench:people`
 */
import { createHash } from 'node:crypto';
import { uuid5 } from '../../functions/common/identity.ts';
import { createIndexes } from '../../functions/common/indexes.ts';
import { createMaintenance } from '../../functions/common/maintenance.ts';
import { createServices } from '../../functions/common/services.ts';
import { operations } from '../../functions/operations.ts';
import { command, runScript, whole } from '../../infra/commands/cli/index.ts';
import {
  BUILT_IN_ENTRIES,
  BUILT_IN_FACE_MODELS,
  faceModel,
  Inference,
} from '../../layers/inference/index.ts';
import { type Collection, type NewFace, Records } from '../../layers/records/index.ts';
import {
  cosine,
  encodeShard,
  LocalScanner,
  S3ShardStore,
  ShardCache,
} from '../../layers/vectors/index.ts';
import { type EmbeddedPhotograph, embedPhotographs } from '../../models/calibrate/embeddings.ts';
import { readPeople } from '../../models/calibrate/people.ts';
import { progress } from '../../models/calibrate/progress.ts';
import { openDatabase, openStore } from '../support/tables.ts';
import { dataFolder, FOLDER, MODELS, threads } from './folder.ts';

const ENTRY = BUILT_IN_ENTRIES[0]!;
const NAME = 'bench-people';
const CALL = { requestId: 'bench', region: 'us-east-1', accountId: '000000000000' };
const NAMESPACE = '9f2b1a70-3c55-4f4e-8f0a-6f5a7d1c2e33';
const CACHE_BYTES = 256 * 1024 * 1024;
const CHUNK = 98;

type Send = (name: string, body: object) => Promise<Record<string, unknown>>;
interface NamedFace extends NewFace {
  readonly person: string;
}

async function main(
  folder: string,
  options: { readonly threads: number; readonly others: number },
): Promise<void> {
  const people = await readPeople(folder);
  const inference = new Inference({ models: MODELS, threads: options.threads });
  const embedded = await embedPhotographs({
    folder,
    photographs: people.photographs,
    inference,
    model: ENTRY,
    report: progress('photographs', people.photographs.length, (line) => console.error(line)),
  });
  await inference.close();
  const faces = embedded.flatMap(asFace);
  const same = (a: string, b: string) => a === b || people.isOnePerson(a, b);
  const { send, close } = await open(faces);
  try {
    console.log(
      `${faces.length} faces of ${new Set(faces.map(({ person }) => person)).size} people`,
    );
    await pairs(send, faces, same);
    await groups(send, faces, same);
    suppressed(faces, same, options.others);
  } finally {
    await close();
  }
}

function asFace({ person, file, embedding }: EmbeddedPhotograph): NamedFace[] {
  if (embedding === undefined) return [];
  const id = uuid5(NAMESPACE, createHash('sha256').update(file).digest('hex'));
  const box = { left: 0, top: 0, width: 1, height: 1 };
  const { vector } = embedding;
  return [{ id, imageId: id, box, confidence: 99, faceModel: ENTRY.version, vector, person }];
}

/** A collection of the faces, and the operations over it. */
async function open(faces: readonly NamedFace[]) {
  const [database, objects] = await Promise.all([openDatabase(), openStore()]);
  await database.createTable(NAME);
  await objects.createBucket(NAME);
  const records = new Records({ client: database.connect(), table: NAME });
  const store = new S3ShardStore(objects.connect(), NAME);
  const cache = new ShardCache(store, CACHE_BYTES);
  const nothing = async () => undefined;
  const jobs = { tailGrew: nothing, tailSeen: nothing, shardLost: nothing, purge: nothing };
  const collection: Collection = await records.collections.create(NAME, ENTRY.version, {});
  for (let i = 0; i < faces.length; i += CHUNK) {
    const chunk = faces.slice(i, i + CHUNK).map(({ person: _, ...face }) => face);
    await records.faces.insert(collection, chunk, (added) =>
      encodeShard(ENTRY.version, ENTRY.dimension, added),
    );
  }
  await createMaintenance({ records, store, cache }).fold(collection, 'faces');
  const scanner = new LocalScanner(cache);
  const warn = (message: string) => console.error(message);
  const services = createServices({
    records: () => records,
    indexes: () =>
      createIndexes({
        records,
        scanner,
        store,
        faceModels: BUILT_IN_FACE_MODELS,
        jobs,
        warn,
      }),
    jobs: () => jobs,
    faceModels: () => BUILT_IN_FACE_MODELS,
  });
  const send: Send = async (name, body) => {
    const operation = operations.find((each) => each.name === name);
    if (operation === undefined) throw new RangeError(`No operation ${name}.`);
    const prepared = operation.prepare(JSON.stringify({ CollectionId: NAME, ...body }));
    return JSON.parse((await prepared.run(services, CALL)).body);
  };
  return {
    send,
    async close() {
      await database.close();
      await objects.close();
    },
  };
}

/** All pages of an operation. */
async function all<T>(send: Send, name: string, member: string, body: object): Promise<T[]> {
  const found: T[] = [];
  let NextToken: unknown;
  do {
    const page = await send(name, { ...body, ...(NextToken !== undefined && { NextToken }) });
    found.push(...(page[member] as T[]));
    NextToken = page['NextToken'];
  } while (NextToken !== undefined);
  return found;
}

interface Id {
  readonly FaceId: string;
}
type Same = (a: string, b: string) => boolean;

async function pairs(send: Send, faces: readonly NamedFace[], same: Same): Promise<void> {
  const person = new Map(faces.map((face) => [face.id, face.person]));
  const there = samePairs(faces, same);
  console.log(`\n## FindDuplicates, of ${there} pairs of one person\n`);
  console.log(
    '| threshold | pairs | precision | recall | against a full comparison missed / too many | seconds |',
  );
  console.log('|---|---|---|---|---|---|');
  for (const SimilarityThreshold of [60, 80, 99, 99.9]) {
    const started = performance.now();
    const found = await all<{ Face: Id; OtherFace: Id }>(send, 'FindDuplicates', 'FacePairs', {
      SimilarityThreshold,
      MaxResults: 1000,
    });
    const seconds = (performance.now() - started) / 1000;
    const right = found.filter(({ Face, OtherFace }) =>
      same(person.get(Face.FaceId)!, person.get(OtherFace.FaceId)!),
    ).length;
    const expected = comparedPairs(faces, SimilarityThreshold);
    const listed = new Set(
      found.map(({ Face, OtherFace }) => pairOf(Face.FaceId, OtherFace.FaceId)),
    );
    const missed = [...expected].filter((pair) => !listed.has(pair)).length;
    const surplus = found.length - (expected.size - missed);
    console.log(
      `| ${SimilarityThreshold} | ${found.length} | ${percent(right / found.length)} | ${percent(right / there)} | ${missed} / ${surplus} | ${seconds.toFixed(1)} |`,
    );
  }
}

/** By comparing everybody with everybody, with nothing of the operation's. */
function comparedPairs(faces: readonly NamedFace[], threshold: number): Set<string> {
  const { similarity } = faceModel(ENTRY.version);
  const pairs = new Set<string>();
  faces.forEach((one, i) => {
    for (const other of faces.slice(i + 1)) {
      const reached = Math.fround(similarity(cosine(one.vector, other.vector)));
      if (reached >= threshold) pairs.add(pairOf(one.id, other.id));
    }
  });
  return pairs;
}

const pairOf = (...ids: readonly string[]) => [...ids].sort().join(' ');

function samePairs(faces: readonly NamedFace[], same: Same): number {
  let count = 0;
  faces.forEach((one, i) => {
    for (const other of faces.slice(i + 1)) if (same(one.person, other.person)) count++;
  });
  return count;
}

async function groups(send: Send, faces: readonly NamedFace[], same: Same): Promise<void> {
  const person = new Map(faces.map((face) => [face.id, face.person]));
  const there = samePairs(faces, same);
  const photographed = new Map<string, number>();
  for (const face of faces) photographed.set(face.person, (photographed.get(face.person) ?? 0) + 1);
  const several = [...photographed.values()].filter((count) => count > 1).length;
  console.log(`\n## SuggestUsers, of ${several} people with two photographs and more\n`);
  console.log(
    '| threshold | groups | of one person alone | faces in groups | precision of pairs | recall of pairs | seconds |',
  );
  console.log('|---|---|---|---|---|---|---|');
  for (const SimilarityThreshold of [40, 60, 80, 99]) {
    const started = performance.now();
    const found = await all<{ Face: Id; FaceMatches: { Face: Id }[] }>(
      send,
      'SuggestUsers',
      'SuggestedUsers',
      { SimilarityThreshold, MaxResults: 100 },
    );
    const seconds = (performance.now() - started) / 1000;
    const named = found.map(({ Face, FaceMatches }) =>
      [Face.FaceId, ...FaceMatches.map((match) => match.Face.FaceId)].map((id) => person.get(id)!),
    );
    let [together, right] = [0, 0];
    for (const group of named) {
      group.forEach((one, i) => {
        for (const other of group.slice(i + 1)) {
          together++;
          if (same(one, other)) right++;
        }
      });
    }
    const pure = named.filter((group) => group.every((one) => same(one, group[0]!))).length;
    const grouped = named.reduce((sum, group) => sum + group.length, 0);
    console.log(
      `| ${SimilarityThreshold} | ${named.length} | ${percent(pure / named.length)} | ${grouped} | ${percent(right / together)} | ${percent(right / there)} | ${seconds.toFixed(1)} |`,
    );
  }
}

/** As many photographs of somebody are suppressed, at the most. */
const SUPPRESSED = 3;

/** SuppressFaces by VECTOR: the first photographs are suppressed, so many others come in. */
function suppressed(faces: readonly NamedFace[], same: Same, count: number): void {
  const byPerson = new Map<string, NamedFace[]>();
  for (const face of faces) byPerson.set(face.person, [...(byPerson.get(face.person) ?? []), face]);
  const often = [...byPerson.values()].filter((all) => all.length >= SUPPRESSED + count);
  if (often.length === 0) {
    console.log(`\nNobody has ${SUPPRESSED + count} photographs: give fewer --others.`);
    return;
  }
  const { cosineAt } = faceModel(ENTRY.version);
  console.log(
    `\n## SuppressFaces by VECTOR, ${often.length} people, ${count} other photographs of each\n`,
  );
  console.log(
    '| similarity | vectors | photographs kept out | people wholly kept out | strangers kept out |',
  );
  console.log('|---|---|---|---|---|');
  for (const similarity of [40, 60, 80]) {
    for (const vectors of [1, SUPPRESSED]) {
      const least = cosineAt(similarity);
      let [out, wholly, strangers, others] = [0, 0, 0, 0];
      for (const all of often) {
        const list = all.slice(0, vectors);
        const isOut = (face: NamedFace) =>
          list.some(({ vector }) => cosine(vector, face.vector) >= least);
        const kept = all.slice(SUPPRESSED, SUPPRESSED + count).filter(isOut).length;
        out += kept;
        wholly += kept === count ? 1 : 0;
        const rest = faces.filter(({ person }) => !same(person, all[0]!.person));
        strangers += rest.filter(isOut).length;
        others += rest.length;
      }
      console.log(
        `| ${similarity} | ${vectors} | ${percent(out / (count * often.length))} | ${wholly} of ${often.length} | ${percent(strangers / others)} |`,
      );
    }
  }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

await runScript(
  command({
    name: 'bench:people',
    summary: 'measures pairs, groups and suppression on photographs of people',
    operands: FOLDER,
    options: {
      threads: threads(2),
      others: whole({
        placeholder: 'N',
        name: 'Other photographs',
        help: 'of each who is suppressed; 20 without it',
        from: 1,
        to: 1000,
        fallback: 20,
      }),
    },
    run: async ({ operands, options }) => {
      await main(dataFolder(operands[0] ?? '', ['images', 'pairs.txt']), options);
      return 0;
    },
  }),
);
