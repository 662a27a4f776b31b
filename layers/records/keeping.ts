/**
 * Faces and users that an upgrade keeps in the face model that their collection had (`slots.ts`).
 *
 * A face that gets a vector of the collection's face model moves: out of the one index and into the other, with the
 * user it belongs to, in one transaction. So a search over both, the kept ones first, finds it once at least.
 * Only searches that began before the switch, which see the other slot alone, would miss it: as long as there may be
 * any, the vector stays where it was, hidden by the new one, and whoever is not kept is pruned from the slot later:
 * first the faces, then the users, whose other vector is that of the faces that are kept.
 */
import { chunks } from './batches.ts';
import type { Collection } from './collections.ts';
import { slotValues } from './face-item.ts';
import type { FaceReader } from './face-reader.ts';
import { throwRefusal, type VectorOfFace } from './face-writes.ts';
import type { FacesEncoder, Given } from './faces.ts';
import { countKey, faceKey, type IndexKind } from './keys.ts';
import type { Retries } from './retries.ts';
import { asRead, attributesOf, indexName } from './slots.ts';
import type { Table, Write } from './table.ts';
import type { Tail } from './tail.ts';
import type { User } from './user-item.ts';
import type { UserReader } from './user-reader.ts';
import type { TailEncoder, UserWrites } from './user-writes.ts';

export interface KeepingOptions {
  readonly table: Table;
  readonly tail: Tail;
  readonly retries: Retries;
  readonly faces: FaceReader;
  readonly users: UserReader;
  readonly writes: UserWrites;
  readonly clock: () => Date;
  /** The counter of this environment. */
  readonly bucket: number;
}

/** Payloads of entries of the tail, and vectors of users. */
export interface MoveEncoder {
  readonly faces: FacesEncoder;
  readonly ids: (ids: readonly string[]) => Uint8Array;
  readonly users: TailEncoder;
}

/** A transaction holds 100 writes: two tails of faces and two of users, a user and a counter beside the faces. */
const FACES_PER_MOVE = 90;

export class Keeping {
  readonly #options: KeepingOptions;

  constructor(options: KeepingOptions) {
    this.#options = options;
  }

  /**
   * Gives faces that are kept their vector of the collection's face model. May be repeated.
   * @param vectors of distinct faces
   * @param longestReader milliseconds for which a search may have begun before the switch
   * @throws CollectionNotFoundError, CollectionChangedError, BusyError
   */
  async move(
    collection: Collection,
    vectors: readonly VectorOfFace[],
    encoder: MoveEncoder,
    longestReader: number,
  ): Promise<Given> {
    const result = { given: [] as string[], kept: [] as string[], gone: [] as string[] };
    let left = [...vectors];
    while (left.length > 0) {
      const step = await this.#options.retries.untilWon(() =>
        this.#moveSome(collection, left, encoder, longestReader),
      );
      result.given.push(...step.given);
      result.kept.push(...step.kept);
      result.gone.push(...step.gone);
      const done = new Set([...step.given, ...step.kept, ...step.gone]);
      left = left.filter(({ id }) => !done.has(id));
    }
    return result;
  }

  /** Those of one user, or of none. @returns undefined where others got ahead */
  async #moveSome(
    collection: Collection,
    vectors: readonly VectorOfFace[],
    encoder: MoveEncoder,
    longestReader: number,
  ): Promise<Given | undefined> {
    const { table, faces, users } = this.#options;
    const known = await faces.getMany(
      collection,
      vectors.map(({ id }) => id),
    );
    const faceOf = new Map(known.map((face) => [face.id, face]));
    const gone = vectors.filter(({ id }) => !faceOf.has(id)).map(({ id }) => id);
    const isKept = (id: string) => faceOf.get(id)?.faceModel !== collection.faceModel;
    const there = vectors.filter(({ id }) => faceOf.has(id));
    const kept = there.filter(({ id }) => !isKept(id)).map(({ id }) => id);
    const open = there.filter(({ id }) => isKept(id));
    const userId = faceOf.get(open[0]?.id ?? '')?.userId;
    const moving = open
      .filter(({ id }) => faceOf.get(id)?.userId === userId)
      .slice(0, FACES_PER_MOVE);
    if (moving.length === 0) return { given: [], kept, gone };
    const user = userId === undefined ? undefined : await users.get(collection, userId);
    if (userId !== undefined && user === undefined) return undefined;
    const staysBehind = !this.#isPast(collection, longestReader);
    const refusals = await table.transact([
      ...moving.map((face) => this.#moved(collection, face, userId, staysBehind)),
      ...this.#tails(collection, moving, encoder, staysBehind),
      ...(user === undefined
        ? []
        : await this.#changed(collection, user, { moving, staysBehind }, encoder.users)),
      this.#unchanged(collection),
    ]);
    if (refusals === undefined) return { given: moving.map(({ id }) => id), kept, gone };
    throwRefusal(collection, refusals.at(-1));
    return undefined;
  }

  #moved(
    collection: Collection,
    face: VectorOfFace,
    userId: string | undefined,
    staysBehind: boolean,
  ): Write {
    const values = Object.entries(slotValues(collection, face));
    const set = `SET ${values.map(([name]) => `${name} = :${name}`).join(', ')}`;
    const isSame = userId === undefined ? 'attribute_not_exists(userId)' : 'userId = :user';
    return {
      update: faceKey(collection.generation, face.id),
      expression: staysBehind ? set : `${set} REMOVE ${namesOfKept(collection).join(', ')}`,
      condition: `attribute_exists(pk) AND attribute_not_exists(${attributesOf(collection).vector}) AND ${isSame}`,
      values: {
        ...Object.fromEntries(values.map(([name, value]) => [`:${name}`, value])),
        ...(userId === undefined ? {} : { ':user': userId }),
      },
    };
  }

  #tails(
    collection: Collection,
    moving: readonly VectorOfFace[],
    encoder: MoveEncoder,
    staysBehind: boolean,
  ): Write[] {
    const ids = moving.map(({ id }) => id);
    const count = ids.length;
    return [
      this.#options.tail.append(collection.generation, indexName('faces', collection), {
        kind: 'add',
        count,
        payload: encoder.faces(moving),
      }),
      ...(staysBehind ? [] : [this.#removed(collection, 'faces', count, encoder.ids(ids))]),
    ];
  }

  /** The user with the vector that its faces make when these have theirs. */
  async #changed(
    collection: Collection,
    user: User,
    {
      moving,
      staysBehind,
    }: { readonly moving: readonly VectorOfFace[]; readonly staysBehind: boolean },
    encoder: TailEncoder,
  ): Promise<Write[]> {
    const { faces, writes } = this.#options;
    const { faceIds } = user;
    const leaving = new Set(staysBehind ? [] : moving.map(({ id }) => id));
    const besides = faceIds.filter((id) => !leaving.has(id));
    const known = new Map(
      [...(await faces.vectorsOf(collection, faceIds)), ...moving].map((face) => [
        face.id,
        face.vector,
      ]),
    );
    const vector = encoder.ofFaces(faceIds.flatMap((id) => known.get(id) ?? []));
    return writes.change(collection, user, { faceIds, vector, besides }, encoder);
  }

  /**
   * Takes the vectors of the other slot from faces that are not kept. May be repeated.
   * @throws CollectionNotFoundError, CollectionChangedError
   */
  async prune(
    collection: Collection,
    ids: readonly string[],
    encodeIds: MoveEncoder['ids'],
  ): Promise<void> {
    for (const chunk of chunks(ids, FACES_PER_MOVE)) {
      let present: string[] = chunk;
      while (present.length > 0) {
        const refusals = await this.#options.table.transact([
          ...present.map((id) => pruned(collection, id)),
          this.#removed(collection, 'faces', present.length, encodeIds(present)),
          this.#unchanged(collection),
        ]);
        if (refusals === undefined) break;
        throwRefusal(collection, refusals.at(-1));
        present = present.filter((_, i) => refusals[i] === undefined);
      }
    }
  }

  /**
   * Makes the other vector of a user that of the faces that are kept, once faces are pruned. May be repeated.
   * @throws CollectionNotFoundError, CollectionChangedError, BusyError
   */
  async pruneUser(collection: Collection, userId: string, encoder: TailEncoder): Promise<void> {
    const { table, users, writes, retries } = this.#options;
    await retries.untilWon(async () => {
      const user = await users.get(collection, userId);
      if (user?.vector === undefined || user.kept === undefined) return true;
      const { faceIds, vector } = user;
      const refusals = await table.transact([
        ...(await writes.change(collection, user, { faceIds, vector }, encoder)),
        this.#unchanged(collection),
      ]);
      if (refusals === undefined) return true;
      throwRefusal(collection, refusals.at(-1));
      return undefined;
    });
  }

  #removed(collection: Collection, kind: IndexKind, count: number, payload: Uint8Array): Write {
    const index = indexName(kind, { slot: collection.upgrade?.slot });
    return this.#options.tail.append(collection.generation, index, {
      kind: 'remove',
      count,
      payload,
    });
  }

  /** Whether every search that began before the switch is over. */
  #isPast({ upgrade }: Collection, longestReader: number): boolean {
    return this.#options.clock().getTime() - (upgrade?.since ?? 0) > longestReader;
  }

  /** Refused where the collection is gone, or an upgrade has got on; takes no right but that to update. */
  #unchanged(collection: Collection): Write {
    const { condition, values } = asRead(collection, 'vectors');
    return {
      update: countKey(collection.generation, this.#options.bucket),
      expression: 'ADD faces :change',
      condition,
      values: { ...values, ':change': 0 },
      returnOld: true,
    };
  }
}

/** Attributes of the other slot. */
function namesOfKept(collection: Collection): string[] {
  const { vector, faceModel, norm } = attributesOf({ slot: collection.upgrade?.slot });
  return [vector, faceModel, norm];
}

function pruned(collection: Collection, id: string): Write {
  const [vector = '', ...others] = namesOfKept(collection);
  const own = attributesOf(collection).vector;
  return {
    update: faceKey(collection.generation, id),
    expression: `REMOVE ${[vector, ...others].join(', ')}`,
    condition: `attribute_exists(${own}) AND attribute_exists(${vector})`,
  };
}
