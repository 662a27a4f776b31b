/** Dead letters of uploads: looking at them, sending them again, forgetting them. */
import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { REASON_CODE, REASON_MESSAGE } from '../../../functions/uploads/dead-letters.ts';
import { ObjectEventError, readObjectEvents } from '../../../functions/uploads/object-events.ts';

export interface DeadLetter {
  readonly id: string;
  readonly body: string;
  /** `bucket/key` of the objects it is about, usually one. */
  readonly objects: readonly string[];
  readonly code: string;
  readonly message: string;
  readonly sentAt: Date;
  readonly receipt: string;
}

export interface QueueNames {
  readonly uploads: string;
  readonly deadLetters: string;
}

/** What a letter says that SQS moved by itself. */
const UNKNOWN = {
  code: 'Unknown',
  message: 'The function died of it each time, or ran out of time; its log may say why.',
};

const PAGE = 10;
/** A letter that is looked at is hidden from others for so long, in seconds, and shown again at the end. */
const HIDDEN_S = 300;
const WAIT_S = 1;
/** SQS asks a part of its servers, so that an empty answer does not mean an empty queue. */
const EMPTY_ANSWERS = 3;

export class DeadLetters {
  readonly #client: SQSClient;
  readonly #uploads: string;
  readonly #deadLetters: string;

  private constructor(client: SQSClient, uploads: string, deadLetters: string) {
    this.#client = client;
    this.#uploads = uploads;
    this.#deadLetters = deadLetters;
  }

  /** @throws QueueDoesNotExist, and what else the SDK throws */
  static async open(client: SQSClient, names: QueueNames): Promise<DeadLetters> {
    const url = async (QueueName: string) => {
      const { QueueUrl = '' } = await client.send(new GetQueueUrlCommand({ QueueName }));
      return QueueUrl;
    };
    return new DeadLetters(client, await url(names.uploads), await url(names.deadLetters));
  }

  /** All letters, which nobody else sees until they are released, or for five minutes. */
  async take(): Promise<DeadLetter[]> {
    const letters = new Map<string, DeadLetter>();
    for (let empty = 0; empty < EMPTY_ANSWERS; ) {
      const { Messages = [] } = await this.#client.send(
        new ReceiveMessageCommand({
          QueueUrl: this.#deadLetters,
          MaxNumberOfMessages: PAGE,
          VisibilityTimeout: HIDDEN_S,
          WaitTimeSeconds: WAIT_S,
          MessageAttributeNames: ['All'],
          MessageSystemAttributeNames: ['SentTimestamp'],
        }),
      );
      for (const message of Messages) letters.set(message.MessageId ?? '', read(message));
      empty = Messages.length === 0 ? empty + 1 : 0;
    }
    return [...letters.values()].sort((a, b) => a.sentAt.getTime() - b.sentAt.getTime());
  }

  /** Has an object tried again. Whoever dies in between has sent it and kept the letter. */
  async send({ body, receipt }: DeadLetter): Promise<void> {
    await this.#client.send(new SendMessageCommand({ QueueUrl: this.#uploads, MessageBody: body }));
    await this.#client.send(
      new DeleteMessageCommand({ QueueUrl: this.#deadLetters, ReceiptHandle: receipt }),
    );
  }

  async delete({ receipt }: DeadLetter): Promise<void> {
    await this.#client.send(
      new DeleteMessageCommand({ QueueUrl: this.#deadLetters, ReceiptHandle: receipt }),
    );
  }

  /** Shows a letter to others again. */
  async release({ receipt }: DeadLetter): Promise<void> {
    await this.#client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: this.#deadLetters,
        ReceiptHandle: receipt,
        VisibilityTimeout: 0,
      }),
    );
  }
}

function read({
  MessageId = '',
  Body = '',
  ReceiptHandle = '',
  Attributes = {},
  MessageAttributes = {},
}: Message): DeadLetter {
  return {
    id: MessageId,
    body: Body,
    objects: objectsOf(Body),
    code: MessageAttributes[REASON_CODE]?.StringValue ?? UNKNOWN.code,
    message: MessageAttributes[REASON_MESSAGE]?.StringValue ?? UNKNOWN.message,
    sentAt: new Date(Number(Attributes['SentTimestamp'] ?? 0)),
    receipt: ReceiptHandle,
  };
}

function objectsOf(body: string): string[] {
  try {
    return readObjectEvents(body).map(({ bucket, key }) => `${bucket}/${key}`);
  } catch (error) {
    if (error instanceof ObjectEventError) return [];
    throw error;
  }
}
