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

/** A collection holds as many faces or users as it may. */
export class CollectionFullError extends Error {
  override readonly name = 'CollectionFullError';
  readonly collectionId: string;
  readonly kind: 'faces' | 'users';
  readonly limit: number;

  constructor(collectionId: string, kind: 'faces' | 'users', limit: number) {
    super(`Collection ${collectionId} has ${limit} ${kind}, the most it can have.`);
    this.collectionId = collectionId;
    this.kind = kind;
    this.limit = limit;
  }
}

/** A collection would carry more tags than it may. */
export class TooManyTagsError extends Error {
  override readonly name = 'TooManyTagsError';
}

/** What is suppressed in a collection, or an upgrade of it, is not what it was when the collection was read; look again. */
export class CollectionChangedError extends Error {
  override readonly name = 'CollectionChangedError';

  constructor(collectionId: string) {
    super(`What is suppressed in ${collectionId}, or its face model, has changed meanwhile.`);
  }
}

/** Somebody else is at work on the same object of the upload bucket; another attempt may be alone. */
export class UploadContendedError extends Error {
  override readonly name = 'UploadContendedError';

  constructor(key: string) {
    super(`Somebody else is at work on the object ${key}.`);
  }
}

export class UserNotFoundError extends Error {
  override readonly name = 'UserNotFoundError';
  readonly userId: string;

  constructor(userId: string) {
    super(`There is no user ${userId}.`);
    this.userId = userId;
  }
}

/** There is no such merge of users, or it was undone, or was too long ago. */
export class MergeNotFoundError extends Error {
  override readonly name = 'MergeNotFoundError';
  readonly mergeId: string;

  constructor(mergeId: string) {
    super(`There is no merge ${mergeId}.`);
    this.mergeId = mergeId;
  }
}

export class UserExistsError extends Error {
  override readonly name = 'UserExistsError';
  readonly userId: string;

  constructor(userId: string) {
    super(`There is a user ${userId} already.`);
    this.userId = userId;
  }
}

/** Other requests kept changing the user until the time for retries was over. */
export class UserBusyError extends Error {
  override readonly name = 'UserBusyError';
  readonly userId: string;

  constructor(userId: string, options: ErrorOptions) {
    super(`User ${userId} is being changed by others.`, options);
    this.userId = userId;
  }
}

/** A token stands for a request with other parameters. */
export class TokenMismatchError extends Error {
  override readonly name = 'TokenMismatchError';
  readonly token: string;

  constructor(token: string) {
    super(`The token ${token} stands for another request.`);
    this.token = token;
  }
}

/** The time for retries was over. */
export class BusyError extends Error {
  override readonly name = 'BusyError';
  /** `load`: the database refused for it. `conflict`: other requests on the same items kept winning. */
  readonly reason: 'load' | 'conflict';

  constructor(reason: BusyError['reason'], options?: ErrorOptions) {
    super('The database is busy; try again.', options);
    this.reason = reason;
  }
}

/** As many jobs on video are in progress as may be. */
export class TooManyJobsError extends Error {
  override readonly name = 'TooManyJobsError';

  constructor(most: number) {
    super(`${most} jobs on video are in progress; no more may be at once.`);
  }
}
