/**
 * Whether an index agrees with the records that it is made from.
 *
 * Every record must be in a shard or in the tail, its codes must be those that its vector is quantised to,
 * and a shard may hold nothing else but what is noted, or in the tail, as to be taken out. What is written
 * while this looks may seem wrong, since no two reads are of the same moment: a problem is one that is seen
 * again.
 *
 * Memory holds one shard, whatever the size of the index: of each row the id and a checksum of its codes go
 * to a file, sorted, and all of them are then merged with the records, which come in the same order.
 */
import { crc32 } from 'node:zlib';
import type { Collection, IndexName, Records, TailEntry } from '../records/index.ts';
import { Cleared } from './cleared.ts';
import { IdTable } from './id-table.ts';
import { decodeIds, idFromBytes, idToBytes } from './ids.ts';
import { idOf, ordered } from './ordered.ts';
import { type Entry, Runs } from './runs.ts';
import type { Embedded, Row } from './shard.ts';
import { codesOf, decodeShard, encodeShard, ShardCorruptError } from './shard.ts';
import type { ShardStore } from './store.ts';
import { ShardMissingError } from './store.ts';

export interface VerifyOptions {
  readonly records: {
    readonly tail: Pick<Records['tail'], 'read'>;
    readonly manifests: Pick<Records['manifests'], 'get'>;
    readonly removals: Pick<Records['removals'], 'read'>;
  };
  readonly store: Pick<ShardStore, 'get'>;
  readonly index: IndexName;
  readonly dimension: number;
  /** Every record that belongs into the index, in the order of their ids. */
  readonly all: (collection: Collection) => AsyncIterable<Embedded>;
}

export interface IndexProblem {
  /**
   * `lost`: a shard is missing or damaged, so that nothing is said of what it held. `count`: the manifest
   * is wrong about a shard. `missing`: a record is nowhere. `codes`: a record's codes are not those of its
   * vector. `extra`: there is no record. `twice`: in several shards, which a fold that died after its swap
   * leaves behind, and which changes no answer.
   */
  readonly kind: 'lost' | 'count' | 'missing' | 'codes' | 'extra' | 'twice';
  /** The key of a shard, or the id of a record. */
  readonly subject: string;
}

/** So many problems of a kind are named; more of them say nothing more. */
const MOST_OF_A_KIND = 10_000;

/** So many records are quantised together. */
const BATCH = 512;

/** What the tail says of an id. */
const REMOVED = 1;
const ADDED = 2;

export async function verifyIndex(
  collection: Collection,
  options: VerifyOptions,
): Promise<IndexProblem[]> {
  const { records, index } = options;
  const { generation } = collection;
  const tail = changes(await records.tail.read(generation, index));
  const manifest = await records.manifests.get(generation, index);
  const cleared = new Cleared(await records.removals.read(generation, index));
  const problems = new Problems();
  const runs = new Runs();
  try {
    for (const reference of manifest.shards) {
      const shard = await readShard(reference, options.store, problems);
      if (shard === undefined) continue;
      const rows = ordered(cleared.living(reference, shard));
      runs.add(rows.map(idOf), Uint32Array.from(rows, digestOf));
    }
    await compare(collection, runs, tail, problems, options);
  } finally {
    runs.close();
  }
  return problems.all;
}

async function readShard(
  { key, bytes, count }: { readonly key: string; readonly bytes: number; readonly count: number },
  store: Pick<ShardStore, 'get'>,
  problems: Problems,
) {
  try {
    const shard = decodeShard(await store.get(key, bytes));
    if (shard.count !== count) problems.note('count', key);
    return shard;
  } catch (error) {
    if (!(error instanceof ShardMissingError || error instanceof ShardCorruptError)) throw error;
    problems.note('lost', key);
    return undefined;
  }
}

/** Goes through rows and records side by side. */
async function compare(
  collection: Collection,
  runs: Runs,
  tail: IdTable,
  problems: Problems,
  options: VerifyOptions,
): Promise<void> {
  const areAllThere = !problems.all.some(({ kind }) => kind === 'lost');
  const entries = new Ahead(runs.merged());
  const isChanging = (id: Uint8Array) => tail.get(id, 0) >= 0;
  const extra = (id: Buffer) => {
    // An entry of the tail may be about to take it out.
    if (!isChanging(id)) problems.note('extra', idFromBytes(id, 0));
  };
  for await (const row of quantised(collection, options)) {
    const id = Buffer.from(idOf(row));
    entries.skipTo(id, extra);
    const digest = digestOf(row);
    let [found, wrong] = [0, 0];
    entries.skipPast(id, ({ number }) => {
      found++;
      if (number !== digest) wrong++;
    });
    const isAdded = tail.get(id, 0) === ADDED;
    if (found === 0 && !isAdded && areAllThere) problems.note('missing', idFromBytes(id, 0));
    if (found > 1) problems.note('twice', idFromBytes(id, 0));
    // An entry of the tail may be about to replace the codes.
    if (wrong > 0 && !isChanging(id)) problems.note('codes', idFromBytes(id, 0));
  }
  entries.skipTo(undefined, extra);
}

/** The rows that the records should have. */
async function* quantised(
  collection: Collection,
  { dimension, all }: Pick<VerifyOptions, 'dimension' | 'all'>,
): AsyncGenerator<Row> {
  let batch: Embedded[] = [];
  const rows = function* (): Generator<Row> {
    if (batch.length === 0) return;
    const shard = decodeShard(encodeShard(collection.faceModel, dimension, batch));
    for (let index = 0; index < shard.count; index++) yield { shard, index };
    batch = [];
  };
  for await (const { id, vector } of all(collection)) {
    batch.push({ id, vector });
    if (batch.length === BATCH) yield* rows();
  }
  yield* rows();
}

/** Entries of which the next one can be looked at before it is taken. */
class Ahead {
  readonly #entries: Iterator<Entry>;
  #next: Entry | undefined;

  constructor(entries: Iterator<Entry>) {
    this.#entries = entries;
    this.#advance();
  }

  /** Takes all before an id, or all there are. */
  skipTo(id: Buffer | undefined, visit: (id: Buffer) => void): void {
    while (this.#next && (id === undefined || Buffer.compare(this.#next.id, id) < 0)) {
      visit(this.#next.id);
      this.#advance();
    }
  }

  /** Takes all of an id. */
  skipPast(id: Buffer, visit: (entry: Entry) => void): void {
    while (this.#next && Buffer.compare(this.#next.id, id) === 0) {
      visit(this.#next);
      this.#advance();
    }
  }

  #advance(): void {
    const { value, done } = this.#entries.next();
    this.#next = done ? undefined : value;
  }
}

class Problems {
  readonly all: IndexProblem[] = [];
  readonly #counts = new Map<IndexProblem['kind'], number>();

  note(kind: IndexProblem['kind'], subject: string): void {
    const count = this.#counts.get(kind) ?? 0;
    this.#counts.set(kind, count + 1);
    if (count < MOST_OF_A_KIND) this.all.push({ kind, subject });
  }
}

/** By id, whether the tail adds it or only takes it out. */
function changes(tail: readonly TailEntry[]): IdTable {
  const table = new IdTable();
  for (const { kind, payload } of tail) {
    if (kind === 'remove') {
      for (const id of decodeIds(payload)) table.raise(idToBytes(id), 0, REMOVED);
      continue;
    }
    const { ids, count } = decodeShard(payload);
    for (let i = 0; i < count; i++) table.raise(ids, i, ADDED);
  }
  return table;
}

/** Of everything that a search reads of a row. */
function digestOf(row: Row): number {
  const { faceModel, dimension, scales } = row.shard;
  const made = crc32(`${faceModel} ${dimension} ${scales[row.index]}`);
  const { buffer, byteOffset, byteLength } = codesOf(row);
  return crc32(new Uint8Array(buffer, byteOffset, byteLength), made);
}
