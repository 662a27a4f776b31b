/** How far the looking for faces whose time is over has come in a collection, so that it goes on from there. */
import type { Collection } from './collections.ts';
import { countKey, retentionKey } from './keys.ts';
import type { Table } from './table.ts';

export interface RetentionPass {
  /** Of the setting that it looks by; another one begins anew. */
  readonly setting: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** The id of the last face that was looked at; undefined when it has come to its end. */
  readonly after?: string | undefined;
}

export class Retentions {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async get({ generation }: Pick<Collection, 'generation'>): Promise<RetentionPass | undefined> {
    const item = await this.#table.get(retentionKey(generation));
    if (item === undefined) return undefined;
    const { setting, startedAt, after } = item;
    return {
      setting: String(setting),
      startedAt: Number(startedAt),
      after: after as string | undefined,
    };
  }

  async put({ generation }: Pick<Collection, 'generation'>, pass: RetentionPass): Promise<void> {
    const { after, ...rest } = pass;
    const item = { ...retentionKey(generation), ...rest, ...(after && { after }) };
    // Not for a collection that is being purged, where nobody would take it away.
    const check = { check: countKey(generation, 0), condition: 'attribute_exists(pk)' };
    await this.#table.transact([{ put: item }, check]);
  }
}
