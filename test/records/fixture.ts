/** Records over a table of their own, and faces to put into it. */
import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  type Collection,
  type Counts,
  type NewFace,
  Records,
  type RecordsOptions,
} from '../../layers/records/index.ts';
import type { TestDatabase } from '../support/tables.ts';

export interface TestRecords {
  readonly table: string;
  readonly client: DynamoDBClient;
  readonly records: Records;
  /** Another execution environment, with a counter of its own and a client to be interfered with. */
  environment(options?: Partial<RecordsOptions>): { records: Records; client: DynamoDBClient };
}

export async function openRecords(database: TestDatabase): Promise<TestRecords> {
  const table = `records-${randomUUID()}`;
  await database.createTable(table);
  const environment = (options: Partial<RecordsOptions> = {}) => {
    const client = database.connect();
    return { client, records: new Records({ client, table, ...options }) };
  };
  return { table, ...environment(), environment };
}

export function someFaces(count: number): NewFace[] {
  return Array.from({ length: count }, (_, i) => ({
    id: randomUUID(),
    imageId: randomUUID(),
    ...(i % 2 === 0 ? {} : { externalImageId: `photo:${i}.jpg` }),
    box: { left: 0.125, top: 0.25, width: 0.5, height: i / count },
    confidence: 99.5,
    faceModel: '1.0',
    vector: Float32Array.of(0.6, 0.8, i),
  }));
}

/** What an opaque entry of the tail may look like: the ids in it. */
export const ofFaces = (faces: readonly { readonly id: string }[]): Uint8Array =>
  ofIds(faces.map(({ id }) => id));
export const ofIds = (ids: readonly string[]): Uint8Array => Buffer.from(ids.join());

export async function listed(records: Records, collection: Collection): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of records.faces.list(collection)) ids.push(id);
  return ids;
}

/** Faces counted, faces there are, and additions less deletions in the tail: all the same, always. */
export async function sizes(
  records: Records,
  collection: Collection,
): Promise<{ counts: Counts; listed: number; tail: number }> {
  const tail = await records.tail.read(collection.generation, 'faces');
  return {
    counts: await records.collections.counts(collection),
    listed: (await listed(records, collection)).length,
    tail: tail.reduce((sum, { kind, count }) => sum + (kind === 'add' ? count : -count), 0),
  };
}

export const allOf = (faces: number) => ({
  counts: { faces, users: 0 },
  listed: faces,
  tail: faces,
});
