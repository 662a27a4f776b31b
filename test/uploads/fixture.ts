/**
 * Uploads without a network: a bucket, records and outcomes in memory, and models that see in a text a face for
 * each of its words. Every call waits for the test, which can let it fail.
 */
import { randomUUID } from 'node:crypto';
import type { S3EventRecord } from 'aws-lambda';
import type { Services } from '../../functions/common/services.ts';
import type { Afterwards } from '../../functions/uploads/afterwards.ts';
import type { ObjectEvent } from '../../functions/uploads/object-events.ts';
import type { UploadedObject } from '../../functions/uploads/objects.ts';
import type { Outcome } from '../../functions/uploads/outcome.ts';
import { UploadIndexer } from '../../functions/uploads/upload-indexer.ts';
import type { DetectedFace } from '../../layers/inference/index.ts';
import {
  BUILT_IN_FACE_MODELS,
  ImageFormatError,
  ImageTooLargeError,
} from '../../layers/inference/index.ts';
import type { Collection, NewFace } from '../../layers/records/index.ts';
import {
  CollectionExistsError,
  CollectionFullError,
  CollectionNotFoundError,
} from '../../layers/records/index.ts';
import { countKey } from '../../layers/records/keys.ts';
import type { Refusal, Write } from '../../layers/records/table.ts';
import { UploadStates } from '../../layers/records/upload-states.ts';
import { detectedFace } from '../support/detected-face.ts';

export const BUCKET = 'uploads';

export interface WorldOptions {
  /** Before every call, by its name; what it throws, the call throws. */
  readonly step?: (name: string) => Promise<void>;
  readonly mirror?: boolean;
  readonly createCollections?: boolean;
  readonly afterwards?: Afterwards;
  /** Of a photograph, so that a collection may be full. */
  readonly mostFaces?: number;
}

interface Stored {
  readonly bytes: Uint8Array;
  readonly etag: string;
  readonly modified: number;
  readonly metadata: Readonly<Record<string, string>>;
}

export class World {
  readonly outcomes: Outcome[] = [];
  readonly objects = new Map<string, Stored>();
  readonly tags = new Map<string, string>();
  /** By collection: ids of faces with the text that they were seen in. */
  readonly collections = new Map<
    string,
    { readonly collection: Collection; readonly faces: Map<string, NewFace> }
  >();
  /** Faces that belong to a user, and are not deleted. */
  readonly associated = new Set<string>();
  /** Milliseconds since the epoch. */
  now = Date.UTC(2030, 0, 1);
  /** How often the models have looked at a photograph. */
  looks = 0;
  readonly uploads: UploadIndexer;
  readonly #options: WorldOptions;
  readonly #items = new Map<string, Record<string, unknown>>();
  #sequence = 0;

  constructor(options: WorldOptions = {}) {
    this.#options = options;
    this.uploads = new UploadIndexer({
      services: this.#services(),
      objects: {
        read: (_bucket, key) =>
          this.#call('read', () => {
            const object = this.#read(key);
            if (object && Buffer.from(object.bytes).toString() === 'too large')
              throw new ImageTooLargeError('Too large.');
            return object;
          }),
        head: (_bucket, key) => this.#call('head', () => this.#read(key)),
        delete: (_bucket, key, etag) =>
          this.#call('deleteObject', () => {
            if (this.objects.get(key)?.etag === etag) this.objects.delete(key);
          }),
        tag: (_bucket, key, value) => this.#call('tag', () => void this.tags.set(key, value)),
      },
      outcomes: {
        publish: (outcome) => this.#call('publish', () => void this.outcomes.push(outcome)),
      },
      bucket: BUCKET,
      createCollections: options.createCollections ?? false,
      afterwards: options.afterwards ?? 'keep',
    });
  }

  create(id: string): Collection {
    if (this.collections.has(id)) throw new CollectionExistsError(id);
    const collection: Collection = {
      id,
      generation: randomUUID(),
      faceModel: '1.0',
      createdAt: new Date(this.now),
      tags: this.#options.mirror ? { 'recollect:uploads': 'mirror' } : {},
    };
    this.collections.set(id, { collection, faces: new Map() });
    this.#items.set(nameOf(countKey(collection.generation, 0)), {});
    return collection;
  }

  /** The words whose faces a collection has, sorted. */
  words(id: string): string[] {
    const faces = this.collections.get(id)?.faces.values() ?? [];
    return [...faces].map(({ imageId, box }) => `${imageId.slice(0, 8)}-${box.left}`).sort();
  }

  /** @returns the event that S3 sends */
  put(key: string, text: string, metadata: Record<string, string> = {}): ObjectEvent {
    const bytes = Buffer.from(text);
    this.objects.set(key, { bytes, etag: `etag of ${text}`, modified: this.now, metadata });
    return this.#event(key, false, `etag of ${text}`);
  }

  delete(key: string): ObjectEvent {
    this.objects.delete(key);
    return this.#event(key, true, undefined);
  }

  statuses(): string[] {
    return this.outcomes.map(({ Status }) => Status);
  }

  #event(key: string, removed: boolean, etag: string | undefined): ObjectEvent {
    const sequencer = String(++this.#sequence).padStart(16, '0');
    return { bucket: BUCKET, key, etag, sequencer, removed, record: {} as S3EventRecord };
  }

  async #call<T>(name: string, work: () => T): Promise<T> {
    await this.#options.step?.(name);
    return work();
  }

  #read(key: string): UploadedObject | undefined {
    const object = this.objects.get(key);
    return object && { ...object, size: object.bytes.length };
  }

  #services(): Services {
    const uploads = new UploadStates(
      {
        get: (key) => this.#call('get', () => this.#items.get(nameOf(key)) as never),
        put: (item, condition, values) =>
          this.#call(
            'put',
            () => this.#transact([{ put: item, condition, values: values ?? {} }]) === undefined,
          ),
        transact: (writes) => this.#call('transact', () => this.#transact(writes)),
      },
      () => new Date(this.now),
      randomUUID,
      0,
    );
    const records = {
      uploads,
      suppressions: { keepsOut: async () => false },
      collections: {
        get: (id: string) =>
          this.#call('getCollection', () => {
            const found = this.collections.get(id);
            if (found === undefined) throw new CollectionNotFoundError(id);
            return found.collection;
          }),
        create: (id: string) => this.#call('create', () => this.create(id)),
      },
      faces: {
        insert: ({ id }: Collection, faces: readonly NewFace[]) =>
          this.#call('insert', () => {
            const { mostFaces = 100 } = this.#options;
            if (faces.length > mostFaces) throw new CollectionFullError(id, 'faces', mostFaces);
            for (const face of faces) this.collections.get(id)?.faces.set(face.id, face);
            return [...faces];
          }),
        delete: ({ id }: Collection, ids: readonly string[]) =>
          this.#call('deleteFaces', () => {
            const { faces } = this.collections.get(id)!;
            const isKept = (face: string) => this.associated.has(face) || !faces.has(face);
            const deleted = ids.filter((face) => !isKept(face));
            for (const face of deleted) faces.delete(face);
            const refused = ids.filter(isKept);
            return {
              deleted,
              refused: refused.map((face) => ({
                id: face,
                ...(this.associated.has(face) ? { userId: 'somebody' } : {}),
              })),
            };
          }),
      },
    };
    const inference = {
      read: async (bytes: Uint8Array) => {
        this.looks++;
        const text = Buffer.from(bytes).toString();
        if (text.startsWith('no image')) throw new ImageFormatError('No image.');
        return { width: 1000, height: 1000, text };
      },
      findFaces: async ({ text }: { text: string }) =>
        text.split(' ').flatMap((word, i) => (word === '' ? [] : [detectedFace(i / 100)])),
      release: () => undefined,
      embed: async (_picture: unknown, faces: readonly DetectedFace[]) =>
        faces.map(({ box }) => Float32Array.of(box.left, 1)),
    };
    // As much of the services as uploads use.
    return {
      records,
      inference,
      jobs: { tailGrew: async () => undefined },
      faceModels: BUILT_IN_FACE_MODELS,
    } as unknown as Services;
  }

  /** The few conditions that records of uploads are written under. */
  #transact(writes: readonly Write[]): (Refusal | undefined)[] | undefined {
    const refusals = writes.map((write) => (this.#holds(write) ? undefined : {}));
    if (refusals.some((refusal) => refusal !== undefined)) return refusals;
    for (const write of writes) {
      if ('put' in write) this.#items.set(nameOf(write.put), { ...write.put });
      if ('remove' in write) this.#items.delete(nameOf(write.remove));
    }
    return undefined;
  }

  #holds(write: Write): boolean {
    const { condition, values } = write;
    const key =
      'put' in write
        ? write.put
        : 'remove' in write
          ? write.remove
          : 'check' in write
            ? write.check
            : write.update;
    const item = this.#items.get(nameOf(key));
    if (condition === 'attribute_not_exists(pk)') return item === undefined;
    if (condition === 'attribute_exists(pk)') return item !== undefined;
    if (condition === 'revision = :revision') return item?.['revision'] === values?.[':revision'];
    throw new Error(`No such condition: ${condition}`);
  }
}

function nameOf({ pk, sk }: { readonly pk: string; readonly sk: string }): string {
  return JSON.stringify([pk, sk]);
}
