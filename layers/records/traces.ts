/**
 * What still speaks of faces and users that have been deleted: answers that are kept for repeated requests, and
 * the notes of uploads. Taking it away costs a repetition its old answer, and nothing else.
 */
import type { Collection } from './collections.ts';
import { tokensPartition, uploadsPartition } from './keys.ts';
import type { Item, Table } from './table.ts';

/** Of the ids given, those that there are. */
export interface Present {
  faces(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** @param userIds as clients know them */
  users(userIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** @param keys of objects in the upload bucket */
  objects(keys: readonly string[]): Promise<ReadonlySet<string>>;
}

const FACE_ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

export class Traces {
  readonly #table: Pick<Table, 'query' | 'batchDelete' | 'put' | 'transact'>;
  readonly #clock: () => Date;
  readonly #newId: () => string;

  constructor(
    table: Pick<Table, 'query' | 'batchDelete' | 'put' | 'transact'>,
    clock: () => Date,
    newId: () => string,
  ) {
    this.#table = table;
    this.#clock = clock;
    this.#newId = newId;
  }

  /** May run beside anything, and twice. */
  async erase({ generation }: Pick<Collection, 'generation'>, present: Present): Promise<void> {
    for await (const page of this.#table.query(tokensPartition(generation))) {
      await this.#eraseTokens(page, present);
    }
    for await (const page of this.#table.query(uploadsPartition(generation))) {
      await this.#eraseUploads(page, present);
    }
  }

  async #eraseTokens(tokens: readonly Item[], present: Present): Promise<void> {
    const now = this.#clock().getTime() / 1000;
    const spoken = tokens.map((token) => {
      const outcome = String(token['outcome']);
      return { token, faces: outcome.match(FACE_ID) ?? [], users: userIdsIn(JSON.parse(outcome)) };
    });
    const faces = await present.faces([...new Set(spoken.flatMap((each) => each.faces))]);
    const users = await present.users([...new Set(spoken.flatMap((each) => each.users))]);
    const gone = spoken.filter(
      (each) =>
        Number(each.token['expires']) <= now ||
        each.faces.some((id) => !faces.has(id)) ||
        each.users.some((id) => !users.has(id)),
    );
    if (gone.length > 0) await this.#table.batchDelete(gone.map(({ token }) => token));
  }

  /**
   * An object that somebody is at work on names faces that are about to be stored: it is left alone. As long
   * as there is the object its note stays, without which it would be indexed again.
   */
  async #eraseUploads(uploads: readonly Item[], present: Present): Promise<void> {
    const settled = uploads.filter((upload) => upload['settled'] === true);
    const facesOf = (upload: Item) => upload['faces'] as readonly string[];
    const faces = await present.faces([...new Set(settled.flatMap(facesOf))]);
    const leftOf = (upload: Item) => facesOf(upload).filter((id) => faces.has(id));
    const empty = settled.filter((upload) => leftOf(upload).length === 0);
    const objects = await present.objects(empty.map(({ sk }) => sk));
    for (const upload of settled) {
      // Whoever has changed it meanwhile has looked at the faces anew.
      const condition = 'revision = :revision';
      const values = { ':revision': upload['revision'] };
      const left = leftOf(upload);
      if (left.length === 0 && !objects.has(upload.sk)) {
        const { pk, sk } = upload;
        await this.#table.transact([{ remove: { pk, sk }, condition, values }]);
      } else if (left.length < facesOf(upload).length) {
        await this.#table.put(
          { ...upload, faces: left, revision: this.#newId() },
          condition,
          values,
        );
      }
    }
  }
}

/** The values of all members of that name, however deep. */
function userIdsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    name === 'UserId' && typeof member === 'string' ? [member] : userIdsIn(member),
  );
}
