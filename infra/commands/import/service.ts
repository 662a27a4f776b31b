/** Sending one photograph to Recollect, through the API that everybody uses. */
import type {
  FaceRecord,
  Image,
  RekognitionClient,
  UnindexedFace,
} from '@aws-sdk/client-rekognition';
import {
  AssociateFacesCommand,
  ConflictException,
  CreateCollectionCommand,
  CreateUserCommand,
  DescribeCollectionCommand,
  IndexFacesCommand,
  RekognitionServiceException,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
} from '@aws-sdk/client-rekognition';
import { Failure } from '../cli/index.ts';
import type { QualityFilter } from './request.ts';
import type { AnswerTime } from './server-timing.ts';

export interface IndexRequest {
  readonly image: Image;
  readonly externalImageId: string;
}

/** The collection does not exist, and is not to be created. */
export class NoCollectionError extends Failure {
  override readonly name = 'NoCollectionError';
}

export class Service {
  readonly #client: RekognitionClient;
  readonly #collection: string;
  readonly #options: {
    readonly maxFaces: number | undefined;
    readonly qualityFilter: QualityFilter | undefined;
  };

  constructor(
    client: RekognitionClient,
    collection: string,
    options: {
      readonly maxFaces: number | undefined;
      readonly qualityFilter: QualityFilter | undefined;
    },
  ) {
    this.#client = client;
    this.#collection = collection;
    this.#options = options;
  }

  /** @throws NoCollectionError, and what the SDK throws */
  async requireCollection(create: boolean): Promise<void> {
    const CollectionId = this.#collection;
    try {
      await this.#client.send(new DescribeCollectionCommand({ CollectionId }));
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) throw error;
      if (!create) {
        throw new NoCollectionError(`There is no collection ${CollectionId}; --create makes it.`, {
          cause: error,
        });
      }
      await this.#create(CollectionId);
    }
  }

  /** @returns the faces that are stored, largest first, and how long the answer took */
  async index({ image, externalImageId }: IndexRequest): Promise<{
    readonly stored: readonly FaceRecord[];
    readonly refused: readonly UnindexedFace[];
    readonly time: AnswerTime;
  }> {
    const { maxFaces, qualityFilter } = this.#options;
    const command = new IndexFacesCommand({
      CollectionId: this.#collection,
      Image: image,
      ExternalImageId: externalImageId,
      MaxFaces: maxFaces,
      QualityFilter: qualityFilter,
    });
    let header: string | undefined;
    command.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        header = headerOf(result.response, 'server-timing');
        return result;
      },
      { step: 'deserialize' },
    );
    const startedAt = performance.now();
    const { FaceRecords = [], UnindexedFaces = [] } = await this.#client.send(command);
    const time = { total: performance.now() - startedAt, header };
    return { stored: FaceRecords, refused: UnindexedFaces, time };
  }

  /** Creates the user unless there is one. */
  async createUser(userId: string): Promise<void> {
    const input = { CollectionId: this.#collection, UserId: userId };
    try {
      await this.#client.send(new CreateUserCommand(input));
    } catch (error) {
      if (!(error instanceof ConflictException)) throw error;
    }
  }

  /** @returns why the face is not the user's, undefined if it is */
  async associate(userId: string, faceId: string): Promise<string | undefined> {
    const input = { CollectionId: this.#collection, UserId: userId, FaceIds: [faceId] };
    try {
      const { UnsuccessfulFaceAssociations = [] } = await this.#client.send(
        new AssociateFacesCommand(input),
      );
      const [unsuccessful] = UnsuccessfulFaceAssociations;
      return unsuccessful && (unsuccessful.Reasons?.join(', ') || 'NO_ROOM');
    } catch (error) {
      if (error instanceof Error && error.name === 'ServiceQuotaExceededException') {
        return 'NO_ROOM';
      }
      throw error;
    }
  }

  async #create(CollectionId: string): Promise<void> {
    try {
      await this.#client.send(new CreateCollectionCommand({ CollectionId }));
    } catch (error) {
      if (!(error instanceof ResourceAlreadyExistsException)) throw error;
    }
  }
}

/** Of an answer as the SDK's middleware has it, which says nothing of its type. */
function headerOf(response: unknown, name: string): string | undefined {
  if (typeof response !== 'object' || response === null || !('headers' in response)) return;
  const { headers } = response;
  if (typeof headers !== 'object' || headers === null) return;
  const value: unknown = Reflect.get(headers, name);
  return typeof value === 'string' ? value : undefined;
}

/**
 * What an error means for the import.
 * - `rejected`: this photograph cannot be indexed
 * - `slow`: the service asks to slow down
 * - `passing`: it may go better another time
 * - `fatal`: no photograph can be indexed until somebody changes something
 */
export type Meaning = 'rejected' | 'slow' | 'passing' | 'fatal';

const REJECTED: ReadonlySet<string> = new Set([
  'ImageTooLargeException',
  'InvalidImageFormatException',
  'InvalidParameterException',
  'InvalidS3ObjectException',
  'ValidationException',
  'RequestEntityTooLargeException',
]);
const SLOW: ReadonlySet<string> = new Set([
  'ThrottlingException',
  'ProvisionedThroughputExceededException',
  'TooManyRequestsException',
]);
/** Others are changing the same user. */
const PASSING: ReadonlySet<string> = new Set(['ConflictException', 'TimeoutError', 'AbortError']);
/** Of the system: the connection was refused, broken, or never came about. */
const NETWORK = /^(ECONN|EPIPE|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|EAI_AGAIN|ENOTFOUND)/;

export function meaningOf(error: unknown): Meaning {
  if (!(error instanceof Error)) return 'fatal';
  if (REJECTED.has(error.name)) return 'rejected';
  const status =
    error instanceof RekognitionServiceException ? error.$metadata.httpStatusCode : undefined;
  if (SLOW.has(error.name) || status === 429 || status === 503) return 'slow';
  const code = 'code' in error ? String(error.code) : '';
  const isPassing = PASSING.has(error.name) || NETWORK.test(code) || (status ?? 0) >= 500;
  return isPassing ? 'passing' : 'fatal';
}
