/** Reading faces: by their ids, and all of them in the order of their ids. */
import type { Collection } from './collections.ts';
import type { Face, FaceAge, FaceLine, IdentifiedVector } from './face-item.ts';
import {
  fromItem,
  LINE_ATTRIBUTES,
  lineFromItem,
  VECTOR_ATTRIBUTES,
  vectorFromItem,
} from './face-item.ts';
import type { IdRange } from './id-ranges.ts';
import { faceKey, facesPartition } from './keys.ts';
import type { Table } from './table.ts';

export class FaceReader {
  readonly #table: Pick<Table, 'get' | 'batchGet' | 'query'>;

  constructor(table: Pick<Table, 'get' | 'batchGet' | 'query'>) {
    this.#table = table;
  }

  async get({ generation }: Collection, id: string): Promise<Face | undefined> {
    const item = await this.#table.get(faceKey(generation, id));
    return item && fromItem(item);
  }

  /** Those that exist, in no order. @param ids distinct */
  async getMany(
    { generation }: Pick<Collection, 'generation'>,
    ids: readonly string[],
  ): Promise<Face[]> {
    const items = await this.#table.batchGet(ids.map((id) => faceKey(generation, id)));
    return items.map(fromItem);
  }

  /** Which of the ids exist. @param ids distinct */
  async existing(
    { generation }: Pick<Collection, 'generation'>,
    ids: readonly string[],
  ): Promise<Set<string>> {
    const keys = ids.map((id) => faceKey(generation, id));
    const items = await this.#table.batchGet(keys, ['sk']);
    return new Set(items.map(({ sk }) => sk));
  }

  /**
   * Lines in the order of their ids.
   * @param options.after the id after which to begin
   * @param options.expected how many will be taken at most, so that not many more are read
   */
  async *list(
    { generation }: Collection,
    options: {
      readonly after?: string | undefined;
      readonly expected?: number;
    } = {},
  ): AsyncGenerator<FaceLine> {
    const { after, expected } = options;
    const query = {
      after,
      attributes: LINE_ATTRIBUTES,
      ...(expected === undefined ? {} : { pageSize: expected }),
    };
    for await (const page of this.#table.query(facesPartition(generation), query)) {
      for (const item of page) yield lineFromItem(item);
    }
  }

  /** Those of the ids that exist, in the order given. @param ids distinct */
  async lines({ generation }: Collection, ids: readonly string[]): Promise<FaceLine[]> {
    const keys = ids.map((id) => faceKey(generation, id));
    const items = await this.#table.batchGet(keys, LINE_ATTRIBUTES);
    const byId = new Map(items.map((item) => [item.sk, lineFromItem(item)]));
    return ids.flatMap((id) => byId.get(id) ?? []);
  }

  /** Ids and vectors alone, in the order of the ids. @param range of the ids; default: all of them */
  async *vectors(
    { generation }: Pick<Collection, 'generation'>,
    range?: IdRange,
  ): AsyncGenerator<IdentifiedVector> {
    const query = { attributes: VECTOR_ATTRIBUTES, range };
    for await (const page of this.#table.query(facesPartition(generation), query))
      yield* page.map(vectorFromItem);
  }

  /** Ids and vectors of those that exist, in no order. @param ids distinct */
  async vectorsOf(
    { generation }: Pick<Collection, 'generation'>,
    ids: readonly string[],
  ): Promise<IdentifiedVector[]> {
    const keys = ids.map((id) => faceKey(generation, id));
    return (await this.#table.batchGet(keys, VECTOR_ATTRIBUTES)).map(vectorFromItem);
  }

  /**
   * Every face with its vector, in the order of their ids.
   * @param after the id after which to begin
   * @param expected how many will be taken at most, so that not many more are read
   */
  async *all(
    { generation }: Pick<Collection, 'generation'>,
    after?: string,
    expected?: number,
  ): AsyncGenerator<Face> {
    const query = { after, ...(expected === undefined ? {} : { pageSize: expected }) };
    for await (const page of this.#table.query(facesPartition(generation), query))
      yield* page.map(fromItem);
  }

  /** In the order of their ids. */
  async *ages(
    { generation }: Pick<Collection, 'generation'>,
    after?: string,
  ): AsyncGenerator<FaceAge> {
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
