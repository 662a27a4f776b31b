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
  /** How many there have been. */
  members: number;
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
  readonly kind: Kind;
  readonly before: ReadonlyMap<string, Knowledge>;
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
      before.set(id, entry.knowledge);
      entry.group ??= { running: 0, members: 0, kind, mixed: false };
      entry.group.running++;
      entry.group.members++;
      if (entry.group.kind !== kind) entry.group.mixed = true;
      if (entry.group.mixed || entry.knowledge !== RESULT[kind]) set(entry, 'unknown');
      groups.set(id, entry.group);
    }
    return { kind, before, groups };
  }

  /** What was known, when the change began, of the faces that nobody else has been changing since. */
  alone({ before, groups }: Change): Map<string, Knowledge> {
    return new Map([...before].filter(([id]) => groups.get(id)?.members === 1));
  }

  /** @param acknowledged whether it has been, for all or for each */
  end({ kind, groups }: Change, acknowledged: boolean | ReadonlySet<string>): void {
    for (const [id, group] of groups) {
      const entry = this.#entry(id);
      const isCertain = typeof acknowledged === 'boolean' ? acknowledged : acknowledged.has(id);
      if (isCertain && !group.mixed) set(entry, RESULT[kind]);
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

  /** What is known now. */
  known(): Map<string, Knowledge> {
    return new Map([...this.#entries].map(([id, { knowledge }]) => [id, knowledge]));
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
