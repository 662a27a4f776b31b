/**
 * Whether users and their faces name each other, and whether a user's vector is that of the faces, in two
 * streams: neither the faces nor the users of a collection need to fit into memory.
 */
import { vectorOf } from '../../../functions/common/users.ts';
import type { Collection, Face, Records, User } from '../../../layers/records/index.ts';
import { userKeyOf } from '../../../layers/records/index.ts';

/** So many faces are read together. */
const FACES_AT_ONCE = 1000;

/** So many disagreements are told; more of them say nothing more. */
const MOST = 10_000;

export class Agreement {
  /** Faces that there are. */
  faces = 0;
  /** Users that there are. */
  users = 0;
  readonly #records: Pick<Records, 'faces' | 'users'>;
  readonly #collection: Collection;
  readonly #problems: string[] = [];
  /** Faces that say they belong to a user. */
  #owned = 0;
  /** Faces that a user has and that say so. */
  #confirmed = 0;

  constructor(records: Pick<Records, 'faces' | 'users'>, collection: Collection) {
    this.#records = records;
    this.#collection = collection;
  }

  /** Every face, counted as it passes; those that are kept in another face model are not in the index. */
  async *allFaces(): AsyncGenerator<Face> {
    for await (const face of this.#records.faces.all(this.#collection)) {
      this.faces++;
      if (face.userId !== undefined) this.#owned++;
      if (face.faceModel === this.#collection.faceModel) yield face;
    }
  }

  /** Every user with a vector; all of them are held against their faces as they pass. */
  async *allUsers(): AsyncGenerator<User & { readonly vector: Float32Array }> {
    let batch: User[] = [];
    let faces = 0;
    for await (const user of this.#records.users.list(this.#collection)) {
      this.users++;
      batch.push(user);
      faces += user.faceIds.length;
      if (faces >= FACES_AT_ONCE || batch.length >= FACES_AT_ONCE) {
        await this.#compare(batch);
        [batch, faces] = [[], 0];
      }
      const { vector } = user;
      if (vector !== undefined) yield { ...user, vector };
    }
    await this.#compare(batch);
  }

  /** To be asked when all faces and users have passed. @returns what is wrong, in words */
  async disagreements(): Promise<readonly string[]> {
    // Every face that is confirmed says so, hence as many mean that no other face does.
    if (this.#confirmed !== this.#owned) await this.#findUnconfirmed();
    return this.#problems;
  }

  async #compare(users: readonly User[]): Promise<void> {
    const ids = [...new Set(users.flatMap(({ faceIds }) => faceIds))];
    const found = await this.#records.faces.getMany(this.#collection, ids);
    const faces = new Map(found.map((face) => [face.id, face]));
    for (const { userId, faceIds, vector } of users) {
      const strangers = faceIds.filter((id) => faces.get(id)?.userId !== userId);
      this.#confirmed += new Set(faceIds).size - strangers.length;
      for (const id of strangers) {
        this.#note(`User ${userId} has face ${id}, which says otherwise.`);
      }
      if (strangers.length > 0 || vector === undefined) continue;
      const known = faceIds.flatMap((id) => faces.get(id) ?? []);
      const expected = vectorOf(this.#collection, known);
      if (expected === undefined || expected.some((value, i) => value !== vector[i])) {
        this.#note(`The vector of user ${userId} is not that of the faces.`);
      }
    }
  }

  /** Reads the faces once more, which happens only where something is wrong. */
  async #findUnconfirmed(): Promise<void> {
    let batch: Face[] = [];
    for await (const face of this.#records.faces.all(this.#collection)) {
      if (face.userId !== undefined) batch.push(face);
      if (batch.length < FACES_AT_ONCE) continue;
      await this.#confirm(batch);
      batch = [];
    }
    await this.#confirm(batch);
  }

  async #confirm(faces: readonly Face[]): Promise<void> {
    const keys = new Set(faces.flatMap(({ userId }) => (userId ? [userKeyOf(userId)] : [])));
    const users = new Map<string, ReadonlySet<string>>();
    for (const { userId, faceIds } of await this.#records.users.getAll(this.#collection, [
      ...keys,
    ])) {
      users.set(userId, new Set(faceIds));
    }
    for (const { id, userId = '' } of faces) {
      if (users.get(userId)?.has(id)) continue;
      this.#note(`Face ${id} says it is of user ${userId}, who does not have it.`);
    }
  }

  #note(problem: string): void {
    if (this.#problems.length < MOST) this.#problems.push(problem);
  }
}
