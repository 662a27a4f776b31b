/** Reading users: by their ids, and all of them in the order of their keys. */
import type { IdRange } from './id-ranges.ts';
import { userKey, usersPartition } from './keys.ts';
import type { Place } from './slots.ts';
import type { Table } from './table.ts';
import type { IdentifiedUser, User } from './user-item.ts';
import { fromItem, isIdentified, userKeyOf } from './user-item.ts';

export class UserReader {
  readonly #table: Pick<Table, 'get' | 'batchGet' | 'query'>;

  constructor(table: Pick<Table, 'get' | 'batchGet' | 'query'>) {
    this.#table = table;
  }

  async get(place: Place, userId: string): Promise<User | undefined> {
    const item = await this.#table.get(userKey(place.generation, userKeyOf(userId)));
    return item && fromItem(item, place);
  }

  /** Those of the users that have a vector, in no order. @param ids their keys, distinct */
  async getMany(place: Place, ids: readonly string[]): Promise<IdentifiedUser[]> {
    return (await this.getAll(place, ids)).filter(isIdentified);
  }

  /** Those of the users that exist, in no order. @param ids their keys, distinct */
  async getAll(place: Place, ids: readonly string[]): Promise<User[]> {
    const items = await this.#table.batchGet(ids.map((id) => userKey(place.generation, id)));
    return items.map((item) => fromItem(item, place));
  }

  /** Which of the user ids, as clients know them, exist. @param userIds distinct */
  async existing({ generation }: Place, userIds: readonly string[]): Promise<Set<string>> {
    const keys = userIds.map((userId) => userKey(generation, userKeyOf(userId)));
    const items = await this.#table.batchGet(keys, ['userId']);
    return new Set(items.map(({ userId }) => String(userId)));
  }

  /** In the order of their keys. @param options.after the key after which to begin */
  async *list(
    place: Place,
    options: { readonly after?: string | undefined; readonly expected?: number } = {},
  ): AsyncGenerator<User> {
    const { after, expected } = options;
    const query = { after, ...(expected === undefined ? {} : { pageSize: expected }) };
    for await (const page of this.#table.query(usersPartition(place.generation), query)) {
      yield* page.map((item) => fromItem(item, place));
    }
  }

  /** Every user that has a vector. @param after the key after which to begin */
  async *all(place: Place, after?: string): AsyncGenerator<IdentifiedUser> {
    for await (const user of this.list(place, { after })) if (isIdentified(user)) yield user;
  }

  /** Every user that has a vector, in the order of their keys. @param range default: all of them */
  async *vectors(place: Place, range?: IdRange): AsyncGenerator<IdentifiedUser> {
    for await (const page of this.#table.query(usersPartition(place.generation), { range })) {
      for (const item of page) {
        const user = fromItem(item, place);
        if (isIdentified(user)) yield user;
      }
    }
  }
}
