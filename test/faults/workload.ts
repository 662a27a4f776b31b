/** What clients ask for, at random, and whether the answers agree with what has been acknowledged. */

import { DEFAULT_FACE_MODEL } from '../../layers/inference/index.ts';
import type { Collection, IndexName, NewFace } from '../../layers/records/index.ts';
import {
  CollectionExistsError,
  CollectionNotFoundError,
  INDEX_KINDS,
} from '../../layers/records/index.ts';
import { encodeIds, encodeShard, type Query, type ShardTrust } from '../../layers/vectors/index.ts';
import { ShardMissingError } from '../../layers/vectors/store.ts';
import type { Random } from '../support/random.ts';
import { faultOf } from './answers.ts';
import { type Cloud, DIMENSION, Environment } from './cloud.ts';
import type { Generation, Ledger } from './ledger.ts';
import { askFor, USERS, type UserRequest, userFaultOf } from './user-requests.ts';

/** Guarantees were broken. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/**
 * What clients are after, as bounds of one draw; a seed has one of these. The second one is all about a
 * few faces that come and go, while folds are made.
 */
const TASTES = [
  {
    insert: 0.28,
    delete: 0.42,
    search: 0.6,
    ask: 0.76,
    users: 0.81,
    fold: 0.92,
    collect: 0.96,
    damage: 0.98,
  },
  {
    insert: 0.28,
    delete: 0.56,
    search: 0.62,
    ask: 0.64,
    users: 0.65,
    fold: 0.95,
    collect: 0.97,
    damage: 0.99,
  },
  {
    insert: 0.15,
    delete: 0.2,
    search: 0.3,
    ask: 0.65,
    users: 0.75,
    fold: 0.93,
    collect: 0.96,
    damage: 0.98,
  },
] as const;

/** Faces that are inserted and deleted again and again: how many, and how often it is one of them. */
const FAVOURITES = [
  { count: 4, probability: 0.5 },
  { count: 2, probability: 0.95 },
] as const;

const TRUST: readonly ShardTrust[] = [
  'trusted',
  'trusted',
  'trusted',
  'trusted',
  'checked',
  'anew',
];
const INDEXES = [...INDEX_KINDS, 'faces'] as const;
const USER_OPERATIONS = [
  'CreateUser',
  'CreateUser',
  'AssociateFaces',
  'AssociateFaces',
  'AssociateFaces',
  'DisassociateFaces',
  'DeleteUser',
] as const;

export const FACE_MODEL = DEFAULT_FACE_MODEL;

/** So much time may pass while something is going on: no more than a reader or a fold may take. */
const MOST_PER_ROUND_MS = 12 * 60 * 1000;

/** Never deleted; and deleted and created again all the time. */
export const COLLECTIONS = { lasting: 'lasting', passing: 'passing' } as const;

type Action = (environment: Environment, collection: Collection) => Promise<string>;

export class Workload {
  readonly #cloud: Cloud;
  readonly #ledger: Ledger;
  readonly #vectors: ReadonlyMap<string, Float32Array>;
  readonly #random: Random;
  readonly #trace: (line: string) => void;
  readonly #taste: (typeof TASTES)[number];
  readonly #favourites: (typeof FAVOURITES)[number];
  #left = 0;

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
    this.#taste = this.#random.pick(TASTES);
    this.#favourites = this.#random.pick(FAVOURITES);
    this.#trace = trace;
  }

  /** To be called while all is at rest. */
  begin(): void {
    this.#left = MOST_PER_ROUND_MS;
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
    const taste = this.#taste;
    if (rest < taste.insert) return this.#insert(this.#someIds(6));
    if (rest < taste.delete) return this.#delete(this.#someIds(4));
    if (rest < taste.search) return this.#search(this.#query());
    if (rest < taste.ask) return this.#askFor(this.#userRequest());
    if (rest < taste.users) return this.#searchUsers(this.#random.unitVector(DIMENSION));
    if (rest < taste.fold) return this.#fold(this.#random.pick(TRUST), this.#random.pick(INDEXES));
    if (rest < taste.collect) return this.#collect;
    if (rest < taste.damage) return this.#damage;
    return this.#wait(this.#random.below(MOST_PER_ROUND_MS));
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
      let acknowledged = new Set<string>();
      try {
        const { deleted, refused } = await records.faces.delete(collection, ids, encodeIds);
        const taken = refused.filter(({ userId }) => userId !== undefined).map(({ id }) => id);
        acknowledged = new Set(ids.filter((id) => !taken.includes(id)));
        for (const [id, knowledge] of model.alone(change)) {
          if (knowledge === 'present' && !deleted.includes(id) && !taken.includes(id))
            throw new Violation(`Face ${id} was there, and was not among those deleted.`);
          if (knowledge === 'absent' && (deleted.includes(id) || taken.includes(id)))
            throw new Violation(`Face ${id} was not there, and was among those deleted.`);
        }
      } finally {
        model.end(change, acknowledged);
      }
      return `deleted ${ids.map(short).join(' ')}`;
    };
  }

  #search(query: Query): Action {
    return async ({ faces }, collection) => {
      const generation = this.#generation(collection);
      const known = generation.model.watch();
      const matches = await faces.search(collection, query);
      const fault = faultOf(matches, query, this.#vectors, known(), generation.safe);
      if (fault !== undefined) throw new Violation(`A search found ${fault}.`);
      return `searched, and found ${matches.length}`;
    };
  }

  #searchUsers(vector: Float32Array): Action {
    return async ({ users }, collection) => {
      const generation = this.#generation(collection);
      const known = generation.users.watch();
      const matches = await users.search(collection, { vector, limit: 100, minCosine: -1 });
      const fault = userFaultOf(matches, vector, known(), generation.safe);
      if (fault !== undefined) throw new Violation(`A search of users found ${fault}.`);
      return `searched users, and found ${matches.length}`;
    };
  }

  #askFor(request: UserRequest): Action {
    return (environment, collection) =>
      askFor(request, environment, collection, this.#generation(collection).users);
  }

  #fold(trust: ShardTrust, index: IndexName): Action {
    return async (environment, collection) => {
      try {
        // Whoever has met a damaged shard has asked for it to be looked after.
        const suspect = this.#random.pick([...this.#cloud.damaged, 'none']);
        const result = await environment.fold(collection, index, trust, suspect);
        const { outcome, added, removed, left } = result;
        return `${index}, ${trust}, ${outcome}: ${added} added, ${removed} removed, ${left} left`;
      } catch (error) {
        const { safe } = this.#ledger.get(collection.generation);
        if (safe || !(error instanceof ShardMissingError)) throw error;
        return 'its shards have been purged meanwhile';
      }
    };
  }

  readonly #collect: Action = async (environment) =>
    `collected ${(await environment.collect()).length}`;

  readonly #damage: Action = () => this.#cloud.damage();

  #wait(milliseconds: number): Action {
    return async () => {
      const passing = Math.min(milliseconds, this.#left);
      this.#left -= passing;
      this.#cloud.now += passing;
      return `${Math.round(passing / 1000)} seconds pass`;
    };
  }

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
    const { count, probability } = this.#favourites;
    const some = this.#random.chance(probability) ? all.slice(0, count) : all;
    return this.#random.sample(some, 1 + this.#random.below(most));
  }

  #userRequest(): UserRequest {
    return {
      operation: this.#random.pick(USER_OPERATIONS),
      userId: this.#random.pick(USERS),
      faceIds: this.#someIds(4),
      token: this.#random.chance(0.5) ? this.#random.uuid() : undefined,
    };
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
