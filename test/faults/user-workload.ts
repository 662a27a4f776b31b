/**
 * What clients ask for about users, at random, through the operations themselves; and what must hold of
 * users and faces while nobody does anything.
 */

import { translate } from '../../functions/common/faults.ts';
import { createIndexes } from '../../functions/common/indexes.ts';
import { createMaintenance } from '../../functions/common/maintenance.ts';
import { createServices, type Services } from '../../functions/common/services.ts';
import { operations } from '../../functions/operations.ts';
import { BUILT_IN_FACE_MODELS, faceModel, userVector } from '../../layers/inference/index.ts';
import type {
  Collection,
  IdentifiedUser,
  NewFace,
  User,
  VectorOfFace,
} from '../../layers/records/index.ts';
import { BusyError } from '../../layers/records/index.ts';
import { idFromBytes } from '../../layers/vectors/ids.ts';
import { encodeShard, LocalScanner, ShardCache } from '../../layers/vectors/index.ts';
import { codesOf, decodeShard } from '../../layers/vectors/shard.ts';
import type { Random } from '../support/random.ts';
import { type Cloud, Environment } from './cloud.ts';
import { type Effect, type Event, unexplained } from './user-history.ts';
import { Violation } from './workload.ts';

const COLLECTION = 'people';
const USERS = ['ada', 'ben', 'cleo', 'dan', 'eve'];
const FACES = 30;
const DIMENSION = faceModel('1.0').dimension;
const CACHE_BYTES = 100_000;
const CALL = { requestId: 'r', region: 'us-east-1', accountId: '000000000000' };

type Fields = Readonly<Record<string, unknown>>;

/** A request as a client sends it, and sends it again. */
interface Request {
  readonly operation: string;
  readonly body: Fields;
}

/** What the client has got. */
type Answer =
  | { readonly kind: 'answer'; readonly body: Fields }
  | { readonly kind: 'refused'; readonly name: string };

export class UserWorkload {
  /** How often each kind of answer was given. */
  readonly answers = new Map<string, number>();
  readonly #cloud: Cloud;
  readonly #random: Random;
  readonly #faces: ReadonlyMap<string, NewFace>;
  readonly #history: Event[] = [];
  /** Every request that was answered, with what it was answered first. */
  readonly #answered: { readonly request: Request; readonly body: Fields }[] = [];
  #time = 0;

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
    this.#random = cloud.options.random;
    const faces = Array.from({ length: FACES }, () => this.#face(this.#random.uuid()));
    this.#faces = new Map(faces.map((face) => [face.id, face]));
  }

  async prepare(): Promise<void> {
    const { records } = new Environment(this.#cloud);
    const collection = await records.collections.create(COLLECTION, '1.0', {});
    await records.faces.insert(collection, [...this.#faces.values()], encode);
    this.#note(this.#ids().map((face) => ({ face, becomes: 'free' as const })));
  }

  /** One client's requests, in an environment that is replaced when it crashes. */
  async work(count: number): Promise<void> {
    let environment = new Environment(this.#cloud);
    for (let i = 0; i < count; i++) {
      const request = this.#draw();
      const begun = this.#time++;
      let answer: Answer | 'interrupted' = 'interrupted';
      let attempts = 0;
      // A client sends what was not answered again, most of the time.
      do {
        const services = this.#services(environment);
        const outcome = await this.#cloud.request(environment, () => this.#send(services, request));
        answer = outcome === 'interrupted' ? outcome : outcome.value;
        if (environment.dead) environment = new Environment(this.#cloud);
        attempts++;
      } while (answer === 'interrupted' && this.#random.chance(0.7));
      // Without a token the last answer says nothing of what earlier attempts have done, unanswered: a
      // face that one of them has deleted is not found by the next.
      if (attempts > 1 && !('ClientRequestToken' in request.body))
        this.#note(effects(request, undefined, this.#ids()), begun, false);
      this.#learn(request, begun, answer);
    }
  }

  /** @throws Violation */
  async inspect(): Promise<void> {
    const environment = new Environment(this.#cloud);
    const { records } = environment;
    const collection = await records.collections.get(COLLECTION);
    const users = await all(records.users.list(collection));
    const faces = await all(records.faces.all(collection));
    const owners = new Map(users.flatMap((user) => user.faceIds.map((id) => [id, user.userId])));
    for (const { id, userId } of faces) {
      if (owners.get(id) !== userId)
        throw new Violation(`Face ${id} says ${userId}, the users say ${owners.get(id)}.`);
    }
    const existing = new Map(faces.map((face) => [face.id, face]));
    for (const user of users) this.#inspectUser(user, existing);
    const named = users.reduce((sum, { faceIds }) => sum + faceIds.length, 0);
    if (named !== owners.size) throw new Violation('Two users have one face.');
    const counts = await records.collections.counts(collection);
    if (counts.users !== users.length || counts.faces !== faces.length)
      throw new Violation(`Counted ${JSON.stringify(counts)}, not ${users.length}.`);
    for (const id of this.#faces.keys()) {
      const face = existing.get(id);
      const free = face?.userId === undefined ? 'free' : { user: face.userId };
      const fault = unexplained(id, face === undefined ? 'absent' : free, this.#history);
      if (fault !== undefined) throw new Violation(fault);
    }
    await this.#inspectSearch(environment, collection, users);
  }

  /** A token is answered as it was, and nothing changes. */
  async repeatAll(): Promise<void> {
    const environment = new Environment(this.#cloud);
    const collection = await environment.records.collections.get(COLLECTION);
    const before = await all(environment.records.users.list(collection));
    for (const { request, body } of this.#answered) {
      const again = await this.#send(this.#services(environment), request);
      if (again.kind !== 'answer' || JSON.stringify(again.body) !== JSON.stringify(body))
        throw new Violation(`A repeated token was answered ${JSON.stringify(again)}.`);
    }
    const after = await all(environment.records.users.list(collection));
    if (JSON.stringify(after) !== JSON.stringify(before))
      throw new Violation('Repeated tokens have changed something.');
  }

  #inspectUser({ userId, faceIds, vector }: User, faces: ReadonlyMap<string, NewFace>): void {
    if (faceIds.length !== new Set(faceIds).size)
      throw new Violation(`${userId} has a face twice.`);
    const vectors = faceIds.map((id) => {
      const face = faces.get(id);
      if (face === undefined) throw new Violation(`${userId} has face ${id}, which is not there.`);
      return face.vector;
    });
    const expected = vectors.length === 0 ? undefined : userVector(vectors);
    if (expected?.join() !== vector?.join())
      throw new Violation(`The vector of ${userId} is not that of the user's faces.`);
  }

  async #inspectSearch(
    environment: Environment,
    collection: Collection,
    users: readonly User[],
  ): Promise<void> {
    const identified = users.filter((user): user is IdentifiedUser => user.vector !== undefined);
    const wanted = identified.map(({ userId }) => userId).sort();
    const search = async () => {
      const { indexes } = this.#services(environment);
      const vector = this.#random.unitVector(DIMENSION);
      return indexes.users.search(collection, { vector, limit: 500, minCosine: -1 });
    };
    const found = (await search()).map(({ record }) => record.userId).sort();
    if (found.join() !== wanted.join()) throw new Violation(`Found ${found}, not ${wanted}.`);
    await this.#maintenance(environment).fold(collection, 'users');
    const { manifests } = environment.records;
    const { shards } = await manifests.get(collection.generation, 'users');
    const ids: string[] = [];
    for (const { key, bytes } of shards) {
      const shard = decodeShard(await environment.store.get(key, bytes));
      for (let i = 0; i < shard.count; i++) {
        const id = idFromBytes(shard.ids, i);
        const user = identified.find((candidate) => candidate.id === id);
        const codes = codesOf({ shard, index: i });
        if (user === undefined || codes.join() !== quantised(user).join())
          throw new Violation(`A shard holds an old vector of ${user?.userId ?? id}.`);
        ids.push(id);
      }
    }
    if (
      ids.sort().join() !==
      identified
        .map(({ id }) => id)
        .sort()
        .join()
    )
      throw new Violation('The shards of the users hold others than there are.');
  }

  #draw(): Request {
    const UserId = this.#random.pick(USERS);
    const FaceIds = this.#random.sample(this.#ids(), 1 + this.#random.below(5));
    const draw = this.#random.next();
    const body = { CollectionId: COLLECTION, UserId };
    const token = { ClientRequestToken: this.#random.uuid() };
    const operation = (name: string, fields: Fields): Request => ({
      operation: name,
      body: fields,
    });
    if (draw < 0.16) return operation('CreateUser', { ...body, ...token });
    if (draw < 0.22) return operation('DeleteUser', { ...body, ...token });
    if (draw < 0.55)
      return operation('AssociateFaces', { ...body, FaceIds, UserMatchThreshold: 0, ...token });
    if (draw < 0.68) return operation('DisassociateFaces', { ...body, FaceIds, ...token });
    if (draw < 0.76) return operation('DeleteFaces', { CollectionId: COLLECTION, FaceIds });
    if (draw < 0.84) return operation('insert', { FaceIds });
    if (draw < 0.9) return operation('ListFaces', body);
    if (draw < 0.96) return operation('SearchUsers', { ...body, UserMatchThreshold: 0 });
    return operation('fold', {});
  }

  async #send(services: Services, { operation, body }: Request): Promise<Answer> {
    try {
      const collection = () => services.records.collections.get(COLLECTION);
      if (operation === 'fold') {
        await this.#maintenanceOf(services).fold(await collection(), 'users');
        return { kind: 'answer', body: {} };
      }
      if (operation === 'insert') {
        const ids = body['FaceIds'] as readonly string[];
        const faces = ids.flatMap((id) => this.#faces.get(id) ?? []);
        await services.records.faces.insert(await collection(), faces, encode);
        return { kind: 'answer', body: {} };
      }
      const declared = operations.find(({ name }) => name === operation);
      if (declared === undefined) throw new RangeError(`No operation ${operation}.`);
      const { body: answer } = await declared.prepare(JSON.stringify(body)).run(services, CALL);
      return { kind: 'answer', body: JSON.parse(answer) as Fields };
    } catch (error) {
      const refusal = error instanceof BusyError ? undefined : translate(error);
      if (refusal === undefined) throw error;
      return { kind: 'refused', name: refusal.name };
    }
  }

  #learn(request: Request, begun: number, answer: Answer | 'interrupted'): void {
    const { operation, body } = request;
    const kind = answer === 'interrupted' || answer.kind === 'answer' ? 'answered' : answer.name;
    const label = `${operation} ${answer === 'interrupted' ? answer : kind}`;
    this.answers.set(label, (this.answers.get(label) ?? 0) + 1);
    if (answer !== 'interrupted' && answer.kind === 'refused') {
      // Repetitions of a user's deletion may find that the first attempt, unanswered, has done it; so
      // nothing is known of what happened to the faces, only that it may have.
      this.#note(effects(request, undefined, this.#ids()), begun, false);
      return;
    }
    const acknowledged = answer !== 'interrupted';
    if (acknowledged && 'ClientRequestToken' in body)
      this.#answered.push({ request, body: answer.body });
    if (acknowledged && operation === 'ListFaces') this.#checkListing(request, answer.body);
    const told = acknowledged ? answer.body : undefined;
    this.#note(effects(request, told, this.#ids()), begun, acknowledged);
  }

  #checkListing({ body }: Request, answer: Fields): void {
    const faces = answer['Faces'] as readonly { readonly UserId?: string }[];
    if (faces.some(({ UserId }) => UserId !== body['UserId']))
      throw new Violation('The faces of a user are listed with one of another.');
  }

  #ids(): string[] {
    return [...this.#faces.keys()];
  }

  #note(noted: readonly Effect[], begun = this.#time++, acknowledged = true): void {
    this.#history.push({ begun, ended: this.#time++, acknowledged, effects: noted });
  }

  #services(environment: Environment): Services {
    const known = services.get(environment);
    if (known !== undefined) return known;
    const { records } = environment;
    const nothing = async () => undefined;
    const jobs = { tailGrew: nothing, tailSeen: nothing, shardLost: nothing, purge: nothing };
    const cache = new ShardCache(environment.store, CACHE_BYTES);
    const warn = (_: string, error: Error) => {
      throw new Violation('A shard was lost.', { cause: error });
    };
    const made = createServices({
      faceModels: () => BUILT_IN_FACE_MODELS,
      records: () => records,
      jobs: () => jobs,
      indexes: () =>
        createIndexes({
          records,
          scanner: new LocalScanner(cache),
          store: environment.store,
          faceModels: BUILT_IN_FACE_MODELS,
          jobs,
          warn,
        }),
    });
    services.set(environment, made);
    maintenance.set(
      made,
      createMaintenance({
        records,
        store: environment.store,
        cache,
        clock: () => new Date(this.#cloud.now),
      }),
    );
    return made;
  }

  #maintenance(environment: Environment) {
    return this.#maintenanceOf(this.#services(environment));
  }

  #maintenanceOf(of: Services) {
    const made = maintenance.get(of);
    if (made === undefined) throw new RangeError('There is no maintenance.');
    return made;
  }

  #face(id: string): NewFace {
    const box = { left: 0, top: 0, width: 1, height: 1 };
    const vector = this.#random.unitVector(DIMENSION);
    return { id, imageId: id, box, confidence: 99, faceModel: '1.0', vector };
  }
}

const services = new WeakMap<Environment, Services>();
const maintenance = new WeakMap<Services, ReturnType<typeof createMaintenance>>();

const encode = (added: readonly VectorOfFace[]) => encodeShard('1.0', DIMENSION, added);

function quantised(user: IdentifiedUser): Int8Array {
  return codesOf({ shard: decodeShard(encodeShard('1.0', DIMENSION, [user])), index: 0 });
}

/** @param answer undefined for a request that may have done anything it was asked for */
function effects(
  { operation, body }: Request,
  answer: Fields | undefined,
  everyFace: readonly string[],
): Effect[] {
  const asked = (body['FaceIds'] ?? []) as readonly string[];
  const done = (list: string) =>
    answer === undefined
      ? asked
      : (answer[list] as readonly (string | { FaceId: string })[]).map((face) =>
          typeof face === 'string' ? face : face.FaceId,
        );
  const become = (faces: readonly string[], becomes: Effect['becomes']) =>
    faces.map((face) => ({ face, becomes }));
  switch (operation) {
    case 'AssociateFaces':
      return become(done('AssociatedFaces'), { user: String(body['UserId']) });
    case 'DisassociateFaces':
      return become(done('DisassociatedFaces'), 'free');
    case 'DeleteFaces':
      return become(done('DeletedFaces'), 'absent');
    case 'insert':
      return become(asked, 'present');
    case 'DeleteUser':
      return become(everyFace, { notOf: String(body['UserId']) });
    default:
      return [];
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
