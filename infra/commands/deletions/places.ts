/** The places where something may be left of who was deleted, and looking into each of them. */
import type { Dirent } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { holdsVector, type ShardStore } from '../../../layers/vectors/index.ts';

export interface Looked {
  /** Such as `the table`. */
  readonly place: string;
  /** Items, objects or files. */
  readonly count: number;
  /** Where something was found: keys or names. */
  readonly found: readonly string[];
}

/** So much of a file is in memory at once. */
const CHUNK = 4 * 1024 * 1024;

/** @param vector whose codes are looked for too */
export async function lookIntoTable(
  items: AsyncIterable<Record<string, AttributeValue>>,
  needles: readonly Buffer[],
  vector: Float32Array | undefined,
): Promise<Looked> {
  const found: string[] = [];
  let count = 0;
  for await (const item of items) {
    count++;
    const has = valuesOf({ M: item }).some(
      (value) => holds(value, needles) || holdsCodes(value, vector),
    );
    if (has) found.push(`${item['pk']?.S} ${item['sk']?.S}`);
  }
  return { place: 'the table: records, tails, kept answers, notes of uploads', count, found };
}

export async function lookIntoShards(
  store: Pick<ShardStore, 'list' | 'get'>,
  needles: readonly Buffer[],
  vector: Float32Array | undefined,
): Promise<Looked> {
  const found: string[] = [];
  let count = 0;
  for await (const { key, bytes } of store.list()) {
    count++;
    const object = Buffer.from(await store.get(key, bytes));
    if (holds(object, needles) || holdsCodes(object, vector)) found.push(key);
  }
  return { place: 'the bucket of shards, those that nothing names any more too', count, found };
}

/** Every byte of every file under a folder. */
export async function lookIntoFiles(folder: string, needles: readonly Buffer[]): Promise<Looked> {
  const found: string[] = [];
  let count = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    count++;
    const file = path.join(entry.parentPath, entry.name);
    if (await fileHolds(entry, file, needles)) found.push(path.relative(folder, file));
  }
  return { place: `every byte of every file in ${folder}`, count, found };
}

async function fileHolds(
  { name }: Dirent,
  file: string,
  needles: readonly Buffer[],
): Promise<boolean> {
  if (holds(Buffer.from(name), needles)) return true;
  const overlap = Math.max(...needles.map(({ length }) => length)) - 1;
  const handle = await open(file);
  try {
    let position = 0;
    const buffer = Buffer.alloc(CHUNK + overlap);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      if (holds(buffer.subarray(0, bytesRead), needles)) return true;
      if (bytesRead < buffer.length) return false;
      position += CHUNK;
    }
  } finally {
    await handle.close();
  }
}

function holds(bytes: Buffer, needles: readonly Buffer[]): boolean {
  return needles.some((needle) => bytes.includes(needle));
}

function holdsCodes(bytes: Buffer, vector: Float32Array | undefined): boolean {
  return vector !== undefined && holdsVector(bytes, vector);
}

/** All texts and bytes of an attribute, names of members included. */
function valuesOf(value: AttributeValue): Buffer[] {
  if (value.S !== undefined) return [Buffer.from(value.S)];
  if (value.B !== undefined) return [Buffer.from(value.B)];
  if (value.SS !== undefined) return value.SS.map((text) => Buffer.from(text));
  if (value.BS !== undefined) return value.BS.map((bytes) => Buffer.from(bytes));
  if (value.L !== undefined) return value.L.flatMap(valuesOf);
  if (value.M !== undefined) {
    return Object.entries(value.M).flatMap(([name, member]) => [
      Buffer.from(name),
      ...valuesOf(member),
    ]);
  }
  return [];
}
