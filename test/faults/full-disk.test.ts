/**
 * A real file system without room under the whole service: faces are indexed, deleted and associated and
 * photographs uploaded while it is full, and the process is killed or stopped. Everything that was
 * acknowledged is there afterwards, and nothing that was deleted.
 *
 * Needs a file system of a limited size: on Linux, as root, a tmpfs is mounted; elsewhere it is skipped.
 * `FAULT_SEEDS=20 npm run test:faults` runs twenty seeds.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  AssociateFacesCommand,
  CreateCollectionCommand,
  CreateUserCommand,
  DeleteFacesCommand,
  IndexFacesCommand,
  ListFacesCommand,
  ListUsersCommand,
  RekognitionClient,
  SearchFacesCommand,
} from '@aws-sdk/client-rekognition';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { OTHERS, portrait, SAME_MAN } from '../support/photos.ts';
import { Random } from '../support/random.ts';
import { type Server, startServer } from '../support/server.ts';

const SEEDS = Number(process.env['FAULT_SEEDS'] ?? 1);
const SIZE = 24 * 1024 * 1024;
const CollectionId = 'family';
const Bucket = 'recollect-uploads';

const mounted = mount();
const title = mounted ? 'a full disk' : 'a full disk (no tmpfs may be mounted here: skipped)';

/** @returns whether a tmpfs can be mounted */
function mount(): boolean {
  const folder = mkdtempSync(path.join(tmpdir(), 'recollect-mount-'));
  try {
    mountAt(folder);
    execFileSync('umount', [folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function mountAt(folder: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', folder], {
    stdio: 'ignore',
  });
}

/** What was acknowledged, and what may or may not have happened. */
class Ledger {
  readonly faces = new Set<string>();
  readonly deleted = new Set<string>();
  readonly users = new Map<string, string>();
  readonly objects = new Map<string, string>();
  /** Faces whose deletion failed, or whose storing did: either is right. */
  readonly unsure = new Set<string>();
  /** Requests that were refused because the disk was full. */
  refused = 0;
}

describe.skipIf(!mounted)(title, () => {
  let photographs: Buffer[];

  beforeAll(async () => {
    photographs = await Promise.all([...SAME_MAN, ...OTHERS].map(portrait));
  });

  it.each(Array.from({ length: SEEDS }, (_, seed) => seed))(
    'loses nothing and brings nothing back, seed %i',
    async (seed) => {
      const random = new Random(seed);
      const folder = mkdtempSync(path.join(tmpdir(), 'recollect-full-'));
      mountAt(folder);
      const ledger = new Ledger();
      let server: Server | undefined;
      try {
        server = await start(folder);
        const client = connect(server);
        await client.rekognition.send(new CreateCollectionCommand({ CollectionId }));
        for (let i = 0; i < 4; i++) await step(client, ledger, photographs, random);
        for (let round = 0; round < 2; round++) {
          fill(folder, random.below(200_000));
          for (let i = 0; i < 14; i++) await step(client, ledger, photographs, random);
          free(folder);
          for (let i = 0; i < 3; i++) await step(client, ledger, photographs, random);
        }
        expect(ledger.refused).toBeGreaterThan(0);
        if (random.chance(0.5)) fill(folder, 0);
        client.destroy();
        await server.stop(random.chance(0.5) ? 'SIGKILL' : 'SIGINT');
        free(folder);
        server = await start(folder);
        await check(connect(server), ledger);
      } finally {
        await server?.stop('SIGKILL');
        execFileSync('umount', ['-l', folder]);
        await rm(folder, { recursive: true, force: true });
      }
    },
    300_000,
  );
});

interface Clients {
  readonly rekognition: RekognitionClient;
  readonly s3: S3Client;
  destroy(): void;
}

function start(folder: string): Promise<Server> {
  return startServer(path.join(folder, 'data'), { RECOLLECT_FOLD_AT: '4' });
}

function connect({ endpoint, s3Endpoint }: Server): Clients {
  const shared = {
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    maxAttempts: 1,
  };
  const rekognition = new RekognitionClient({ ...shared, endpoint });
  const s3 = new S3Client({ ...shared, endpoint: s3Endpoint, forcePathStyle: true });
  return {
    rekognition,
    s3,
    destroy() {
      rekognition.destroy();
      s3.destroy();
    },
  };
}

/** Fills the disk but for some bytes. */
function fill(folder: string, leave: number): void {
  const { bavail, bsize } = statfsSync(folder);
  const file = path.join(folder, 'ballast');
  for (let size = Math.max(0, bavail * bsize - leave); size > 0; size -= 64 * 1024) {
    try {
      writeFileSync(file, Buffer.alloc(size), { flag: 'a' });
      return;
    } catch {
      // Somebody else was quicker.
    }
  }
}

function free(folder: string): void {
  rmSync(path.join(folder, 'ballast'), { force: true });
}

/** One request, drawn at random, and what it means for the ledger. */
async function step(
  { rekognition, s3 }: Clients,
  ledger: Ledger,
  photographs: readonly Buffer[],
  random: Random,
): Promise<void> {
  const draw = random.next();
  const someFace = ledger.faces.size > 0 ? random.pick([...ledger.faces]) : undefined;
  if (draw < 0.4 || someFace === undefined) {
    const Image = { Bytes: random.pick(photographs) };
    const ExternalImageId = `image-${random.below(1e9)}`;
    const command = new IndexFacesCommand({ CollectionId, Image, ExternalImageId });
    const answer = await attempt(ledger, rekognition.send(command));
    for (const { Face } of answer?.FaceRecords ?? []) ledger.faces.add(Face?.FaceId ?? '');
    return;
  }
  if (draw < 0.65) {
    ledger.unsure.add(someFace);
    const command = new DeleteFacesCommand({ CollectionId, FaceIds: [someFace] });
    const answer = await attempt(ledger, rekognition.send(command));
    if (answer === undefined) {
      ledger.faces.delete(someFace);
      return;
    }
    ledger.unsure.delete(someFace);
    if (answer.DeletedFaces?.includes(someFace)) {
      ledger.faces.delete(someFace);
      ledger.deleted.add(someFace);
    }
    return;
  }
  if (draw < 0.8) {
    const UserId = `user-${random.below(1e9)}`;
    const user = { CollectionId, UserId };
    if ((await attempt(ledger, rekognition.send(new CreateUserCommand(user)))) === undefined)
      return;
    ledger.users.set(UserId, '');
    const associate = new AssociateFacesCommand({ ...user, FaceIds: [someFace] });
    const answer = await attempt(ledger, rekognition.send(associate));
    if (answer?.AssociatedFaces?.length === 1) ledger.users.set(UserId, someFace);
    return;
  }
  const Key = `other/object-${random.below(1e9)}`;
  const Body = `${Key} ${'x'.repeat(random.below(60_000))}`;
  if (await attempt(ledger, s3.send(new PutObjectCommand({ Bucket, Key, Body })))) {
    ledger.objects.set(Key, Body);
  }
}

/** The answer, or undefined where the disk was full and the service said so. */
async function attempt<T>(ledger: Ledger, call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    expect(error.name).toMatch(/^(InternalServerError|InternalError)$/);
    expect(error.message).toMatch(/The disk is full/);
    ledger.refused += 1;
    return undefined;
  }
}

async function check({ rekognition, s3, destroy }: Clients, ledger: Ledger): Promise<void> {
  const { Faces = [] } = await rekognition.send(
    new ListFacesCommand({ CollectionId, MaxResults: 4096 }),
  );
  const listed = new Set(Faces.map(({ FaceId }) => FaceId ?? ''));
  for (const id of ledger.faces) expect(listed.has(id), `kept ${id}`).toBe(true);
  for (const id of ledger.deleted) {
    if (!ledger.faces.has(id)) expect(listed.has(id), `deleted ${id}`).toBe(false);
  }
  const [first] = ledger.faces;
  if (first !== undefined) {
    const { FaceMatches = [] } = await rekognition.send(
      new SearchFacesCommand({
        CollectionId,
        FaceId: first,
        FaceMatchThreshold: 0,
        MaxFaces: 4096,
      }),
    );
    const found = FaceMatches.map(({ Face }) => Face?.FaceId ?? '');
    for (const id of ledger.faces) if (id !== first) expect(found).toContain(id);
    for (const id of ledger.deleted) if (!listed.has(id)) expect(found).not.toContain(id);
  }
  const { Users = [] } = await rekognition.send(
    new ListUsersCommand({ CollectionId, MaxResults: 500 }),
  );
  const users = Users.map(({ UserId }) => UserId);
  for (const userId of ledger.users.keys()) expect(users).toContain(userId);
  for (const [Key, expected] of ledger.objects) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    expect(await Body?.transformToString()).toBe(expected);
  }
  destroy();
}
