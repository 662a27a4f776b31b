/**
 * Dead letters: the events of objects that could not be indexed, each with its reason, until somebody sends
 * them again (`recollect redrive`) or two weeks are over.
 *
 * A letter is the message as S3 sent it, so that sending it again is all that redriving takes; the reason is
 * beside it, in the message's attributes. A message that SQS itself moved here, because the function died
 * each time before it could say anything, has none.
 */
import type { SQSClient } from '@aws-sdk/client-sqs';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Reason } from './rejection.ts';

export interface DeadLetters {
  /** @param body the message as it was received */
  send(body: string, reason: Reason): Promise<void>;
}

/** The names of the attributes. */
export const REASON_CODE = 'ReasonCode';
export const REASON_MESSAGE = 'ReasonMessage';

/** SQS takes no empty values, and counts attributes as part of the message. */
const LONGEST_VALUE = 2048;

export class DeadLetterQueue implements DeadLetters {
  readonly #client: SQSClient;
  readonly #queueUrl: string;

  constructor(client: SQSClient, queueUrl: string) {
    this.#client = client;
    this.#queueUrl = queueUrl;
  }

  async send(body: string, { Code, Message }: Reason): Promise<void> {
    await this.#client.send(
      new SendMessageCommand({
        QueueUrl: this.#queueUrl,
        MessageBody: body,
        MessageAttributes: { [REASON_CODE]: text(Code), [REASON_MESSAGE]: text(Message) },
      }),
    );
  }
}

function text(value: string) {
  // SQS refuses control characters other than line ends and tabs.
  const printable = value.replace(/[^\P{C}\n\t]/gu, ' ').slice(0, LONGEST_VALUE);
  return { DataType: 'String', StringValue: printable || ' ' };
}
