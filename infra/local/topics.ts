/**
 * Topics on one machine: each is a queue of its name, with the envelope in which SNS delivers to SQS. A topic is
 * there from its first message on.
 *
 * https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
 */
import { randomUUID } from 'node:crypto';
import { LocalQueue } from '../emulators/sqs/index.ts';
import type { Store } from '../emulators/storage/index.ts';

const PREFIX = '!topic!';
const VISIBILITY_MS = 30_000;

export class LocalTopics {
  readonly #store: Store;
  readonly #reserved: ReadonlySet<string>;
  readonly #queues: LocalQueue[];

  private constructor(store: Store, reserved: readonly LocalQueue[]) {
    this.#store = store;
    this.#reserved = new Set(reserved.map(({ name }) => name));
    this.#queues = [...reserved];
  }

  /** @param reserved queues that are no topic's */
  static async open(store: Store, reserved: readonly LocalQueue[]): Promise<LocalTopics> {
    const topics = new LocalTopics(store, reserved);
    for await (const chunk of store.entries({ gte: PREFIX, lt: `${PREFIX}~` })) {
      for (const [key] of chunk) await topics.#add(key.slice(PREFIX.length));
    }
    return topics;
  }

  /** Those of topics, and the reserved. The same array always. */
  get queues(): readonly LocalQueue[] {
    return this.#queues;
  }

  /** Whether there may be such a topic here. @param arn of a topic, of whatever region and account */
  has(arn: string): boolean {
    const name = nameOf(arn);
    return /^[A-Za-z0-9_-]{1,80}$/.test(name) && !this.#reserved.has(name);
  }

  async publish(arn: string, message: string): Promise<void> {
    const name = nameOf(arn);
    const queue = this.#queues.find((each) => each.name === name) ?? (await this.#create(name));
    const envelope = {
      Type: 'Notification',
      MessageId: randomUUID(),
      TopicArn: arn,
      Message: message,
      Timestamp: new Date().toISOString(),
    };
    await queue.send(JSON.stringify(envelope));
  }

  async #create(name: string): Promise<LocalQueue> {
    await this.#store.commit([{ type: 'put', key: `${PREFIX}${name}`, value: {} }]);
    return this.#add(name);
  }

  async #add(name: string): Promise<LocalQueue> {
    const queue = await LocalQueue.open({
      store: this.#store,
      name,
      visibilityTimeout: VISIBILITY_MS,
    });
    this.#queues.push(queue);
    return queue;
  }
}

function nameOf(arn: string): string {
  return arn.split(':').at(-1) ?? '';
}
