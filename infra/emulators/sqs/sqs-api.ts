/**
 * As much of the API of SQS (AWS JSON 1.0) as it takes to look at queues, and to send messages of dead
 * letters again, with an AWS SDK or the AWS CLI.
 *
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/
 */
import { createHash } from 'node:crypto';
import type { LocalQueue, Received } from './queue.ts';

export const SQS_TARGET = 'AmazonSQS.';

type Members = Readonly<Record<string, unknown>>;

/** An error as SQS names it. */
export class SqsError extends Error {
  override readonly name: string;

  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

const MAX_MESSAGES = 10;

const ACTIONS: ReadonlySet<string> = new Set([
  'ListQueues',
  'GetQueueUrl',
  'GetQueueAttributes',
  'SendMessage',
  'ReceiveMessage',
  'DeleteMessage',
  'ChangeMessageVisibility',
]);

export class SqsApi {
  readonly #queues: readonly LocalQueue[];
  readonly #accountId: string;

  /** @param queues others may be added while it serves */
  constructor(queues: readonly LocalQueue[], accountId: string) {
    this.#queues = queues;
    this.#accountId = accountId;
  }

  serves(action: string): boolean {
    return ACTIONS.has(action);
  }

  /**
   * @param action such as `SendMessage`
   * @param origin of this server, which the URLs of queues begin with
   * @throws SqsError, and SyntaxError for a body that is not JSON
   */
  async answer(action: string, body: string, origin: string): Promise<object> {
    const input = membersOf(JSON.parse(body || '{}'));
    const url = ({ name }: LocalQueue) => `${origin}/${this.#accountId}/${name}`;
    switch (action) {
      case 'ListQueues':
        return { QueueUrls: this.#queues.map(url) };
      case 'GetQueueUrl':
        return { QueueUrl: url(this.#named(input['QueueName'])) };
      case 'GetQueueAttributes':
        return attributes(this.#addressed(input));
      case 'SendMessage':
        return send(this.#addressed(input), input);
      case 'ReceiveMessage':
        return receive(this.#addressed(input), input);
      case 'DeleteMessage':
        await this.#addressed(input).delete(text(input, 'ReceiptHandle'));
        return {};
      case 'ChangeMessageVisibility':
        await this.#addressed(input).changeVisibility(
          text(input, 'ReceiptHandle'),
          seconds(input, 'VisibilityTimeout') ?? 0,
        );
        return {};
      default:
        throw new SqsError('UnsupportedOperation', `${action} is not served here.`);
    }
  }

  #addressed(input: Members): LocalQueue {
    return this.#named(text(input, 'QueueUrl').split('/').at(-1));
  }

  #named(name: unknown): LocalQueue {
    const queue = this.#queues.find((each) => each.name === String(name));
    if (queue === undefined) {
      throw new SqsError('QueueDoesNotExist', 'The specified queue does not exist.');
    }
    return queue;
  }
}

async function attributes(queue: LocalQueue): Promise<object> {
  const { visible, invisible } = await queue.counts();
  return {
    Attributes: {
      ApproximateNumberOfMessages: String(visible),
      ApproximateNumberOfMessagesNotVisible: String(invisible),
      VisibilityTimeout: String(queue.visibilityTimeout / 1000),
    },
  };
}

async function send(queue: LocalQueue, input: Members): Promise<object> {
  const body = text(input, 'MessageBody');
  const given = Object.entries(membersOf(input['MessageAttributes'] ?? {}));
  const values = given.map(([name, value]) => [name, text(membersOf(value), 'StringValue')]);
  const id = await queue.send(body, Object.fromEntries(values));
  return { MessageId: id, MD5OfMessageBody: md5(body) };
}

async function receive(queue: LocalQueue, input: Members): Promise<object> {
  const limit = whole(input, 'MaxNumberOfMessages', 1, MAX_MESSAGES) ?? 1;
  const messages = await queue.receive(limit, seconds(input, 'VisibilityTimeout'));
  return { Messages: messages.map(toMessage) };
}

function toMessage(message: Received): object {
  return {
    MessageId: message.id,
    ReceiptHandle: message.receipt,
    Body: message.body,
    MD5OfBody: md5(message.body),
    Attributes: {
      SentTimestamp: String(message.sentAt),
      ApproximateReceiveCount: String(message.receiveCount),
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    },
    MessageAttributes: Object.fromEntries(
      Object.entries(message.attributes).map(([name, StringValue]) => [
        name,
        { DataType: 'String', StringValue },
      ]),
    ),
  };
}

function text(input: Members, member: string): string {
  const value = input[member];
  if (typeof value === 'string' && value !== '') return value;
  throw new SqsError('MissingParameter', `The request must contain the parameter ${member}.`);
}

/** @throws SqsError InvalidParameterValue unless it is an object */
function membersOf(value: unknown): Members {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Members;
  throw new SqsError('InvalidParameterValue', 'A JSON object is expected.');
}

/** As SQS allows it: twelve hours. @returns milliseconds */
function seconds(input: Members, member: string): number | undefined {
  const value = whole(input, member, 0, 43_200);
  return value === undefined ? undefined : value * 1000;
}

/** A missing member and null are one. @throws SqsError InvalidParameterValue */
function whole(input: Members, member: string, least: number, most: number): number | undefined {
  const value = input[member] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) {
    return value;
  }
  throw new SqsError(
    'InvalidParameterValue',
    `The value of ${member} must be a whole number from ${least} to ${most}.`,
  );
}

function md5(value: string): string {
  return createHash('md5').update(value).digest('hex');
}
