/**
 * What the handlers work with, made once per execution environment from a configuration: records, the
 * face index, the models, photographs in S3, and work that goes on after an answer.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { ulid } from 'ulid';
import { DEFAULT_FACE_MODEL, faceModel, Inference } from '../../layers/inference/index.ts';
import type { Operation } from '../../layers/protocol/index.ts';
import type { Collection, Face } from '../../layers/records/index.ts';
import { Records } from '../../layers/records/index.ts';
import type { FoldResult } from '../../layers/vectors/index.ts';
import { fold, S3ShardStore, ShardCache, VectorIndex } from '../../layers/vectors/index.ts';
import { ImageLoader } from './images.ts';

/**
 * Work that a request causes and does not wait for. A method resolves when the work is certain to be done,
 * which may be long before it is.
 */
export interface Jobs {
  /** The tail of a collection has grown by so many vectors or deletions. */
  tailGrew(collection: Collection, by: number): Promise<void>;
  /** The tail of a collection was seen to hold so many. */
  tailSeen(collection: Collection, length: number): Promise<void>;
  /** A collection has been deleted; its remains must go. */
  purge(generation: string): Promise<void>;
}

export interface Services {
  readonly records: Records;
  readonly faceIndex: VectorIndex<Face>;
  readonly inference: Inference;
  readonly images: ImageLoader;
  readonly jobs: Jobs;
  /** The face model that new collections get. */
  readonly defaultFaceModel: string;
}

/** An operation of this service. */
export type ServiceOperation = Operation<Services>;

export interface Configuration {
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  readonly table: string;
  readonly shardBucket: string;
  /** Folder with the .onnx files. */
  readonly models: string;
  /** Threads for decoding and for each model. */
  readonly threads: number;
  /** Bytes of shards that stay in memory. */
  readonly shardCacheBytes: number;
  readonly clock?: () => Date;
  readonly warn: (message: string, error: Error) => void;
}

/** The work behind {@link Jobs}, for whoever carries it out. */
export interface Maintenance {
  foldFaces(collection: Collection): Promise<FoldResult>;
  /** May be called again after it failed or died. */
  purge(generation: string): Promise<void>;
  pendingPurges(): Promise<string[]>;
}

export function createServices(
  configuration: Configuration,
  jobs: Jobs,
): { services: Services; maintenance: Maintenance } {
  const { clock = () => new Date(), models, threads, warn } = configuration;
  const records = new Records({
    client: configuration.dynamodb,
    table: configuration.table,
    clock,
  });
  const store = new S3ShardStore(configuration.s3, configuration.shardBucket);
  const cache = new ShardCache(store, configuration.shardCacheBytes);
  const faceIndex = new VectorIndex<Face>({
    index: 'faces',
    records,
    source: records.faces,
    cache,
    onTail: (collection, length) => jobs.tailSeen(collection, length),
    onShardLost: (collection, error) =>
      warn(
        `A shard of collection ${collection.id} is lost or damaged; its records answered.`,
        error,
      ),
  });
  const services: Services = {
    records,
    faceIndex,
    inference: new Inference({ models, threads }),
    images: new ImageLoader(configuration.s3),
    jobs,
    defaultFaceModel: DEFAULT_FACE_MODEL,
  };
  const maintenance: Maintenance = {
    foldFaces: (collection) =>
      fold(collection, {
        records,
        store,
        cache,
        index: 'faces',
        dimension: faceModel(collection.faceModel).dimension,
        existing: (within, ids) => records.faces.existing(within, ids),
        clock: () => clock().getTime(),
        newId: () => ulid(),
      }),
    async purge(generation) {
      await records.purges.deleteItems(generation);
      await store.deleteGeneration(generation);
      await records.purges.finish(generation);
    },
    async pendingPurges() {
      return (await records.purges.pending()).map(({ generation }) => generation);
    },
  };
  return { services, maintenance };
}
