/**
 * What the local DynamoDB can throw: `DynamoError`, which a client sees in DynamoDB's error shape,
 * and `DatabaseLockedError`, which the person who starts Recollect sees.
 */

const CORAL_SERVICE = 'com.amazon.coral.service';
const CORAL_VALIDATE = 'com.amazon.coral.validate';
const DYNAMODB = 'com.amazonaws.dynamodb.v20120810';

const NAMESPACES = new Map([
  ['ValidationException', CORAL_VALIDATE],
  ['SerializationException', CORAL_SERVICE],
  ['UnknownOperationException', CORAL_SERVICE],
  ['MissingAuthenticationTokenException', CORAL_SERVICE],
]);

/** An error DynamoDB documents. `members` are the error shape's members beside the message. */
export class DynamoError extends Error {
  override readonly name: string;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(name: string, message: string, members: Record<string, unknown> = {}) {
    super(message);
    this.name = name;
    this.members = members;
  }

  /** The JSON body of the response with status 400. */
  toWire(): Record<string, unknown> {
    const namespace = NAMESPACES.get(this.name) ?? DYNAMODB;
    return { __type: `${namespace}#${this.name}`, message: this.message, ...this.members };
  }
}

export function validationError(message: string): DynamoError {
  return new DynamoError('ValidationException', message);
}

export function tableNotFound(tableName?: string): DynamoError {
  const which = tableName === undefined ? '' : `: Table: ${tableName} not found`;
  return new DynamoError('ResourceNotFoundException', `Requested resource not found${which}`);
}

/** The database folder is held by another process; LevelDB allows one at a time. */
export class DatabaseLockedError extends Error {
  override readonly name = 'DatabaseLockedError';
  readonly path: string;

  constructor(path: string, cause: unknown) {
    super(
      `The database in ${path} is already open, most likely in another running Recollect. ` +
        'Stop that one, or give this one a data folder of its own.',
      { cause },
    );
    this.path = path;
  }
}
