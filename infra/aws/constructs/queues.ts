/** The queues of work that goes on after an answer, each with one for what failed again and again. */
import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** A function may run so long on a batch. */
export const FOLD_TIMEOUT = Duration.minutes(5);
export const PURGE_TIMEOUT = Duration.minutes(5);

/** As AWS advises: enough for a batch that is delivered again while functions are throttled. */
const VISIBILITY_FACTOR = 6;

/** How often a message is delivered before it goes to the dead letters. */
export const ATTEMPTS = 5;

const COMMON = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true } as const;

export class Queues extends Construct {
  readonly folds: Queue;
  readonly deadFolds: Queue;
  readonly purges: Queue;
  readonly deadPurges: Queue;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const retentionPeriod = Duration.days(14);
    this.deadFolds = new Queue(this, 'DeadFolds', { ...COMMON, fifo: true, retentionPeriod });
    this.folds = new Queue(this, 'Folds', {
      ...COMMON,
      fifo: true,
      visibilityTimeout: times(FOLD_TIMEOUT),
      deadLetterQueue: { queue: this.deadFolds, maxReceiveCount: ATTEMPTS },
    });
    this.deadPurges = new Queue(this, 'DeadPurges', { ...COMMON, retentionPeriod });
    this.purges = new Queue(this, 'Purges', {
      ...COMMON,
      visibilityTimeout: times(PURGE_TIMEOUT),
      deadLetterQueue: { queue: this.deadPurges, maxReceiveCount: ATTEMPTS },
    });
  }
}

/** How long a message is invisible to others while a function may be at work on it. */
export function times(timeout: Duration): Duration {
  return Duration.seconds(timeout.toSeconds() * VISIBILITY_FACTOR);
}
