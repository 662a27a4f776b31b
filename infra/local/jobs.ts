/**
 * Work after the answer, on one machine: folds and purges run in this process, one of a kind at a time,
 * and those that a crash interrupted are taken up at the next start.
 */
import type { Jobs, Maintenance } from '../../functions/common/services.ts';
import type { Collection, IndexName } from '../../layers/records/index.ts';

export class LocalJobs implements Jobs {
  readonly #foldAt: number;
  readonly #warn: (message: string, error: Error) => void;
  readonly #running = new Map<string, Promise<void>>();
  /** By tail, what has been written to it since its last fold. */
  readonly #grown = new Map<string, number>();
  #maintenance: Maintenance | undefined;

  /** @param foldAt vectors and deletions in a tail that make a fold worth its while */
  constructor(foldAt: number, warn: (message: string, error: Error) => void) {
    this.#foldAt = foldAt;
    this.#warn = warn;
  }

  /** Begins to work, with what was left undone. */
  async start(maintenance: Maintenance): Promise<void> {
    this.#maintenance = maintenance;
    for (const generation of await maintenance.pendingPurges()) await this.purge(generation);
  }

  async tailGrew(collection: Collection, index: IndexName, by: number): Promise<void> {
    const tail = tailOf(collection, index);
    const grown = (this.#grown.get(tail) ?? 0) + by;
    this.#grown.set(tail, grown);
    await this.tailSeen(collection, index, grown);
  }

  async tailSeen(collection: Collection, index: IndexName, length: number): Promise<void> {
    if (length < this.#foldAt) return;
    this.#grown.delete(tailOf(collection, index));
    const name = `fold of the ${index} of collection ${collection.id}`;
    this.#run(name, (work) => work.fold(collection, index));
  }

  async purge(generation: string): Promise<void> {
    this.#run(`purge of ${generation}`, (work) => work.purge(generation));
  }

  /** Waits for what is running. */
  async stop(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  #run(name: string, task: (maintenance: Maintenance) => Promise<unknown>): void {
    const maintenance = this.#maintenance;
    if (maintenance === undefined || this.#running.has(name)) return;
    const run = task(maintenance)
      .catch((error: Error) =>
        this.#warn(`The ${name} failed; what it left undone is done later.`, error),
      )
      .then(() => void this.#running.delete(name));
    this.#running.set(name, run);
  }
}

function tailOf({ generation }: Collection, index: IndexName): string {
  return `${generation} ${index}`;
}
