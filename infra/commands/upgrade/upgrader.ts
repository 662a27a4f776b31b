/**
 * An upgrade as it is driven from outside: which faces have no vector yet, photograph after photograph to the
 * service, then the preparations, page by page. All progress is in the service, so whoever is interrupted anywhere
 * begins anew and goes on.
 */
import type { Image } from '@aws-sdk/client-rekognition';
import { Failure } from '../cli/index.ts';
import type { Extensions } from '../extensions/client.ts';
import { meaningOf } from '../import/service.ts';
import { UnusableError } from '../import/source.ts';
import type { FoundPhotograph } from './photographs.ts';

export interface UpgradeState {
  readonly FaceModelVersion: string;
  readonly Upgrade?: {
    readonly FaceModelVersion: string;
    readonly State: 'FACES' | 'PREPARING' | 'READY' | 'KEPT' | 'CLEARING';
    readonly FacesWithoutVector?: number;
    readonly UsersWithoutVector?: number;
    readonly KeptFaceModelVersion?: string;
    readonly Outcome?: 'COMMITTED' | 'ABORTED';
  };
}

/** What becomes of faces without a vector at the switch. */
export type MissingFaces = 'refuse' | 'keep' | 'drop';

export interface FaceWithoutVector {
  readonly FaceId: string;
  readonly ImageId: string;
  readonly ExternalImageId?: string;
}

interface Answer extends UpgradeState {
  readonly Faces?: readonly FaceWithoutVector[];
  readonly NextToken?: string;
  readonly EmbeddedFaces?: readonly { readonly FaceId: string; readonly Outcome: string }[];
}

/** A photograph that could not be used, and why. */
export interface Unused {
  readonly name: string;
  readonly why: string;
}

/** The most that one request takes. */
const FACES_PER_REQUEST = 100;

export class Upgrader {
  readonly #extensions: Extensions;
  readonly #collection: string;
  /** FaceIds without a vector, by what their photograph is known by. */
  readonly #left = new Map<string, string[]>();
  readonly unused: Unused[] = [];
  photographs = 0;
  embedded = 0;

  constructor(extensions: Extensions, collection: string) {
    this.#extensions = extensions;
    this.#collection = collection;
  }

  begin(faceModel: string): Promise<UpgradeState> {
    return this.#call({ Action: 'BEGIN', FaceModelVersion: faceModel });
  }

  state(): Promise<UpgradeState> {
    return this.#call({});
  }

  commit(missing: MissingFaces): Promise<UpgradeState> {
    return this.#call({ Action: 'COMMIT', Missing: missing.toUpperCase() });
  }

  abort(): Promise<UpgradeState> {
    return this.#call({ Action: 'ABORT' });
  }

  prepare(): Promise<UpgradeState> {
    return this.#call({ Action: 'PREPARE' });
  }

  /** Faces that have no vector of the new face model. */
  async *missing(): AsyncGenerator<FaceWithoutVector> {
    let NextToken: string | undefined;
    do {
      const page = await this.#call({ Action: 'LIST', NextToken });
      yield* page.Faces ?? [];
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
  }

  /** @param keyOf what the photograph of a face is known by; undefined for one that nothing tells of */
  async look(keyOf: (face: FaceWithoutVector) => string | undefined): Promise<void> {
    for await (const face of this.missing()) {
      const key = keyOf(face);
      if (key === undefined) continue;
      const faces = this.#left.get(key);
      if (faces === undefined) this.#left.set(key, [face.FaceId]);
      else faces.push(face.FaceId);
    }
  }

  /** What photographs are looked for. */
  get keys(): readonly string[] {
    return [...this.#left.keys()];
  }

  /**
   * Sends those that show faces without a vector.
   * @param parallel so many at once
   * @throws what concerns every photograph
   */
  async send(
    photographs: AsyncIterable<FoundPhotograph> | Iterable<FoundPhotograph>,
    parallel: number,
    signal: AbortSignal,
  ): Promise<void> {
    const queue = each(photographs);
    const failures: unknown[] = [];
    const worker = async () => {
      while (!signal.aborted && failures.length === 0 && this.#left.size > 0) {
        const { value, done } = await queue.next();
        if (done) return;
        try {
          await this.#sendOne(value);
        } catch (error) {
          failures.push(error);
        }
      }
    };
    await Promise.all(Array.from({ length: parallel }, worker));
    if (failures.length > 0) throw failures[0];
  }

  async #sendOne(photograph: FoundPhotograph): Promise<void> {
    try {
      const key = await photograph.key();
      const faces = this.#left.get(key);
      if (faces === undefined) return;
      const image = await photograph.image();
      for (let i = 0; i < faces.length; i += FACES_PER_REQUEST) {
        await this.#embed(image, faces.slice(i, i + FACES_PER_REQUEST));
      }
      this.#left.delete(key);
    } catch (error) {
      const why = ofPhotograph(error);
      if (why === undefined) throw error;
      this.unused.push({ name: photograph.name, why });
    }
    this.photographs++;
  }

  async #embed({ Bytes, S3Object }: Image, FaceIds: readonly string[]): Promise<void> {
    const Image = Bytes ? { Bytes: Buffer.from(Bytes).toString('base64') } : { S3Object };
    const { EmbeddedFaces = [] } = await this.#call({ Action: 'EMBED', Image, FaceIds });
    this.embedded += EmbeddedFaces.filter(({ Outcome }) => Outcome === 'EMBEDDED').length;
  }

  async #call(input: object): Promise<Answer> {
    const named = { CollectionId: this.#collection, ...input };
    return (await this.#extensions.call('UpgradeCollection', named)) as Answer;
  }
}

/** @returns what is wrong with a photograph; undefined for what concerns every one */
function ofPhotograph(error: unknown): string | undefined {
  if (error instanceof UnusableError) return error.message;
  if (!(error instanceof Error) || error instanceof Failure) return undefined;
  if ('syscall' in error && 'path' in error) return error.message;
  return meaningOf(error) === 'rejected' ? error.message : undefined;
}

/** One after the other, whoever asks. */
async function* each<T>(items: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T> {
  yield* items;
}
