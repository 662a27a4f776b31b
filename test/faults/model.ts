/**
 * What one generation of a collection must hold, by what has been acknowledged and nothing else.
 *
 * Of a face whose insertion or deletion failed, or that was inserted and deleted at the same time, nothing
 * is known until one of the two is acknowledged with no other under way.
 */

export type Kind = 'insert' | 'delete';
export type Knowledge = 'present' | 'absent' | 'unknown';

/** Insertions or deletions of one face that overlap. */
interface Group {
  running: number;
  readonly kind: Kind;
  mixed: boolean;
}

interface Entry {
  knowledge: Knowledge;
  /** How often the knowledge has changed. */
  changes: number;
  group: Group | undefined;
}

/** What a request that writes has begun to do. */
export interface Change {
  /** What was known of each face that nobody else was changing. */
  readonly before: ReadonlyMap<string, Knowledge>;
  readonly kind: Kind;
  readonly groups: ReadonlyMap<string, Group>;
}

const RESULT = { insert: 'present', delete: 'absent' } as const;

export class Model {
  readonly #entries: ReadonlyMap<string, Entry>;

  constructor(ids: readonly string[]) {
    this.#entries = new Map(
      ids.map((id) => [id, { knowledge: 'absent', changes: 0, group: undefined }]),
    );
  }

  begin(kind: Kind, ids: readonly string[]): Change {
    const before = new Map<string, Knowledge>();
    const groups = new Map<string, Group>();
    for (const id of ids) {
      const entry = this.#entry(id);
      if (entry.group === undefined) before.set(id, entry.knowledge);
      entry.group ??= { running: 0, kind, mixed: false };
      entry.group.running++;
      if (entry.group.kind !== kind) entry.group.mixed = true;
      if (entry.group.mixed || entry.knowledge !== RESULT[kind]) set(entry, 'unknown');
      groups.set(id, entry.group);
    }
    return { before, kind, groups };
  }

  end({ kind, groups }: Change, acknowledged: boolean): void {
    for (const [id, group] of groups) {
      const entry = this.#entry(id);
      if (acknowledged && !group.mixed) set(entry, RESULT[kind]);
      group.running--;
      if (group.running === 0) entry.group = undefined;
    }
  }

  /** Settles what is unknown, while nobody changes anything. */
  settle(existing: ReadonlySet<string>): void {
    for (const [id, entry] of this.#entries) {
      if (entry.knowledge === 'unknown') set(entry, existing.has(id) ? 'present' : 'absent');
    }
  }

  /** To be called before a request that reads. @returns what is certain, once it has been answered */
  watch(): () => Map<string, Knowledge> {
    const before = new Map([...this.#entries].map(([id, entry]) => [id, { ...entry }]));
    return () =>
      new Map(
        [...before].map(([id, { knowledge, changes }]) => [
          id,
          this.#entry(id).changes === changes ? knowledge : 'unknown',
        ]),
      );
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new RangeError(`Nobody should know of ${id}.`);
    return entry;
  }
}

function set(entry: Entry, knowledge: Knowledge): void {
  if (entry.knowledge === knowledge) return;
  entry.knowledge = knowledge;
  entry.changes++;
}
