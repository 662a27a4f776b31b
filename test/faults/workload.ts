/** What clients ask for, at random, and whether the answers agree with what has been acknowledged. */
import type { Collection, NewFace } from '../../layers/records/index.ts';
import { CollectionExistsError, CollectionNotFoundError } from '../../layers/records/index.ts';
import { encodeIds, encodeShard, type Query } from '../../layers/vectors/index.ts';
import { ShardMissingError } from '../../layers/vectors/store.ts';
import type { Random } from '../support/random.ts';
import { faultOf } from './answers.ts';
import { type Cloud, DIMENSION, Environment } from './cloud.ts';
import type { Generation, Ledger } from './ledger.ts';

/** Guarantees were broken. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

const FAVOURITES = 4;

export const FACE_MODEL = '1.0';

/** Never deleted; and deleted and created again all the time. */
export const COLLECTIONS = { lasting: 'lasting', passing: 'passing' } as const;

type Action = (environment: Environment, collection: Collection) => Promise<string>;

export class Workload {
  readonly #cloud: Cloud;
  readonly #ledger: Ledger;
  readonly #vectors: ReadonlyMap<string, Float32Array>;
  readonly #random: Random;
  readonly #trace: (line: string) => void;

  constructor(
    cloud: Cloud,
    ledger: Ledger,
    vectors: ReadonlyMap<string, Float32Array>,
    trace: (line: string) => void,
  ) {
    this.#cloud = cloud;
    this.#ledger = ledger;
    this.#vectors = vectors;
    this.#random = cloud.options.random;
    this.#trace = trace;
  }

  /** One client after another asks for something, in an environment that is replaced when it crashes. */
  async work(worker: number, requests: number): Promise<void> {
    let environment = new Environment(this.#cloud);
    let repeated: (() => Promise<string>) | undefined;
    for (let i = 0; i < requests; i++) {
      const name = this.#random.chance(0.6) ? COLLECTIONS.lasting : COLLECTIONS.passing;
      const action = this.#draw(name);
      // A client whose request was interrupted often sends the same again.
      const work =
        repeated ?? (async () => `${name}: ${await this.#request(environment, name, action)}`);
      const outcome = await this.#cloud.request(environment, work);
      repeated = outcome === 'interrupted' && this.#random.chance(0.5) ? work : undefined;
      this.#trace(`${worker}: ${outcome === 'interrupted' ? outcome : outcome.value}`);
      if (environment.dead) environment = new Environment(this.#cloud);
    }
  }

  async #request(environment: Environment, name: string, action: Action): Promise<string> {
    const over = this.#ledger.over(name);
    let generation: Generation;
    let collection: Collection;
    try {
      collection = await environment.records.collections.get(name);
      generation = this.#ledger.seen(name, collection.generation);
    } catch (error) {
      if (!(error instanceof CollectionNotFoundError)) throw error;
      if (name === COLLECTIONS.lasting) throw new Violation('A collection has vanished.');
      return this.#create(environment, name);
    }
    if (over.has(generation)) throw new Violation('A deleted collection was found.');
    try {
      return await action(environment, collection);
    } catch (error) {
      if (!(error instanceof CollectionNotFoundError)) throw error;
      if (generation.safe) throw new Violation('A collection that is there was not found.');
      return 'it has been deleted meanwhile';
    }
  }

  #draw(name: string): Action {
    const draw = this.#random.next();
    if (name === COLLECTIONS.passing && draw < 0.2) {
      return this.#random.chance(0.75) ? this.#deleteCollection : this.#purgeAll;
    }
    const rest = this.#random.next();
    if (rest < 0.38) return this.#insert(this.#someIds(6));
    if (rest < 0.6) return this.#delete(this.#someIds(4));
    if (rest < 0.85) return this.#search(this.#query());
    return this.#fold;
  }

  #insert(ids: readonly string[]): Action {
    return async ({ records }, collection) => {
      const { model } = this.#generation(collection);
      const faces = ids.map((id) => this.#face(id));
      const change = model.begin('insert', ids);
      let acknowledged = false;
      try {
        const stored = await records.faces.insert(collection, faces, (added) =>
          encodeShard(FACE_MODEL, DIMENSION, added),
        );
        acknowledged = true;
        if (stored.map(({ id }) => id).join() !== ids.join())
          throw new Violation('An insertion answered with other faces.');
      } finally {
        model.end(change, acknowledged);
      }
      return `inserted ${ids.map(short).join(' ')}`;
    };
  }

  #delete(ids: readonly string[]): Action {
    return async ({ records }, collection) => {
      const { model } = this.#generation(collection);
      const change = model.begin('delete', ids);
      let acknowledged = false;
      try {
        const { deleted } = await records.faces.delete(collection, ids, encodeIds);
        acknowledged = true;
        for (const [id, knowledge] of model.alone(change)) {
          if (knowledge === 'present' && !deleted.includes(id))
            throw new Violation(`Face ${id} was there, and was not among those deleted.`);
          if (knowledge === 'absent' && deleted.includes(id))
            throw new Violation(`Face ${id} was not there, and was among those deleted.`);
        }
      } finally {
        model.end(change, acknowledged);
      }
      return `deleted ${ids.map(short).join(' ')}`;
    };
  }

  #search(query: Query): Action {
    return async ({ index }, collection) => {
      const generation = this.#generation(collection);
      const known = generation.model.watch();
      const matches = await index.search(collection, query);
      const fault = faultOf(matches, query, this.#vectors, known(), generation.safe);
      if (fault !== undefined) throw new Violation(`A search found ${fault}.`);
      return `searched, and found ${matches.length}`;
    };
  }

  readonly #fold: Action = async (environment, collection) => {
    try {
      const { outcome, added, removed } = await environment.fold(collection);
      return `${outcome}: ${added} added, ${removed} removed`;
    } catch (error) {
      const { safe } = this.#ledger.get(collection.generation);
      if (safe || !(error instanceof ShardMissingError)) throw error;
      return 'its shards have been purged meanwhile';
    }
  };

  readonly #deleteCollection: Action = async (environment, { id }) => {
    await this.#ledger.deletion(id, () => environment.records.collections.delete(id));
    return `deleted the collection, ${await this.#purge(environment)}`;
  };

  readonly #purgeAll: Action = (environment) => this.#purge(environment);

  async #purge(environment: Environment): Promise<string> {
    const pending = await environment.records.purges.pending();
    for (const { generation } of pending) await environment.purge(generation);
    return `purged ${pending.length}`;
  }

  async #create({ records }: Environment, name: string): Promise<string> {
    try {
      const { generation } = await records.collections.create(name, FACE_MODEL, {});
      this.#ledger.seen(name, generation);
      return 'created';
    } catch (error) {
      if (!(error instanceof CollectionExistsError)) throw error;
      return 'it exists meanwhile';
    }
  }

  #generation({ generation }: Collection): Generation {
    return this.#ledger.get(generation);
  }

  #face(id: string): NewFace {
    const vector = this.#vectors.get(id);
    if (vector === undefined) throw new RangeError(`Nobody should know of ${id}.`);
    const box = { left: 0.25, top: 0.25, width: 0.5, height: 0.5 };
    return { id, imageId: id, box, confidence: 99, faceModel: FACE_MODEL, vector };
  }

  /** Often of the few faces that are inserted and deleted again and again. */
  #someIds(most: number): string[] {
    const all = [...this.#vectors.keys()];
    const some = this.#random.chance(0.5) ? all.slice(0, FAVOURITES) : all;
    return this.#random.sample(some, 1 + this.#random.below(most));
  }

  #query(): Query {
    const id = this.#random.pick([...this.#vectors.keys()]);
    const known = this.#vectors.get(id);
    return {
      vector:
        known !== undefined && this.#random.chance(0.7)
          ? known
          : this.#random.unitVector(DIMENSION),
      limit: this.#random.pick([1, 3, 10, 100]),
      minCosine: this.#random.pick([-1, -1, 0, 0.3, 0.9]),
      ...(this.#random.chance(0.3) ? { exclude: id } : {}),
    };
  }
}

const short = (id: string) => id.slice(0, 4);
