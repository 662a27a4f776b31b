/**
 * Reading faces: by their ids, and all of them in the order of their ids. A face without a vector in a slot that it
 * is looked for in is not there (`slots.ts`). While faces are kept in the face model that a collection had, those have
 * vectors of that one: `faceModel` says of which a vector is.
 */
import type { Face, FaceAge, FaceLine, IdentifiedVector } from './face-item.ts';
import {
  fromItem,
  isSeen,
  lineAttributes,
  lineFromItem,
  markAttributes,
  vectorAttributes,
  vectorFromItem,
} from './face-item.ts';
import type { IdRange } from './id-ranges.ts';
import { faceKey, facesPartition } from './keys.ts';
import { attributesOf, type Place, type ThroughSlot } from './slots.ts';
import type { Item, Table } from './table.ts';

export class FaceReader {
  readonly #table: Pick<Table, 'get' | 'batchGet' | 'query'>;

  constructor(table: Pick<Table, 'get' | 'batchGet' | 'query'>) {
    this.#table = table;
  }

  async get(place: Place, id: string): Promise<Face | undefined> {
    const item = await this.#table.get(faceKey(place.generation, id));
    return item && fromItem(item, place);
  }

  /** Those that exist, in no order. @param ids distinct */
  async getMany(place: Place, ids: readonly string[]): Promise<Face[]> {
    const items = await this.#table.batchGet(ids.map((id) => faceKey(place.generation, id)));
    return facesOf(items, place);
  }

  /** Which of the ids exist, whatever vectors they have. @param ids distinct */
  async existing({ generation }: Place, ids: readonly string[]): Promise<Set<string>> {
    const keys = ids.map((id) => faceKey(generation, id));
    const items = await this.#table.batchGet(keys, ['sk']);
    return new Set(items.map(({ sk }) => sk));
  }

  /** Which of the ids have a vector in the slot that they are seen through. @param ids distinct */
  async existingIn(place: Place, ids: readonly string[]): Promise<Set<string>> {
    const keys = ids.map((id) => faceKey(place.generation, id));
    const items = await this.#table.batchGet(keys, markAttributes(place));
    return new Set(items.filter((item) => isSeen(item, place)).map(({ sk }) => sk));
  }

  /**
   * Lines in the order of their ids.
   * @param options.after the id after which to begin
   * @param options.expected how many will be taken at most, so that not many more are read
   */
  async *list(
    place: Place,
    options: {
      readonly after?: string | undefined;
      readonly expected?: number;
    } = {},
  ): AsyncGenerator<FaceLine> {
    const { after, expected } = options;
    const query = {
      after,
      attributes: lineAttributes(place),
      ...(expected === undefined ? {} : { pageSize: expected }),
    };
    for await (const page of this.#table.query(facesPartition(place.generation), query)) {
      yield* page.flatMap((item) => lineFromItem(item, place) ?? []);
    }
  }

  /** Those of the ids that exist, in the order given. @param ids distinct */
  async lines(place: Place, ids: readonly string[]): Promise<FaceLine[]> {
    const keys = ids.map((id) => faceKey(place.generation, id));
    const items = await this.#table.batchGet(keys, lineAttributes(place));
    const byId = new Map(items.map((item) => [item.sk, lineFromItem(item, place)]));
    return ids.flatMap((id) => byId.get(id) ?? []);
  }

  /** Ids and vectors alone, in the order of the ids. @param range of the ids; default: all of them */
  async *vectors(place: Place, range?: IdRange): AsyncGenerator<IdentifiedVector> {
    const query = { attributes: vectorAttributes(place), range };
    for await (const page of this.#table.query(facesPartition(place.generation), query))
      yield* vectorsIn(page, place);
  }

  /** Ids and vectors of those that exist, in no order. @param ids distinct */
  async vectorsOf(place: Place, ids: readonly string[]): Promise<IdentifiedVector[]> {
    const keys = ids.map((id) => faceKey(place.generation, id));
    return vectorsIn(await this.#table.batchGet(keys, vectorAttributes(place)), place);
  }

  /**
   * Every face with its vector, in the order of their ids.
   * @param after the id after which to begin
   * @param expected how many will be taken at most, so that not many more are read
   */
  async *all(place: Place, after?: string, expected?: number): AsyncGenerator<Face> {
    const query = { after, ...(expected === undefined ? {} : { pageSize: expected }) };
    for await (const page of this.#table.query(facesPartition(place.generation), query))
      yield* facesOf(page, place);
  }

  /**
   * Every face, in the order of their ids, and whether it lacks a vector in another slot.
   * @param after the id after which to begin
   */
  async *lacking(
    place: Place,
    other: ThroughSlot,
    after?: string,
  ): AsyncGenerator<{ readonly line: FaceLine; readonly lacks: boolean }> {
    const name = attributesOf(other).faceModel;
    const query = { after, attributes: [...new Set([...lineAttributes(place), name])] };
    for await (const page of this.#table.query(facesPartition(place.generation), query)) {
      yield* page.flatMap((item) => {
        const line = lineFromItem(item, place);
        return line ? [{ line, lacks: item[name] === undefined }] : [];
      });
    }
  }

  /** Every face that has a vector in one of two slots: its id, its user, and which of the slots have one. */
  async *held(
    generation: string,
    [one, other]: readonly [ThroughSlot, ThroughSlot],
    after?: string,
  ): AsyncGenerator<{ id: string; userId: string | undefined; one: boolean; other: boolean }> {
    const names = [attributesOf(one).faceModel, attributesOf(other).faceModel] as const;
    const query = { after, attributes: ['pk', 'sk', 'userId', ...names] };
    for await (const page of this.#table.query(facesPartition(generation), query)) {
      for (const { sk, userId, ...item } of page) {
        yield {
          id: sk,
          userId: userId as string | undefined,
          one: item[names[0]] !== undefined,
          other: item[names[1]] !== undefined,
        };
      }
    }
  }

  /** In the order of their ids. */
  async *ages({ generation }: Place, after?: string): AsyncGenerator<FaceAge> {
    const attributes = ['pk', 'sk', 'userId', 'indexedAt', 'matchedAt'];
    for await (const page of this.#table.query(facesPartition(generation), { after, attributes })) {
      for (const { sk, userId, indexedAt, matchedAt } of page) {
        yield {
          id: sk,
          userId: userId as string | undefined,
          indexedAt: indexedAt as number | undefined,
          matchedAt: matchedAt as number | undefined,
        };
      }
    }
  }
}

function facesOf(items: readonly Item[], place: Place): Face[] {
  return items.flatMap((item) => fromItem(item, place) ?? []);
}

function vectorsIn(items: readonly Item[], place: Place): IdentifiedVector[] {
  return items.flatMap((item) => vectorFromItem(item, place) ?? []);
}
