/** What has been acknowledged about collections: which creations of a name may live, and what each holds. */
import { userKeyOf } from '../../layers/records/index.ts';
import { Model } from './model.ts';
import { USERS } from './user-requests.ts';

export interface Generation {
  readonly name: string;
  /** Which faces there are. */
  readonly model: Model;
  /** Which users have a vector and hence are found. */
  readonly users: Model;
  /** No deletion of the collection has been asked for since it was known to be there. */
  safe: boolean;
  /** A deletion has been acknowledged. */
  over: boolean;
}

export class Ledger {
  readonly #generations = new Map<string, Generation>();
  readonly #faceIds: readonly string[];
  /** Deletions of collections that are under way, by name. */
  readonly #deletions = new Map<string, number>();

  constructor(faceIds: readonly string[]) {
    this.#faceIds = faceIds;
  }

  /** To be called whenever a collection is seen; what is seen for the first time is empty. */
  seen(name: string, generation: string): Generation {
    const known = this.#generations.get(generation);
    if (known !== undefined) return known;
    const safe = (this.#deletions.get(name) ?? 0) === 0;
    const users = new Model(USERS.map(userKeyOf));
    const added = { name, model: new Model(this.#faceIds), users, safe, over: false };
    this.#generations.set(generation, added);
    return added;
  }

  get(generation: string): Generation {
    const known = this.#generations.get(generation);
    if (known === undefined) throw new RangeError('A collection is used before it was seen.');
    return known;
  }

  of(name: string): Generation[] {
    return [...this.#generations.values()].filter((generation) => generation.name === name);
  }

  /** The generations of a name whose end has been acknowledged by now. */
  over(name: string): Set<Generation> {
    return new Set(this.of(name).filter(({ over }) => over));
  }

  /** Runs a deletion. @param remove returns the generation that was deleted */
  async deletion(name: string, remove: () => Promise<string>): Promise<void> {
    for (const generation of this.of(name)) generation.safe = false;
    this.#deletions.set(name, (this.#deletions.get(name) ?? 0) + 1);
    try {
      const generation = this.seen(name, await remove());
      generation.safe = false;
      generation.over = true;
    } finally {
      this.#deletions.set(name, (this.#deletions.get(name) ?? 0) - 1);
    }
  }

  /** Settles which generation of a name lives, while nobody changes anything. */
  settle(name: string, living: string | undefined): void {
    for (const [id, generation] of this.#generations) {
      if (generation.name !== name) continue;
      generation.safe = id === living;
      if (id !== living) generation.over = true;
    }
  }
}
