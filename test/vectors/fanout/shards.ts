/** Shards with ids that stand twice, records that say otherwise, and functions that scan in this process. */
import fc from 'fast-check';
import type { ShardReference } from '../../../layers/records/index.ts';
import type {
  PartOptions,
  ScanFunction,
  Scanner,
  ShardStore,
} from '../../../layers/vectors/index.ts';
import {
  decodeAnswer,
  decodeTask,
  encodeAnswer,
  encodeFailure,
  encodeShard,
  encodeTask,
  ShardCache,
  scanPart,
} from '../../../layers/vectors/index.ts';
import type { Embedded, Shard } from '../../../layers/vectors/shard.ts';
import { decodeShard } from '../../../layers/vectors/shard.ts';
import { ShardMissingError } from '../../../layers/vectors/store.ts';
import { anyId, product, unitVector } from '../arbitraries.ts';

export const DIMENSION = 16;

export interface Stored {
  readonly references: readonly ShardReference[];
  readonly objects: Map<string, Uint8Array>;
  /** In no shard yet. */
  readonly recent: readonly Shard[];
  /** What the records say, by id: not of all ids, nor always what the shards say. */
  readonly records: ReadonlyMap<string, Float32Array>;
}

/** Few ids and few vectors, so that both meet often. */
const face = (ids: readonly string[], vectors: readonly Float32Array[]) =>
  fc.record({ id: fc.constantFrom(...ids), vector: fc.constantFrom(...vectors) });

export const stored: fc.Arbitrary<Stored> = fc
  .tuple(
    fc.uniqueArray(anyId, { minLength: 1, maxLength: 40 }),
    fc.array(unitVector(DIMENSION), { minLength: 1, maxLength: 25 }),
  )
  .chain(([ids, vectors]) => {
    const faces = fc.array(face(ids, vectors), { maxLength: 25 });
    const fates = fc.array(fc.constantFrom('gone', 'as it was', 'as it was', 'replaced'), {
      minLength: ids.length,
      maxLength: ids.length,
    });
    const lists = fc.array(faces, { minLength: 1, maxLength: 9 });
    return fc.tuple(lists, faces, fates, fc.constant(ids), fc.constant(vectors));
  })
  .map(([lists, recent, fates, ids, vectors]) => {
    const records = new Map<string, Float32Array>();
    const newer: Embedded[] = [];
    const all = [...lists.flat(), ...recent];
    ids.forEach((id, i) => {
      const known = all.filter((one) => one.id === id);
      const [first] = known;
      if (first === undefined || fates[i] === 'gone') return;
      const vector = (fates[i] === 'replaced' && vectors[i % vectors.length]) || first.vector;
      records.set(id, vector);
      // What the record says stands somewhere; what else does is out of date.
      if (!known.some((one) => one.vector === vector)) newer.push({ id, vector });
    });
    return store(lists, [...recent, ...newer], records);
  });

export function store(
  lists: readonly (readonly Embedded[])[],
  recent: readonly Embedded[],
  records: ReadonlyMap<string, Float32Array>,
): Stored {
  const encoded = lists.map((list, i) => {
    const bytes = encodeShard('1.0', DIMENSION, list);
    const key = `generation/faces/${String(i).padStart(4, '0')}.shard`;
    return { reference: { key, count: list.length, bytes: bytes.length }, bytes };
  });
  return {
    references: encoded.map(({ reference }) => reference),
    objects: new Map(encoded.map(({ reference, bytes }) => [reference.key, bytes])),
    recent: [decodeShard(encodeShard('1.0', DIMENSION, recent))],
    records,
  };
}

/** A store that only reads. */
export function reader(objects: ReadonlyMap<string, Uint8Array>): ShardStore {
  const refuse = () => Promise.reject(new Error('Only reads.'));
  const object = (key: string) => {
    const bytes = objects.get(key);
    if (bytes === undefined) throw new ShardMissingError(`There is no shard ${key}.`);
    return bytes;
  };
  return {
    get: async (key) => object(key),
    async read(key, start, place) {
      place.set(object(key).subarray(start, start + place.length));
    },
    put: refuse,
    list: () => {
      throw new Error('Only reads.');
    },
    delete: refuse,
    deleteGeneration: refuse,
  };
}

/** A function with a memory of its own, behind tasks and answers as they go over the wire. */
export function scanFunction(
  objects: ReadonlyMap<string, Uint8Array>,
  cacheBytes = 1_000_000,
  options: Pick<PartOptions, 'mostOfAnswer'> = {},
): ScanFunction {
  const cache = new ShardCache(reader(objects), cacheBytes);
  return async (task) => {
    const request = JSON.parse(JSON.stringify(encodeTask(task)));
    const response = await scanPart(decodeTask(request), { cache, ...options }).then(
      encodeAnswer,
      encodeFailure,
    );
    return decodeAnswer(JSON.parse(JSON.stringify(response)));
  };
}

export interface Wish {
  readonly query: Float32Array;
  readonly limit: number;
  readonly minCosine: number;
}

export const wish: fc.Arbitrary<Wish> = fc.record({
  query: unitVector(DIMENSION),
  limit: fc.integer({ min: 1, max: 12 }),
  minCosine: fc.oneof(fc.double({ min: -1, max: 1, noNaN: true }), fc.constantFrom(-1, 0)),
});

/** Searches as an index does: asks on, saying what the records say, until nothing is selected. */
export async function search(
  scanner: Scanner,
  { references, recent, records }: Stored,
  { query, limit, minCosine }: Wish,
): Promise<number[]> {
  const selector = await scanner.open(query, recent, references);
  const known = new Map<string, number>();
  for (;;) {
    const selected = await selector.select({ limit, minCosine, known });
    if (selected.length === 0) break;
    for (const id of selected) {
      if (known.has(id)) throw new Error(`${id} is known.`);
      const vector = records.get(id);
      known.set(id, vector === undefined ? Number.NEGATIVE_INFINITY : product(query, vector));
    }
  }
  return best([...known.values()], limit, minCosine);
}

/** What a search must find, by the records alone: which of several equal ones is not for a scan to say. */
export function truth({ records }: Stored, { query, limit, minCosine }: Wish): number[] {
  return best(
    Array.from(records.values(), (vector) => product(query, vector)),
    limit,
    minCosine,
  );
}

function best(cosines: readonly number[], limit: number, minCosine: number): number[] {
  return cosines
    .filter((cosine) => cosine >= minCosine)
    .sort((a, b) => b - a)
    .slice(0, limit);
}
