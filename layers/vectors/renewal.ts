/**
 * Making all shards of an index anew from the records, where it is not known which of them a shard stood for.
 *
 * The ids are divided into segments of about a shard each. A fold makes as many as it may, names their shards
 * beside the old ones and how far it has come; the fold that makes the last segment lets the old ones go. So
 * neither memory nor time depends on the size of the index, and what dies is gone on with.
 */
import type { Collection, IdRange, Renewal, ShardReference } from '../records/index.ts';
import { idRanges } from '../records/index.ts';
import { mostRows } from './plan.ts';
import type { Embedded, Shard } from './shard.ts';
import { decodeShard, encodeShard } from './shard.ts';

export interface RenewalSource {
  readonly dimension: number;
  /** The records of a range, with their vectors; default: all of them. */
  readonly all: (collection: Collection, range?: IdRange) => AsyncIterable<Embedded>;
  /** About how many records there are. */
  readonly size: (collection: Collection) => Promise<number>;
}

/** So many parts of a segment are read side by side. */
const PARALLEL_RANGES = 8;
/** So many records of each of them are held as float32. */
const BATCH = 256;
/** Ids are random, so segments differ by little. */
const HEADROOM = 1.05;

/** @returns what a fold that begins to make everything anew is to note */
export async function beginRenewal(
  collection: Collection,
  shards: readonly ShardReference[],
  { dimension, size }: Pick<RenewalSource, 'dimension' | 'size'>,
): Promise<Renewal> {
  const rows = HEADROOM * (await size(collection));
  const segments = Math.max(1, Math.ceil(rows / mostRows(dimension)));
  return { segments, done: 0, replaced: shards.map(({ key }) => key) };
}

/**
 * The records of a segment, quantised, in parts of at most a shard each.
 * @param segment 0..segments - 1
 */
export async function* readSegment(
  collection: Collection,
  segment: number,
  segments: number,
  { dimension, all }: RenewalSource,
): AsyncGenerator<Shard[]> {
  const ranges = idRanges(segments * PARALLEL_RANGES).slice(
    segment * PARALLEL_RANGES,
    (segment + 1) * PARALLEL_RANGES,
  );
  const readers = ranges.map((range) => batches(collection, dimension, all(collection, range)));
  let rows = 0;
  let parts: Shard[] = [];
  for await (const part of merged(readers)) {
    if (rows + part.count > mostRows(dimension)) {
      yield parts;
      [rows, parts] = [0, []];
    }
    rows += part.count;
    parts.push(part);
  }
  if (rows > 0) yield parts;
}

async function* batches(
  { faceModel }: Collection,
  dimension: number,
  records: AsyncIterable<Embedded>,
): AsyncGenerator<Shard> {
  let batch: Embedded[] = [];
  const quantised = () => decodeShard(encodeShard(faceModel, dimension, batch));
  for await (const { id, vector } of records) {
    batch.push({ id, vector });
    if (batch.length < BATCH) continue;
    yield quantised();
    batch = [];
  }
  if (batch.length > 0) yield quantised();
}

/** What several generators yield, as it comes. */
async function* merged<T>(generators: readonly AsyncGenerator<T>[]): AsyncGenerator<T> {
  const next = (generator: AsyncGenerator<T>) =>
    generator.next().then((result) => ({ generator, result }));
  const waiting = new Map(generators.map((generator) => [generator, next(generator)]));
  try {
    while (waiting.size > 0) {
      const { generator, result } = await Promise.race(waiting.values());
      if (result.done) {
        waiting.delete(generator);
        continue;
      }
      waiting.set(generator, next(generator));
      yield result.value;
    }
  } finally {
    for (const pending of waiting.values()) pending.catch(() => undefined);
  }
}
