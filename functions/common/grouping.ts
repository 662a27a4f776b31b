/**
 * Groups of faces that seem to be of one person, found face by face, without holding the others.
 *
 * Two faces are neighbours if they are similar enough. Leaders are the faces of the maximal independent set that
 * comes first in the order of ids: a face leads unless a face with a smaller id leads that is its neighbour.
 * Every other face has a leader among its neighbours, and belongs to the one that it resembles most. So each
 * face is in one group, no group is a chain (everybody resembles the leader), and the groups follow from the
 * faces alone: nothing is kept between two calls, and whoever goes on after any leader finds the same.
 *
 * Ids are digests, so their order is random. Whether one face leads is then known after looking at about as
 * many others as a face has neighbours on average (Yoshida, Yamamoto, Ito: "An improved constant-time
 * approximation algorithm for maximum matchings", STOC 2009), not after looking at all.
 */
import type { Neighbour } from './neighbours.ts';

export interface Grouped<F> {
  readonly leader: F;
  /** Most similar to the leader first; not the leader. */
  readonly members: readonly Neighbour<F>[];
  /** Whether there are more of them than were asked for. */
  readonly isCut: boolean;
}

/** Neighbourhoods that are remembered, by how many neighbours they have together. */
const REMEMBERED = 200_000;

export class Grouping<F extends { readonly id: string }> {
  readonly #neighboursOf: (face: F) => Promise<readonly Neighbour<F>[]>;
  readonly #neighbours = new Map<string, readonly Neighbour<F>[]>();
  readonly #leads = new Map<string, boolean>();
  #remembered = 0;

  /** @param neighboursOf of a face: those that are similar enough, in the order of ids, not itself */
  constructor(neighboursOf: (face: F) => Promise<readonly Neighbour<F>[]>) {
    this.#neighboursOf = neighboursOf;
  }

  /** @returns the group of a face, if it leads one. @param most members, the most similar ones */
  async groupOf(face: F, most: number): Promise<Grouped<F> | undefined> {
    if (!(await this.#isLeader(face))) return undefined;
    const around = [...(await this.#around(face))].sort((a, b) => b.cosine - a.cosine);
    const members: Neighbour<F>[] = [];
    for (const neighbour of around) {
      if ((await this.#leaderOf(neighbour.kept)) !== face.id) continue;
      if (members.length === most) return { leader: face, members, isCut: true };
      members.push(neighbour);
    }
    return { leader: face, members, isCut: false };
  }

  /** @param face that does not lead */
  async #leaderOf(face: F): Promise<string | undefined> {
    const nearest = [...(await this.#around(face))].sort(
      (a, b) => b.cosine - a.cosine || (a.id < b.id ? -1 : 1),
    );
    for (const { id, kept } of nearest) if (await this.#isLeader(kept)) return id;
    return undefined;
  }

  async #isLeader(face: F): Promise<boolean> {
    const known = this.#leads.get(face.id);
    if (known !== undefined) return known;
    let leads = true;
    for (const { id, kept } of await this.#around(face)) {
      if (id > face.id) break;
      if (!(await this.#isLeader(kept))) continue;
      leads = false;
      break;
    }
    this.#leads.set(face.id, leads);
    return leads;
  }

  async #around(face: F): Promise<readonly Neighbour<F>[]> {
    const known = this.#neighbours.get(face.id);
    if (known !== undefined) return known;
    const found = await this.#neighboursOf(face);
    if (this.#remembered > REMEMBERED) {
      this.#neighbours.clear();
      this.#remembered = 0;
    }
    this.#neighbours.set(face.id, found);
    this.#remembered += found.length + 1;
    return found;
  }
}
