/**
 * Making one user of two, and undoing it.
 *
 * The faces of the one become faces of the other, in one transaction or, beyond {@link FACES_PER_MERGE}, in
 * two; each leaves two whole users, so whoever dies in between can go on, or back. A note says which faces came
 * along. It is written with the first of them and outlives the merge for 30 days, so that it can be undone.
 */
import type { Collection } from './collections.ts';
import { MergeNotFoundError, UserExistsError, UserNotFoundError } from './errors.ts';
import { mergeKey, mergesPartition } from './keys.ts';
import type { Merge, Undone } from './merge-item.ts';
import { fromItem, toItem } from './merge-item.ts';
import type { Retries } from './retries.ts';
import type { Table, Write } from './table.ts';
import type { Outcome, TokenRequest, Tokens } from './tokens.ts';
import type { User } from './user-item.ts';
import type { UserReader } from './user-reader.ts';
import type { TailEncoder, UserWrites } from './user-writes.ts';
import { handOver } from './user-writes.ts';

export interface MergesOptions {
  readonly table: Table;
  readonly retries: Retries;
  readonly tokens: Tokens;
  readonly users: Pick<UserReader, 'get'>;
  readonly writes: UserWrites;
  readonly clock: () => Date;
  /** Distinct. */
  readonly newId: () => string;
}

/** A transaction holds 100 writes: two users, two entries for each of two tails, the counter, the note, the token. */
export const FACES_PER_MERGE = 91;

/** @returns the vector of a user with these faces; undefined for none */
export type VectorOf = (faceIds: readonly string[]) => Promise<Float32Array | undefined>;

export class Merges {
  readonly #options: MergesOptions;

  constructor(options: MergesOptions) {
    this.#options = options;
  }

  /**
   * Makes the faces of the source faces of the target, and deletes the source.
   * @param preview what is to be said of it, from the two as they are; throws where they are not to be merged
   * @throws UserNotFoundError, CollectionNotFoundError, CollectionChangedError, TokenMismatchError, BusyError, what `preview` throws
   */
  async merge(
    collection: Collection,
    { source, target }: Pick<Merge, 'source' | 'target'>,
    request: TokenRequest | undefined,
    encoder: TailEncoder,
    vectorOf: VectorOf,
    preview: (source: User, target: User) => Promise<object>,
  ): Promise<Merge> {
    const { retries, tokens, writes } = this.#options;
    const withFaces = async (faceIds: readonly string[]) => ({
      faceIds,
      vector: await vectorOf(faceIds),
    });
    for (;;) {
      const outcome = await retries.untilWon(async () => {
        const earlier = request && (await tokens.find<Merge, never>(collection, request));
        if (earlier !== undefined && 'answer' in earlier) return earlier;
        const [from, to] = await this.#both(collection, source, target);
        const begun = await this.#unfinished(collection, source, target);
        const moving = from.faceIds.slice(0, FACES_PER_MERGE);
        const rest = from.faceIds.slice(FACES_PER_MERGE);
        const note: Merge = {
          id: begun?.id ?? this.#options.newId(),
          state: rest.length > 0 ? 'merging' : 'merged',
          source,
          target,
          faceIds: [...(begun?.faceIds ?? []), ...moving],
          preview: begun?.preview ?? (await preview(from, to)),
        };
        const answered: Outcome<Merge, never> = { answer: note };
        const transaction = [
          ...moving.map((id) => handOver(collection, id, source, target)),
          ...(await writes.change(
            collection,
            to,
            await withFaces([...to.faceIds, ...moving]),
            encoder,
          )),
          ...(rest.length > 0
            ? [
                ...(await writes.change(collection, from, await withFaces(rest), encoder)),
                writes.unchangedCollection(collection),
              ]
            : writes.deletion(collection, from, encoder)),
          this.#note(collection, note),
          ...(request && rest.length === 0
            ? [tokens.write(collection, request, answered, undefined)]
            : []),
        ];
        if ((await this.#options.table.transact(transaction)) !== undefined) {
          await writes.requireUnchanged(collection);
          return undefined;
        }
        return rest.length > 0 ? { progress: true as const } : answered;
      });
      if ('answer' in outcome) return outcome.answer;
    }
  }

  /**
   * Gives the source back the faces that came along and are still the target's.
   * @throws MergeNotFoundError, UserNotFoundError where the target is gone, UserExistsError where there is
   *   another user of the source's name by now, CollectionNotFoundError, BusyError
   */
  async undo(
    collection: Collection,
    id: string,
    encoder: TailEncoder,
    vectorOf: VectorOf,
  ): Promise<Undone> {
    let note = await this.get(collection, id);
    if (note === undefined) throw new MergeNotFoundError(id);
    for (;;) {
      const { merge, isDone } = await this.#options.retries.untilWon(() =>
        this.#undoStep(collection, id, encoder, vectorOf),
      );
      note = merge;
      if (!isDone) continue;
      const source = await this.#options.users.get(collection, note.source);
      const came = new Set(note.faceIds);
      return { ...note, returned: (source?.faceIds ?? []).filter((face) => came.has(face)) };
    }
  }

  async get(collection: Collection, id: string): Promise<Merge | undefined> {
    const item = await this.#options.table.get(mergeKey(collection.generation, id));
    return item && fromItem(item, this.#now());
  }

  /** @returns undefined if somebody else changed one of the users meanwhile */
  async #undoStep(
    collection: Collection,
    id: string,
    encoder: TailEncoder,
    vectorOf: VectorOf,
  ): Promise<{ merge: Merge; isDone: boolean } | undefined> {
    const { writes } = this.#options;
    const merge = await this.get(collection, id);
    if (merge === undefined) throw new MergeNotFoundError(id);
    const to = await this.#options.users.get(collection, merge.target);
    if (to === undefined) throw new UserNotFoundError(merge.target);
    const from = await this.#options.users.get(collection, merge.source);
    if (from !== undefined && merge.state === 'merged') throw new UserExistsError(merge.source);
    const came = new Set(merge.faceIds);
    const all = to.faceIds.filter((face) => came.has(face));
    const moving = all.slice(0, FACES_PER_MERGE);
    const isDone = moving.length === all.length;
    const left = to.faceIds.filter((face) => !moving.includes(face));
    const returned = [...(from?.faceIds ?? []), ...moving];
    const next = { faceIds: returned, vector: await vectorOf(returned) };
    const transaction = [
      ...moving.map((face) => handOver(collection, face, merge.target, merge.source)),
      ...(await writes.change(
        collection,
        to,
        { faceIds: left, vector: await vectorOf(left) },
        encoder,
      )),
      ...(from === undefined
        ? await writes.recreation(collection, { userId: merge.source, ...next }, encoder)
        : [
            ...(await writes.change(collection, from, next, encoder)),
            writes.unchangedCollection(collection),
          ]),
      isDone
        ? { remove: mergeKey(collection.generation, id), condition: 'attribute_exists(pk)' }
        : this.#note(collection, { ...merge, state: 'undoing' }),
    ];
    if ((await this.#options.table.transact(transaction)) === undefined) return { merge, isDone };
    await writes.requireUnchanged(collection);
    return undefined;
  }

  async #both(collection: Collection, source: string, target: string): Promise<[User, User]> {
    const [from, to] = [
      await this.#options.users.get(collection, source),
      await this.#options.users.get(collection, target),
    ];
    if (to === undefined) throw new UserNotFoundError(target);
    if (from === undefined) throw new UserNotFoundError(source);
    return [from, to];
  }

  /** One of the same two that somebody has begun. */
  async #unfinished(collection: Collection, source: string, target: string) {
    for await (const page of this.#options.table.query(mergesPartition(collection.generation))) {
      const found = page
        .map((item) => fromItem(item, this.#now()))
        .find(
          (merge) =>
            merge?.state === 'merging' && merge.source === source && merge.target === target,
        );
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #note({ generation }: Collection, merge: Merge): Write {
    return { put: toItem(generation, merge, this.#now()) };
  }

  #now(): number {
    return this.#options.clock().getTime();
  }
}
