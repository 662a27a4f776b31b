/**
 * Collections with two face models, without networks: a photograph is a list of people, and each face model gives
 * each of them a vector of its own. Everything else is as it is in service, over the local database and store.
 */
import { randomUUID } from 'node:crypto';
import { imageId } from '../../functions/common/identity.ts';
import { createIndexes } from '../../functions/common/indexes.ts';
import { createMaintenance } from '../../functions/common/maintenance.ts';
import { createServices, type Services } from '../../functions/common/services.ts';
import { operations } from '../../functions/operations.ts';
import {
  BUILT_IN_ENTRIES,
  DEFAULT_FACE_MODEL,
  type DetectedFace,
  FaceModels,
  type InferencePort,
  type PictureHandle,
} from '../../layers/inference/index.ts';
import { Records } from '../../layers/records/index.ts';
import { LocalScanner, S3ShardStore, ShardCache } from '../../layers/vectors/index.ts';
import { detectedFace } from '../support/detected-face.ts';
import { type Call, intercept } from '../support/faults.ts';
import { memoryDatabase } from '../support/memory/database.ts';
import { memoryStore } from '../support/memory/store.ts';
import { quickDatabase, quickStore } from '../support/quick.ts';
import { Random } from '../support/random.ts';
import type { TestDatabase, TestStore } from '../support/tables.ts';

export const [OLD, NEW] = [DEFAULT_FACE_MODEL, 'two'] as const;
const NEW_DIMENSION = 64;
const CALL = { requestId: 'r', region: 'us-east-1', accountId: '000000000000' };
const NAME = 'upgrades';
const CACHE_BYTES = 16 * 1024 * 1024;

export const FACE_MODELS = new FaceModels(
  [...BUILT_IN_ENTRIES, { ...BUILT_IN_ENTRIES[0]!, version: NEW, dimension: NEW_DIMENSION }],
  OLD,
);

export type Fields = Readonly<Record<string, unknown>>;

/** Which people it shows, from left to right. */
export const photograph = (...people: string[]): Buffer => Buffer.from(`photo:${people.join(' ')}`);
export const inline = (bytes: Buffer) => ({ Bytes: bytes.toString('base64') });
export const idOf = (bytes: Buffer): string => imageId(bytes);

interface Environment {
  readonly services: Services;
  readonly records: Records;
  readonly calls: () => number;
  send(name: string, input: Fields): Promise<Fields>;
}

export class UpgradeWorld {
  readonly #database: TestDatabase;
  readonly #objects: TestStore;
  now = Date.UTC(2030, 0, 1);

  private constructor(database: TestDatabase, objects: TestStore) {
    this.#database = database;
    this.#objects = objects;
  }

  static async open(): Promise<UpgradeWorld> {
    return UpgradeWorld.#with(await Promise.all([quickDatabase(), quickStore()]));
  }

  /** In memory in a thorough run too, where a history is lived a thousand times. */
  static async inMemory(): Promise<UpgradeWorld> {
    return UpgradeWorld.#with(await Promise.all([memoryDatabase(), memoryStore()]));
  }

  static async #with([database, objects]: readonly [
    TestDatabase,
    TestStore,
  ]): Promise<UpgradeWorld> {
    await database.createTable(NAME);
    await objects.createBucket(NAME);
    return new UpgradeWorld(database, objects);
  }

  async close(): Promise<void> {
    await this.#database.close();
    await this.#objects.close();
  }

  scan() {
    return this.#database.scan(NAME);
  }

  keys() {
    return this.#objects.keys(NAME);
  }

  /** @param onCall sees each call to the database */
  environment(onCall?: (call: Call, number: number) => ReturnType<Call['proceed']>): Environment {
    const client = this.#database.connect();
    let calls = 0;
    intercept(client, (call) => {
      calls++;
      return onCall ? onCall(call, calls) : call.proceed();
    });
    const clock = () => new Date(this.now);
    const records = new Records({ client, table: NAME, clock });
    const store = new S3ShardStore(this.#objects.connect(), NAME);
    const cache = new ShardCache(store, CACHE_BYTES);
    const nothing = async () => undefined;
    const jobs = { tailGrew: nothing, tailSeen: nothing, shardLost: nothing, purge: nothing };
    const services = createServices({
      records: () => records,
      indexes: () =>
        createIndexes({
          records,
          scanner: new LocalScanner(cache),
          store,
          faceModels: FACE_MODELS,
          jobs,
          warn: (message) => {
            throw new Error(message);
          },
        }),
      inference: () => inference,
      images: () =>
        ({ load: async ({ Bytes }) => Bytes ?? new Uint8Array() }) as Services['images'],
      jobs: () => jobs,
      faceModels: () => FACE_MODELS,
      judgements: () => false,
    });
    return {
      services,
      records,
      calls: () => calls,
      async send(name, input) {
        const operation = operations.find((candidate) => candidate.name === name);
        if (operation === undefined) throw new RangeError(`No operation ${name}.`);
        const prepared = operation.prepare(JSON.stringify(input));
        return JSON.parse((await prepared.run(services, CALL)).body);
      },
    };
  }

  /** A process that dies before, or after, its n-th call to the database; never if it makes fewer. */
  dying(dies: { readonly call: number; readonly when: 'before' | 'after' }): Environment {
    return this.environment(async (call, number) => {
      if (number > dies.call) throw new Error('The process is dead.');
      if (number === dies.call && dies.when === 'before') throw new Error('The process dies.');
      const output = await call.proceed();
      if (number === dies.call) throw new Error('The process dies.');
      return output;
    });
  }

  maintenance() {
    const store = new S3ShardStore(this.#objects.connect(), NAME);
    const records = new Records({
      client: this.#database.connect(),
      table: NAME,
      clock: () => new Date(this.now),
    });
    const cache = new ShardCache(store, CACHE_BYTES);
    const clock = () => new Date(this.now);
    const maintenance = createMaintenance({
      records,
      store,
      cache,
      faceModels: FACE_MODELS,
      clock,
    });
    return { maintenance, records, store };
  }
}

/** A collection of the old face model, with users of the names given, whose faces are those of their photographs. */
export async function enrolled(
  { send }: Pick<Environment, 'send'>,
  photographs: readonly Buffer[],
): Promise<{ CollectionId: string; users: Record<string, string[]> }> {
  const CollectionId = randomUUID();
  await send('CreateCollection', { CollectionId });
  const users: Record<string, string[]> = {};
  for (const bytes of photographs) {
    const names = peopleIn(bytes);
    const ids = await index({ send }, CollectionId, bytes);
    for (const [i, id] of ids.entries()) {
      const name = userOf(names[i] ?? '');
      users[name] = [...(users[name] ?? []), id];
    }
  }
  for (const [UserId, FaceIds] of Object.entries(users)) {
    await send('CreateUser', { CollectionId, UserId });
    await send('AssociateFaces', { CollectionId, UserId, FaceIds, UserMatchThreshold: 0 });
  }
  return { CollectionId, users };
}

/** @returns FaceIds, from left to right */
export async function index(
  { send }: Pick<Environment, 'send'>,
  CollectionId: string,
  bytes: Buffer,
): Promise<string[]> {
  const input = { CollectionId, Image: inline(bytes), QualityFilter: 'NONE' };
  const { FaceRecords } = await send('IndexFaces', input);
  return (FaceRecords as { Face: { FaceId: string; BoundingBox: { Left: number } } }[])
    .map(({ Face }) => Face)
    .sort((a, b) => a.BoundingBox.Left - b.BoundingBox.Left)
    .map(({ FaceId }) => FaceId);
}

/** Everything that answers tell of a collection: its model, its faces with users, and whom searches find. */
export async function told({ send }: Pick<Environment, 'send'>, CollectionId: string) {
  const C = { CollectionId };
  const { FaceModelVersion, FaceCount, UserCount } = await send('DescribeCollection', C);
  const { Faces } = await send('ListFaces', C);
  const faces = Faces as { FaceId: string; UserId?: string; IndexFacesModelVersion: string }[];
  const found: Record<string, string | undefined> = {};
  for (const { FaceId } of faces) {
    const { UserMatches } = await send('SearchUsers', { ...C, FaceId, UserMatchThreshold: 90 });
    const [match] = UserMatches as { User: { UserId: string } }[];
    found[FaceId] = match?.User.UserId;
  }
  return {
    model: FaceModelVersion,
    counts: [FaceCount, UserCount],
    models: [...new Set(faces.map((face) => face.IndexFacesModelVersion))],
    owners: Object.fromEntries(faces.map(({ FaceId, UserId }) => [FaceId, UserId])),
    found,
  };
}

/** A whole upgrade, as its command drives it. @param until the last action */
export async function upgraded(
  { send }: Pick<Environment, 'send'>,
  CollectionId: string,
  photographs: readonly Buffer[],
  {
    until = 'COMMIT',
    Missing = 'REFUSE',
  }: { until?: string; Missing?: 'REFUSE' | 'KEEP' | 'DROP' } = {},
): Promise<Fields> {
  const C = { CollectionId };
  let answer = await send('UpgradeCollection', { ...C, Action: 'BEGIN', FaceModelVersion: NEW });
  if ((answer['Upgrade'] as Fields)['Outcome'] === 'COMMITTED') return answer;
  const left = new Map<string, string[]>();
  let NextToken: string | undefined;
  do {
    const page = await send('UpgradeCollection', {
      ...C,
      Action: 'LIST',
      MaxResults: 2,
      NextToken,
    });
    for (const { FaceId, ImageId } of page['Faces'] as { FaceId: string; ImageId: string }[]) {
      left.set(ImageId, [...(left.get(ImageId) ?? []), FaceId]);
    }
    NextToken = page['NextToken'] as string | undefined;
  } while (NextToken !== undefined);
  for (const bytes of photographs) {
    const FaceIds = left.get(idOf(bytes));
    if (FaceIds === undefined) continue;
    const Image = inline(bytes);
    answer = await send('UpgradeCollection', { ...C, Action: 'EMBED', Image, FaceIds });
  }
  if (until === 'EMBED') return answer;
  do answer = await send('UpgradeCollection', { ...C, Action: 'PREPARE' });
  while ((answer['Upgrade'] as Fields)['State'] !== 'READY');
  if (until === 'PREPARE') return answer;
  return send('UpgradeCollection', { ...C, Action: 'COMMIT', Missing });
}

const peopleIn = (bytes: Uint8Array) =>
  Buffer.from(bytes).toString().replace('photo:', '').split(' ');

/** `ada.2` is another photograph of ada. */
const userOf = (person: string) => person.split('.')[0] ?? person;

interface Picture extends PictureHandle {
  readonly people: readonly string[];
}

const people = new WeakMap<DetectedFace, string>();

const inference: InferencePort = {
  read: async (bytes) => ({ width: 1000, height: 1000, people: peopleIn(bytes) }) as Picture,
  hold: async () => Promise.reject(new Error('No video here.')),
  findFaces: async (picture) =>
    (picture as Picture).people.map((person, i) => {
      const face = detectedFace(i / 10, 0.09);
      people.set(face, person);
      return face;
    }),
  embed: async (_picture, faces, version = OLD) =>
    faces.map((face) => ({
      vector: vectorOf(people.get(face) ?? '', version),
      norm: 20,
      symmetry: 1,
      legibility: { norm: 20, symmetry: 1, visibility: 1 },
    })),
  describe: async (_picture, faces) => faces.map(() => ({})),
  release: () => undefined,
  close: async () => undefined,
};

/** Photographs of a person have vectors close to each other; those of others are about orthogonal. */
export function vectorOf(person: string, version: string): Float32Array {
  const { dimension } = FACE_MODELS.get(version);
  const self = seeded(`${version} ${userOf(person)}`).unitVector(dimension);
  const other = seeded(`${version} ${person}`).unitVector(dimension);
  const sum = self.map((value, i) => value + 0.2 * (other[i] ?? 0));
  const length = Math.hypot(...sum);
  return sum.map((value) => value / length);
}

function seeded(text: string): Random {
  return new Random([...text].reduce((hash, c) => (hash * 31 + c.charCodeAt(0)) % 1_000_003, 7));
}
