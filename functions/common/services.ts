/**
 * What the handlers work with: records, search indexes, the models, photographs in S3, and work that goes
 * on after an answer.
 *
 * Each service is made on first use, once, and only where somebody says how: a function that is deployed
 * for one operation is given what that operation declares, and holds no code for anything else.
 */
import type { Trail } from '../../layers/audit/index.ts';
import type { FaceModels, InferencePort } from '../../layers/inference/index.ts';
import type { Operation } from '../../layers/protocol/index.ts';
import type {
  Collection,
  Face,
  IdentifiedUser,
  IndexKind,
  IndexName,
  Records,
} from '../../layers/records/index.ts';
import type { FoldResult, ShardTrust, VectorIndex } from '../../layers/vectors/index.ts';
import type { Videos } from '../video/videos.ts';
import type { ImageLoader } from './images.ts';
import type { ReceiptIssuer } from './receipt-issuer.ts';

/** A shard was found lost, and nobody knows which. */
export const SOME_SHARD = 'some';

/** A tail to be folded. */
export interface FoldRequest {
  readonly collectionId: string;
  readonly generation: string;
  readonly index: IndexName;
  /** The key of a shard that was found lost or damaged, or {@link SOME_SHARD}. */
  readonly lostShard?: string | undefined;
}

/** A deleted collection whose remains must go. */
export interface PurgeRequest {
  readonly generation: string;
}

/**
 * Work that a request causes and does not wait for. A method resolves when the work is certain to be done,
 * which may be long before it is.
 */
export interface Jobs {
  /** The tails of a collection have grown by so many vectors or deletions. */
  tailGrew(collection: Collection, kind: IndexKind, by: number): Promise<void>;
  /** The tail that a search has read held so many. */
  tailSeen(collection: Collection, kind: IndexKind, length: number): Promise<void>;
  /** A shard of that index was lost or damaged; it must be made anew. @param key undefined if it is not known */
  shardLost(collection: Collection, kind: IndexKind, key: string | undefined): Promise<void>;
  /** A collection has been deleted; its remains must go. */
  purge(generation: string): Promise<void>;
}

/** What is thought of the shards of an index. */
export interface Doubts {
  /** Default: `trusted`. */
  readonly shards?: ShardTrust;
  /** The key of a shard that was found lost or damaged. */
  readonly suspect?: string | undefined;
}

/** @param lostShard as a {@link FoldRequest} says it */
export function doubtsAbout(lostShard: string | undefined): Doubts {
  return lostShard === SOME_SHARD ? { shards: 'checked' } : { suspect: lostShard };
}

/** The work behind {@link Jobs}, for whoever carries it out. */
export interface Maintenance {
  /**
   * Does as much as one fold may; its result says whether anything is left.
   * @param doubts default: none
   */
  fold(collection: Collection, index: IndexName, doubts?: Doubts): Promise<FoldResult>;
  /**
   * May be called again after it failed or died, and does nothing while somebody else is at it.
   * @param isOver whether its time is over; it is unfinished then
   */
  purge(
    generation: string,
    isOver?: () => boolean,
  ): Promise<'purged' | 'unfinished' | 'nothing to do'>;
  pendingPurges(): Promise<string[]>;
  /** Deletes objects that nobody needs any more. @returns their keys */
  collect(): Promise<string[]>;
}

/** The search index over the faces of collections, and the one over their users. */
export interface Indexes {
  readonly faces: VectorIndex<Face>;
  readonly users: VectorIndex<IdentifiedUser>;
}

export interface Services {
  readonly records: Records;
  readonly indexes: Indexes;
  readonly inference: InferencePort;
  readonly images: ImageLoader;
  readonly jobs: Jobs;
  /** The face models that collections may have, and which of them new ones get. */
  readonly faceModels: FaceModels;
  /** Whether emotions, gender and age are told to those who ask. */
  readonly judgements: boolean;
  /** Signs receipts of deletions. */
  readonly receipts: ReceiptIssuer;
  /** Jobs on stored video. */
  readonly videos: Videos;
  /** Undefined where none is kept. */
  readonly audit: Pick<Trail, 'read'> | undefined;
}

/** An operation of this service. */
export type ServiceOperation = Operation<Services>;

/** How each service is made, from others where it needs them. */
export type Makers = {
  readonly [Name in keyof Services]?: (services: Services) => Services[Name];
};

/** A handler uses what its operation does not declare. */
export class ServiceMissingError extends Error {
  override readonly name = 'ServiceMissingError';
}

/** @returns services that throw ServiceMissingError when used without a maker */
export function createServices(makers: Makers): Services {
  const make = <T>(name: string, maker: ((services: Services) => T) | undefined): (() => T) => {
    let made: { readonly service: T } | undefined;
    return () => {
      if (maker === undefined) {
        throw new ServiceMissingError(`Nothing here makes ${name}; does the operation declare it?`);
      }
      made ??= { service: maker(services) };
      return made.service;
    };
  };
  const records = make('records', makers.records);
  const indexes = make('indexes', makers.indexes);
  const inference = make('inference', makers.inference);
  const images = make('images', makers.images);
  const jobs = make('jobs', makers.jobs);
  const judgements = make('judgements', makers.judgements);
  const faceModels = make('faceModels', makers.faceModels);
  const receipts = make('receipts', makers.receipts);
  const videos = make('videos', makers.videos);
  const audit = make('audit', makers.audit);
  const services: Services = {
    get records() {
      return records();
    },
    get indexes() {
      return indexes();
    },
    get inference() {
      return inference();
    },
    get images() {
      return images();
    },
    get jobs() {
      return jobs();
    },
    get faceModels() {
      return faceModels();
    },
    get judgements() {
      return judgements();
    },
    get receipts() {
      return receipts();
    },
    get videos() {
      return videos();
    },
    get audit() {
      return audit();
    },
  };
  return services;
}
