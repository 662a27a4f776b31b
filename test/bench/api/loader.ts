/**
 * Fills a data folder with a collection as large as one likes, as folds would have left it.
 *
 * Shards go through the shard store, full ones and a rest, with the lists of their ids: a fold leaves them alone. Of the records only one is stored by the service:
 * the others are written straight into the storage of the local database, each a copy of that item with an
 * id, an image and a vector of its own, since a transaction for every 98 faces would take an hour.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { createMaintenance } from '../../../functions/common/maintenance.ts';
import { startDynamo } from '../../../infra/emulators/dynamo/index.ts';
import { itemStorageKey } from '../../../infra/emulators/dynamo/items.ts';
import type { Item, TableSchema } from '../../../infra/emulators/dynamo/wire.ts';
import { startS3 } from '../../../infra/emulators/s3/index.ts';
import { Store } from '../../../infra/emulators/storage/index.ts';
import { SHARD_BUCKET, TABLE } from '../../../infra/local/places.ts';
import type { WorkerSettings } from '../../../infra/local/scan-workers.ts';
import { DEFAULT_FACE_MODEL } from '../../../layers/inference/index.ts';
import type { Collection, ShardReference } from '../../../layers/records/index.ts';
import { ensureTable, Records } from '../../../layers/records/index.ts';
import { encodeIdList, idListKey } from '../../../layers/vectors/id-list.ts';
import { encodeShard, S3ShardStore, ShardCache } from '../../../layers/vectors/index.ts';
import { mostRows } from '../../../layers/vectors/plan.ts';
import { decodeShard } from '../../../layers/vectors/shard.ts';
import { progress } from '../progress.ts';
import { type Data, makeData, row } from '../search/data.ts';

export const COLLECTION = 'crowd';

/** Of the built-in face model. */
const DIMENSION = 192;
/** The largest that a fold makes. */
const SHARD_COUNT = mostRows(DIMENSION);
const COMMIT_ITEMS = 2000;
const ROOT = path.resolve(import.meta.dirname, '../../../.cache/bench-search-api');

/** The services over a data folder, without an API in front. */
export interface Opened {
  readonly records: Records;
  readonly store: S3ShardStore;
  readonly s3: S3Client;
  readonly workerSettings: Pick<WorkerSettings, 's3' | 'bucket'>;
  close(): Promise<void>;
}

export async function openFolder(folder: string): Promise<Opened> {
  const database = await startDynamo({ path: path.join(folder, 'dynamodb') });
  const objects = await startS3({ directory: path.join(folder, 's3') });
  const shared = { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };
  const dynamodb = new DynamoDBClient({ ...shared, endpoint: database.endpoint });
  const settings = { ...shared, endpoint: objects.endpoint, forcePathStyle: true };
  const s3 = new S3Client(settings);
  await ensureTable(dynamodb, TABLE);
  return {
    records: new Records({ client: dynamodb, table: TABLE }),
    store: new S3ShardStore(s3, SHARD_BUCKET),
    s3,
    workerSettings: { s3: settings, bucket: SHARD_BUCKET },
    async close() {
      dynamodb.destroy();
      s3.destroy();
      await Promise.all([database.close(), objects.close()]);
    },
  };
}

/** The id of the face in a row. */
export const idOf = (index: number) =>
  `${((index * 0x9e3779b1) >>> 0).toString(16).padStart(8, '0')}-0000-5000-8000-000000000000`;

/** @returns the data folder, which is made unless an earlier run has left it */
export async function loaded(count: number): Promise<string> {
  const folder = path.join(ROOT, String(count));
  const ready = path.join(folder, 'ready');
  if (existsSync(ready)) return folder;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const data = makeData('clustered', count, DIMENSION);
  const first = await prepare(folder, data);
  await writeRecords(folder, data, first);
  await writeFile(ready, '');
  return folder;
}

/** All but the records. @returns the collection, whose first face is stored by the service */
async function prepare(folder: string, data: Data): Promise<Collection> {
  const { records, store, s3, close } = await openFolder(folder);
  try {
    await s3.send(new CreateBucketCommand({ Bucket: SHARD_BUCKET }));
    const collection = await records.collections.create(COLLECTION, DEFAULT_FACE_MODEL, {});
    const face = {
      id: idOf(0),
      imageId: randomUUID(),
      box: { left: 0.4, top: 0.3, width: 0.2, height: 0.3 },
      confidence: 99.9,
      faceModel: DEFAULT_FACE_MODEL,
      vector: row(data, 0),
    };
    await records.faces.insert(collection, [face], (added) =>
      encodeShard(DEFAULT_FACE_MODEL, DIMENSION, added),
    );
    const shards: ShardReference[] = [];
    for (let from = 1; from < data.count; from += SHARD_COUNT) {
      const length = Math.min(SHARD_COUNT, data.count - from);
      const vectors = Array.from({ length }, (_, i) => ({
        id: idOf(from + i),
        vector: row(data, from + i),
      })).sort((a, b) => (a.id < b.id ? -1 : 1));
      const bytes = encodeShard(DEFAULT_FACE_MODEL, DIMENSION, vectors);
      const key = `${collection.generation}/faces/${randomUUID()}.shard`;
      const shard = decodeShard(bytes);
      const rows = vectors.map((_, index) => ({ shard, index }));
      await store.put(key, bytes);
      await store.put(idListKey(key), encodeIdList(rows));
      shards.push({ key, count: length, bytes: bytes.length, clearedAt: 1 });
    }
    const manifest = await records.manifests.get(collection.generation, 'faces');
    await records.manifests.swap(collection, 'faces', manifest, { shards, retired: [] });
    const cache = new ShardCache(store, 0);
    await createMaintenance({ records, store, cache }).fold(collection, 'faces');
    return collection;
  } finally {
    await close();
  }
}

async function writeRecords(folder: string, data: Data, collection: Collection): Promise<void> {
  const storage = await Store.open({ folder: path.join(folder, 'dynamodb') });
  try {
    const schema = ((await storage.get(`table/${TABLE}`)) as { description: TableSchema })
      .description;
    const key = (sk: string): Item => ({
      pk: { S: `FACES#${collection.generation}` },
      sk: { S: sk },
    });
    const first = (await storage.get(itemStorageKey(key(idOf(0)), schema))) as Item;
    const say = progress('records', data.count);
    for (let from = 1; from < data.count; from += COMMIT_ITEMS) {
      const length = Math.min(COMMIT_ITEMS, data.count - from);
      const items = Array.from({ length }, (_, i): Item => {
        const { buffer, byteOffset, byteLength } = row(data, from + i);
        return {
          ...first,
          ...key(idOf(from + i)),
          imageId: { S: randomUUID() },
          vector: { B: Buffer.from(buffer, byteOffset, byteLength).toString('base64') },
        };
      });
      await storage.commit(
        items.map((value) => ({ type: 'put' as const, key: itemStorageKey(value, schema), value })),
      );
      say(Math.min(data.count, from + COMMIT_ITEMS));
    }
    const counter: Item = { pk: { S: `COUNT#${collection.generation}` }, sk: { S: '00' } };
    const counterKey = itemStorageKey(counter, schema);
    const value = {
      ...((await storage.get(counterKey)) as Item),
      faces: { N: String(data.count) },
    };
    await storage.commit([{ type: 'put', key: counterKey, value }]);
  } finally {
    await storage.close();
  }
}
