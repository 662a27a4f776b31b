/** What must hold while nobody does anything and nothing fails. */

import { followErasures, pendingErasures } from '../../functions/common/erasing.ts';
import { userVector } from '../../layers/inference/index.ts';
import type { Collection, Face, IndexName, User } from '../../layers/records/index.ts';
import { CollectionNotFoundError, INDEX_KINDS } from '../../layers/records/index.ts';
import { idListKey } from '../../layers/vectors/id-list.ts';
import { idFromBytes } from '../../layers/vectors/ids.ts';
import { decodeShard } from '../../layers/vectors/shard.ts';
import { faultOf } from './answers.ts';
import type { Cloud } from './cloud.ts';
import { DIMENSION, Environment } from './cloud.ts';
import type { Ledger } from './ledger.ts';
import type { Knowledge } from './model.ts';
import { userFaultOf } from './user-requests.ts';
import { COLLECTIONS, Violation } from './workload.ts';

/** Longer than anything is kept that nobody needs. */
export const LONG_TIME_MS = 31 * 60 * 1000;

/** Each of them takes twelve vectors of the tail, or goes over one shard. */
const MOST_FOLDS = 60;

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
    const living = await this.#living(environment);
    for (const collection of living) {
      for (const index of INDEX_KINDS) await this.#inspectIndex(environment, collection, index);
    }
    await this.purgeAll();
    this.#cloud.now += LONG_TIME_MS;
    await environment.collect();
    const needed = new Set<string>();
    for (const { generation } of living) {
      for (const index of INDEX_KINDS) {
        const { shards } = await environment.records.manifests.get(generation, index);
        for (const { key } of shards) {
          needed.add(key);
          needed.add(idListKey(key));
        }
      }
    }
    const kept = await objects();
    const useless = kept.find((key) => !needed.has(key));
    if (useless !== undefined)
      throw new Violation(`Object ${useless} is of no use and will never be deleted.`);
    if (kept.length < needed.size) throw new Violation('A shard that is in use was deleted.');
  }

  /** Folds an index; its shards must then hold what the records hold, and nothing else. */
  async #inspectIndex(
    environment: Environment,
    collection: Collection,
    index: IndexName,
  ): Promise<void> {
    const { records } = environment;
    for (
      let i = 0;
      (await environment.fold(collection, index, 'checked')).outcome === 'folded';
      i++
    ) {
      if (i === MOST_FOLDS) throw new Violation('Folds come to no end.');
    }
    const { generation } = collection;
    if ((await records.tail.read(generation, index)).length > 0)
      throw new Violation('Folds left something in the tail.');
    if ((await records.removals.read(generation, index)).length > 0)
      throw new Violation('Folds left deletions that not all shards have followed.');
    const folded = await this.#idsInShards(environment, collection, index, true);
    const existing = new Set<string>();
    for await (const { id } of index === 'faces'
      ? records.faces.all(collection)
      : records.users.all(collection)) {
      existing.add(id);
    }
    if (folded.size !== existing.size || [...folded].some((id) => !existing.has(id)))
      throw new Violation(`The shards hold other ${index} than the records.`);
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

  /** Every deletion must have reached every place by now, and leave a receipt. */
  async inspectErasures(): Promise<void> {
    const { records, store } = new Environment(this.#cloud);
    const work = { records, store, clock: () => this.#cloud.now, backupDays: 35 };
    const pending = await pendingErasures(work);
    const { pending: left } = await followErasures(work, pending);
    if (left > 0) throw new Violation(`Of ${left} deletions something is left.`);
    const receipts = new Set<string>();
    for (const collection of Object.values(COLLECTIONS))
      for await (const { id } of records.erasures.receipts(collection)) receipts.add(id);
    const missing = pending.find(({ id }) => !receipts.has(id));
    if (missing !== undefined) throw new Violation(`Deletion ${missing.id} has no receipt.`);
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
    const { records } = environment;
    const { model } = this.#ledger.get(collection.generation);
    const faces = new Map<string, Face>();
    for await (const face of records.faces.all(collection)) faces.set(face.id, face);
    const existing = new Set(faces.keys());
    for (const [id, knowledge] of model.known()) {
      if (knowledge === 'present' && !existing.has(id)) throw new Violation(`Face ${id} is lost.`);
      if (knowledge === 'absent' && existing.has(id)) throw new Violation(`Face ${id} is back.`);
    }
    model.settle(existing);
    const counts = await records.collections.counts(collection);
    if (counts.faces !== existing.size)
      throw new Violation(`${counts.faces} faces counted, not ${existing.size}.`);
    const query = {
      vector: this.#cloud.options.random.unitVector(DIMENSION),
      limit: this.#vectors.size,
      minCosine: -1,
    };
    const matches = await environment.faces.search(collection, query);
    const known = new Map<string, Knowledge>([...existing].map((id) => [id, 'present']));
    const fault = faultOf(matches, query, this.#vectors, known, true);
    if (fault !== undefined) throw new Violation(`At rest, a search found ${fault}.`);
    for (const index of INDEX_KINDS) await this.#idsInShards(environment, collection, index);
    await this.#inspectUsers(environment, collection, faces, counts.users);
  }

  /** Users and faces must name each other, and a user's vector must follow from the faces. */
  async #inspectUsers(
    environment: Environment,
    collection: Collection,
    faces: ReadonlyMap<string, Face>,
    counted: number,
  ): Promise<void> {
    const users: User[] = [];
    for await (const user of environment.records.users.list(collection)) users.push(user);
    if (counted !== users.length)
      throw new Violation(`${counted} users counted, not ${users.length}.`);
    const owned = [...faces.values()].flatMap(({ id, userId }) =>
      userId ? [`${userId} ${id}`] : [],
    );
    const owning = users.flatMap(({ userId, faceIds }) => faceIds.map((id) => `${userId} ${id}`));
    if (owned.sort().join() !== owning.sort().join())
      throw new Violation(`Faces say ${owned.join()}, users say ${owning.join()}.`);
    for (const { userId, faceIds, vector } of users) {
      const vectors = faceIds.flatMap((id) => faces.get(id)?.vector ?? []);
      const expected = vectors.length === 0 ? undefined : userVector(vectors);
      if (expected?.join() !== vector?.join())
        throw new Violation(`The vector of ${userId} is not that of the faces.`);
    }
    const model = this.#ledger.get(collection.generation).users;
    const identified = new Set(users.flatMap(({ id, vector }) => (vector ? [id] : [])));
    for (const [id, knowledge] of model.known()) {
      if (knowledge !== 'unknown' && (knowledge === 'present') !== identified.has(id))
        throw new Violation(`User ${id} is known as ${knowledge}, and is not.`);
    }
    model.settle(identified);
    const query = {
      vector: this.#cloud.options.random.unitVector(DIMENSION),
      limit: 100,
      minCosine: -1,
    };
    const matches = await environment.users.search(collection, query);
    const fault = userFaultOf(matches, query.vector, model.known(), true);
    if (fault !== undefined) throw new Violation(`At rest, a search of users found ${fault}.`);
  }

  /** Reads every shard that the manifest names. @param isWhole whether those that were damaged are to be whole again */
  async #idsInShards(
    { records, store }: Environment,
    { generation }: Collection,
    index: IndexName,
    isWhole = false,
  ): Promise<Set<string>> {
    const ids = new Set<string>();
    const { shards } = await records.manifests.get(generation, index);
    for (const { key, bytes, count } of shards) {
      if (this.#cloud.damaged.has(key) && !isWhole) continue;
      const shard = decodeShard(await store.get(key, bytes));
      if (shard.count !== count) throw new Violation(`The manifest is wrong about shard ${key}.`);
      for (let i = 0; i < count; i++) ids.add(idFromBytes(shard.ids, i));
    }
    return ids;
  }
}
