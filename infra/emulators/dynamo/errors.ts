/** What a client of the local DynamoDB sees, in DynamoDB's error shape. */

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
