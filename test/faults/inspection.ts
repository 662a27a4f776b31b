/** What must hold while nobody does anything and nothing fails. */
import type { Collection } from '../../layers/records/index.ts';
import { CollectionNotFoundError } from '../../layers/records/index.ts';
import { idFromBytes } from '../../layers/vectors/ids.ts';
import { decodeShard } from '../../layers/vectors/shard.ts';
import { faultOf } from './answers.ts';
import type { Cloud } from './cloud.ts';
import { DIMENSION, Environment } from './cloud.ts';
import type { Ledger } from './ledger.ts';
import type { Knowledge } from './model.ts';
import { COLLECTIONS, Violation } from './workload.ts';

/** Longer than the age at which a fold deletes the shards that were replaced. */
export const LONG_TIME_MS = 16 * 60 * 1000;

export class Inspection {
  readonly #cloud: Cloud;
  readonly #ledger: Ledger;
  readonly #vectors: ReadonlyMap<string, Float32Array>;

  constructor(cloud: Cloud, ledger: Ledger, vectors: ReadonlyMap<string, Float32Array>) {
    this.#cloud = cloud;
    this.#ledger = ledger;
    this.#vectors = vectors;
  }

  /** Checks each collection, and settles what was not certain about it. */
  async inspect(): Promise<void> {
    const environment = new Environment(this.#cloud);
    const living = await this.#living(environment);
    for (const name of Object.values(COLLECTIONS)) {
      const collection = living.find(({ id }) => id === name);
      if (collection !== undefined && this.#ledger.seen(name, collection.generation).over)
        throw new Violation('A deleted collection lives.');
      this.#ledger.settle(name, collection?.generation);
    }
    for (const collection of living) await this.#inspectCollection(environment, collection);
  }

  /** Folds what is left; no shard may hold a deleted face then, nor any object be superfluous. */
  async inspectFolded(objects: () => Promise<string[]>): Promise<void> {
    const environment = new Environment(this.#cloud);
    const { manifests, tail } = environment.records;
    const living = await this.#living(environment);
    for (const collection of living) {
      await environment.fold(collection);
      if ((await tail.read(collection.generation, 'faces')).length > 0)
        throw new Violation('A fold left something in the tail.');
      const folded = await this.#idsInShards(environment, collection);
      const existing = await this.#existing(environment, collection);
      if (folded.size !== existing.size || [...folded].some((id) => !existing.has(id)))
        throw new Violation('The shards hold other faces than the records.');
    }
    this.#cloud.now += LONG_TIME_MS;
    const needed = new Set<string>();
    for (const collection of living) {
      await environment.fold(collection);
      const { shards, retired } = await manifests.get(collection.generation, 'faces');
      if (retired.length > 0) throw new Violation('Shards replaced long ago are still there.');
      for (const { key } of shards) needed.add(key);
    }
    await this.purgeAll();
    const abandoned = this.#cloud.abandoned();
    for (const key of await objects()) {
      if (!needed.has(key) && !abandoned.has(key))
        throw new Violation(`Object ${key} is of no use and will never be deleted.`);
    }
  }

  async purgeAll(): Promise<void> {
    const environment = new Environment(this.#cloud);
    for (const { generation } of await environment.records.purges.pending())
      await environment.purge(generation);
  }

  async deleteAll(): Promise<void> {
    const environment = new Environment(this.#cloud);
    for (const { id } of await this.#living(environment))
      await environment.records.collections.delete(id);
    await this.purgeAll();
  }

  async #living({ records }: Environment): Promise<Collection[]> {
    const listed: string[] = [];
    for await (const { id } of records.collections.list()) listed.push(id);
    const living: Collection[] = [];
    for (const name of Object.values(COLLECTIONS)) {
      try {
        living.push(await records.collections.get(name));
      } catch (error) {
        if (!(error instanceof CollectionNotFoundError)) throw error;
      }
    }
    if (listed.join() !== living.map(({ id }) => id).join())
      throw new Violation('The listing names other collections than there are.');
    return living;
  }

  async #inspectCollection(environment: Environment, collection: Collection): Promise<void> {
    const { records, index } = environment;
    const { model } = this.#ledger.get(collection.generation);
    const existing = await this.#existing(environment, collection);
    for (const [id, knowledge] of model.known()) {
      if (knowledge === 'present' && !existing.has(id)) throw new Violation(`Face ${id} is lost.`);
      if (knowledge === 'absent' && existing.has(id)) throw new Violation(`Face ${id} is back.`);
    }
    model.settle(existing);
    const { faces } = await records.collections.counts(collection);
    if (faces !== existing.size)
      throw new Violation(`${faces} faces counted, not ${existing.size}.`);
    const query = {
      vector: this.#cloud.options.random.unitVector(DIMENSION),
      limit: this.#vectors.size,
      minCosine: -1,
    };
    const matches = await index.search(collection, query);
    const known = new Map<string, Knowledge>([...existing].map((id) => [id, 'present']));
    const fault = faultOf(matches, query, this.#vectors, known, true);
    if (fault !== undefined) throw new Violation(`At rest, a search found ${fault}.`);
    await this.#idsInShards(environment, collection);
  }

  /** Reads every shard that the manifest names. */
  async #idsInShards(
    { records, store }: Environment,
    { generation }: Collection,
  ): Promise<Set<string>> {
    const ids = new Set<string>();
    const { shards } = await records.manifests.get(generation, 'faces');
    for (const { key, bytes, count } of shards) {
      const shard = decodeShard(await store.get(key, bytes));
      if (shard.count !== count) throw new Violation(`The manifest is wrong about shard ${key}.`);
      for (let i = 0; i < count; i++) ids.add(idFromBytes(shard.ids, i));
    }
    return ids;
  }

  async #existing({ records }: Environment, collection: Collection): Promise<Set<string>> {
    const ids = new Set<string>();
    for await (const { id } of records.faces.list(collection)) ids.add(id);
    return ids;
  }
}
