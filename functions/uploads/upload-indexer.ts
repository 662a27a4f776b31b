/**
 * From an event about an object of the upload bucket to faces in a collection, and to an outcome.
 *
 * An event says that something happened to a key; what is done depends on the object as it is when it is
 * looked at. So it does not matter whether events come twice, late, in another order, or not for every
 * change: the last one finds the last version. `layers/records/upload-states.ts` keeps two workers on one object
 * from undoing each other's work. Everything may be repeated after it died anywhere.
 *
 * A collection with the tag `recollect:uploads` = `mirror` follows its folder: faces of overwritten and of
 * deleted objects are deleted. Without the tag faces stay until somebody deletes them.
 */
import type { BegunUpload, Collection, StoredUpload } from '../../layers/records/index.ts';
import {
  CollectionExistsError,
  CollectionNotFoundError,
  UploadContendedError,
} from '../../layers/records/index.ts';
import { externalImageIdOf } from '../common/external-ids.ts';
import { type Analysis, analyse, indexedMembers, store } from '../common/indexing.ts';
import type { Services } from '../common/services.ts';
import { type Afterwards, settle } from './afterwards.ts';
import { Mirror } from './mirror.ts';
import type { ObjectEvent } from './object-events.ts';
import { versionOf } from './object-version.ts';
import type { UploadedObject, UploadedObjects } from './objects.ts';
import type { Outcome, Outcomes } from './outcome.ts';
import { about } from './outcome.ts';
import type { Reason } from './rejection.ts';
import { RejectedError, rejectionOf } from './rejection.ts';
import { readUploadKey, type UploadKey } from './upload-key.ts';
import { readUploadSettings, type UploadSettings } from './upload-settings.ts';
import { associateUpload } from './upload-user.ts';

export interface UploadIndexerOptions {
  readonly services: Pick<Services, 'records' | 'inference' | 'jobs' | 'faceModels'>;
  readonly objects: Pick<UploadedObjects, 'read' | 'head' | 'delete' | 'tag'>;
  readonly outcomes: Outcomes;
  /** The upload bucket; objects of others are rejected. */
  readonly bucket: string;
  /** Whether a collection that does not exist is created, rather than its objects rejected. */
  readonly createCollections: boolean;
  readonly afterwards: Afterwards;
}

export class UploadIndexer {
  readonly #options: UploadIndexerOptions;
  readonly #mirror: Mirror;

  constructor(options: UploadIndexerOptions) {
    this.#options = options;
    this.#mirror = new Mirror(options.services, options.afterwards);
  }

  /**
   * Does what an event asks for, and tells the outcome.
   * @returns undefined where there is nothing to tell: it was told before, or concerns no photograph
   * @throws RejectedError and errors of the layers, of which `rejectionOf` says whether they last
   */
  async follow(event: ObjectEvent): Promise<Outcome | undefined> {
    if (event.bucket !== this.#options.bucket) {
      throw new RejectedError('WrongBucket', 'The event is about another bucket.');
    }
    const target = readUploadKey(event.key);
    if (target === undefined) return undefined;
    const collection = await this.#collection(target.collectionId);
    return collection === undefined
      ? this.#withoutCollection(event, target)
      : this.#withCollection(event, target, collection);
  }

  /** Tells that an object was rejected, and tags it so if objects are tagged. */
  async reject(event: ObjectEvent, reason: Reason): Promise<Outcome> {
    const { afterwards, objects, outcomes } = this.#options;
    const outcome = {
      ...about(event, `${event.etag ?? ''}-${event.sequencer}`, 'REJECTED'),
      ETag: event.etag,
      Reason: reason,
    };
    await outcomes.publish(outcome);
    if (afterwards === 'tag' && event.bucket === this.#options.bucket) {
      await objects.tag(event.bucket, event.key, 'rejected');
    }
    return outcome;
  }

  async #collection(id: string): Promise<Collection | undefined> {
    try {
      return await this.#options.services.records.collections.get(id);
    } catch (error) {
      if (error instanceof CollectionNotFoundError) return undefined;
      throw error;
    }
  }

  async #withoutCollection(event: ObjectEvent, target: UploadKey): Promise<Outcome | undefined> {
    const { services, objects, createCollections } = this.#options;
    const { collectionId } = target;
    if (event.removed) return undefined;
    if ((await objects.head(event.bucket, event.key)) === undefined) return this.#skipped(event);
    if (!createCollections) throw new CollectionNotFoundError(collectionId);
    try {
      await services.records.collections.create(collectionId, services.faceModels.default, {});
    } catch (error) {
      if (!(error instanceof CollectionExistsError)) throw error;
    }
    // From the beginning: the object was read before it was known what others had begun.
    const collection = await services.records.collections.get(collectionId);
    return this.#withCollection(event, target, collection);
  }

  async #withCollection(
    event: ObjectEvent,
    { name }: UploadKey,
    collection: Collection,
  ): Promise<Outcome | undefined> {
    const { services, objects, outcomes, afterwards } = this.#options;
    const { bucket, key } = event;
    // Before the object: whoever begins on this revision has seen nothing older than its faces.
    const previous = await services.records.uploads.get(collection, key);
    const refused = (error: unknown) => this.#refuse(event, collection, previous, error);
    const object = await objects.read(bucket, key).catch(refused);
    if (object === undefined) {
      if (previous === undefined) return event.removed ? undefined : this.#skipped(event);
      return this.#absent(event, collection, previous);
    }
    const version = versionOf(object);
    if (previous?.settled && previous.version === version) return undefined;

    const looked = await this.#look(collection, name, object).catch(refused);
    const { settings, externalImageId, analysis } = looked;
    const ids = analysis.faces.map(({ id }) => id);
    const { uploads } = services.records;
    const begun = await uploads.begin(collection, key, previous, { version, faces: ids });
    if (this.#mirror.includes(collection)) await this.#requireVersion(event, version);
    const { stored, user } = await this.#store(collection, analysis, settings).catch((error) =>
      this.#giveUp(collection, begun, ids, error),
    );
    const replaced = await this.#mirror.deleteOthers(collection, begun, ids);
    const status = stored.length > 0 ? 'INDEXED' : 'NO_FACES';
    const outcome = {
      ...about(event, version, status),
      ETag: object.etag,
      Size: object.size,
      CollectionId: collection.id,
      ExternalImageId: externalImageId,
      FaceModelVersion: collection.faceModel,
      ...indexedMembers(analysis, stored),
      ...(user && { User: user }),
      ...replaced.members,
    };
    await outcomes.publish(outcome);
    await settle(afterwards, objects, event, object, status);
    await uploads.finish(collection, begun, [...ids, ...replaced.left]);
    return outcome;
  }

  async #look(collection: Collection, name: string, { metadata, bytes }: UploadedObject) {
    const settings = readUploadSettings(metadata);
    const externalImageId = settings.externalImageId ?? externalImageIdOf(name);
    const options = { ...settings, externalImageId };
    const analysis = await analyse(this.#options.services, collection, bytes, options);
    return { settings, externalImageId, analysis };
  }

  async #store(collection: Collection, { faces }: Analysis, { userId }: UploadSettings) {
    const { services } = this.#options;
    const stored = await store(services, collection, faces);
    const [largest] = stored;
    if (userId === undefined || largest === undefined) return { stored };
    return { stored, user: await associateUpload(services, collection, userId, largest.id) };
  }

  /**
   * Where an object cannot be indexed, the faces of the one before it go from a mirroring collection, as
   * they would if it showed nobody.
   * @throws the error
   */
  async #refuse(
    event: ObjectEvent,
    collection: Collection,
    previous: StoredUpload | undefined,
    error: unknown,
  ): Promise<never> {
    const isConcerned = previous !== undefined && this.#mirror.includes(collection);
    if (!isConcerned || rejectionOf(error) === undefined) throw error;
    const { objects, services } = this.#options;
    const head = await objects.head(event.bucket, event.key);
    // Another event tells of what has become of it since.
    if (head === undefined) throw error;
    const upload = { version: versionOf(head), faces: [] };
    const begun = await services.records.uploads.begin(collection, event.key, previous, upload);
    await this.#requireVersion(event, upload.version);
    return this.#giveUp(collection, begun, [], error);
  }

  /**
   * After an upload was begun; what may pass is left as it is, for the next attempt.
   * @param brought ids of faces that the object itself may have brought
   * @throws the error
   */
  async #giveUp(
    collection: Collection,
    begun: BegunUpload,
    brought: readonly string[],
    error: unknown,
  ): Promise<never> {
    if (rejectionOf(error) === undefined) throw error;
    const { left } = await this.#mirror.deleteOthers(collection, begun, brought);
    // Under no version: who is told of the object again looks at it again.
    const undone = { ...begun, version: '' };
    await this.#options.services.records.uploads.finish(collection, undone, [...brought, ...left]);
    throw error;
  }

  /**
   * Whoever was told of a change before this upload was begun knew nothing of it, and left it alone; so the
   * object is looked at once more.
   * @throws UploadContendedError if it is another one by now
   */
  async #requireVersion({ bucket, key }: ObjectEvent, version: string): Promise<void> {
    const head = await this.#options.objects.head(bucket, key);
    if (head === undefined || versionOf(head) !== version) throw new UploadContendedError(key);
  }

  /** The object is gone, and something is known of it. */
  async #absent(
    event: ObjectEvent,
    collection: Collection,
    previous: StoredUpload,
  ): Promise<Outcome | undefined> {
    const { services, outcomes } = this.#options;
    if (!this.#mirror.includes(collection)) return undefined;
    const { uploads } = services.records;
    const begun = await uploads.begin(collection, event.key, previous, { version: '', faces: [] });
    const { members, left } = await this.#mirror.deleteOthers(collection, begun, []);
    const outcome = {
      ...about(event, event.sequencer, 'REMOVED'),
      CollectionId: collection.id,
      ...members,
    };
    await outcomes.publish(outcome);
    if (left.length === 0) await uploads.forget(collection, begun);
    else await uploads.finish(collection, begun, left);
    return outcome;
  }

  async #skipped(event: ObjectEvent): Promise<Outcome> {
    const outcome = { ...about(event, event.sequencer, 'SKIPPED'), ETag: event.etag };
    await this.#options.outcomes.publish(outcome);
    return outcome;
  }
}
