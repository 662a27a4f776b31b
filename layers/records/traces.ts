/**
 * What still speaks of faces and users that have been deleted: answers that are kept for repeated requests, notes
 * of uploads and of merged users. Taking it away costs a repetition its old answer, and a merge its undoing.
 */
import type { Collection } from './collections.ts';
import { mergesPartition, tokensPartition, uploadsPartition } from './keys.ts';
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
    for await (const page of this.#table.query(mergesPartition(generation))) {
      await this.#eraseMerges(page, present);
    }
  }

  /** What a merge has lost of its faces cannot be given back; without its target nothing can. */
  async #eraseMerges(merges: readonly Item[], present: Present): Promise<void> {
    const facesOf = (merge: Item) => merge['faceIds'] as readonly string[];
    const now = this.#clock().getTime() / 1000;
    const faces = await present.faces([...new Set(merges.flatMap(facesOf))]);
    const users = await present.users([...new Set(merges.map(({ target }) => String(target)))]);
    const gone = merges.filter(
      ({ target, expires }) => !users.has(String(target)) || Number(expires) <= now,
    );
    await this.#table.batchDelete(gone);
    for (const merge of merges) {
      const left = facesOf(merge).filter((id) => faces.has(id));
      if (gone.includes(merge) || left.length === facesOf(merge).length) continue;
      // Whoever has gone on with it meanwhile has changed the list.
      await this.#table.put({ ...merge, faceIds: left, preview: '{}' }, 'faceIds = :faceIds', {
        ':faceIds': facesOf(merge),
      });
    }
  }

  /** Which of the ids of faces and users, as clients know them, something still speaks of. */
  async mentioned(
    { generation }: Pick<Collection, 'generation'>,
    names: ReadonlySet<string>,
  ): Promise<Set<string>> {
    const found = new Set<string>();
    const note = (name: string) => names.has(name) && found.add(name);
    for await (const page of this.#table.query(tokensPartition(generation))) {
      for (const token of page) {
        const outcome = String(token['outcome']);
        for (const id of outcome.match(FACE_ID) ?? []) note(id);
        for (const id of userIdsIn(JSON.parse(outcome))) note(id);
      }
    }
    for await (const page of this.#table.query(uploadsPartition(generation))) {
      for (const upload of page) for (const id of upload['faces'] as readonly string[]) note(id);
    }
    for await (const page of this.#table.query(mergesPartition(generation))) {
      for (const merge of page) {
        for (const id of merge['faceIds'] as readonly string[]) note(id);
        note(String(merge['target']));
      }
    }
    return found;
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
