/** What can be wrong with records. Each names the thing it is about; callers decide how to say it. */

export class CollectionNotFoundError extends Error {
  override readonly name = 'CollectionNotFoundError';
  readonly collectionId: string;

  constructor(collectionId: string) {
    super(`There is no collection ${collectionId}.`);
    this.collectionId = collectionId;
  }
}

export class CollectionExistsError extends Error {
  override readonly name = 'CollectionExistsError';
  readonly collectionId: string;

  constructor(collectionId: string) {
    super(`There is a collection ${collectionId} already.`);
    this.collectionId = collectionId;
  }
}

/** A collection would carry more tags than it may. */
export class TooManyTagsError extends Error {
  override readonly name = 'TooManyTagsError';
}

/** Somebody else is at work on the same object of the upload bucket; another attempt may be alone. */
export class UploadContendedError extends Error {
  override readonly name = 'UploadContendedError';

  constructor(key: string) {
    super(`Somebody else is at work on the object ${key}.`);
  }
}

/** The database refused for load, or other requests kept winning, until the time for retries was over. */
export class BusyError extends Error {
  override readonly name = 'BusyError';
}
