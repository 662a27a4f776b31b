/** Steps of jobs on video as messages of SQS, and the ends of jobs as messages of SNS. */
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { VideoQueue, VideoStep } from '../video/messages.ts';
import type { Notifier } from '../video/work.ts';

export class StepQueue implements VideoQueue {
  readonly #client: SQSClient;
  readonly #url: string;

  constructor(client: SQSClient, url: string) {
    this.#client = client;
    this.#url = url;
  }

  async send(step: VideoStep): Promise<void> {
    await this.#client.send(
      new SendMessageCommand({ QueueUrl: this.#url, MessageBody: JSON.stringify(step) }),
    );
  }
}

export class SnsNotifier implements Notifier {
  readonly #client: SNSClient;

  constructor(client: SNSClient) {
    this.#client = client;
  }

  async publish(topic: string, message: string): Promise<void> {
    await this.#client.send(new PublishCommand({ TopicArn: topic, Message: message }));
  }
}
