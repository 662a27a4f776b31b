/** Alarms on what an owner must know of; with them come the dashboard and the budget. */
import { Aws, Duration } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { budgetOf } from './budget.ts';
import { dashboard } from './dashboard.ts';
import { type MeasuredParts, metricsOf } from './metrics.ts';

export interface MonitoringProps extends MeasuredParts {
  readonly foldAt: number;
  readonly alarmEmail: string | undefined;
  /** Dollars a month. */
  readonly budget: number | undefined;
}

/** A request of 29 seconds fails; long before that something is wrong. */
const SLOW_MS = 10_000;
/** Folds do not keep up with what is stored. */
const LONG_TAIL_FACTOR = 20;
/** The sweep has asked for it several times. */
const LATE_PURGE = Duration.hours(6);
/** Refused in five minutes: more than a program with a wrong key comes to. */
const MANY_REFUSALS = 1000;

interface AlarmOptions {
  readonly metric: IMetric;
  readonly above: number;
  readonly description: string;
  /** How many of how many periods, for what may be so for a moment. Default: the last one. */
  readonly periods?: readonly [number, number];
}

export class Monitoring extends Construct {
  readonly #topic: Topic | undefined;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    const { alarmEmail } = props;
    if (alarmEmail !== undefined) {
      this.#topic = new Topic(this, 'Topic', { enforceSSL: true });
      this.#topic.addSubscription(new EmailSubscription(alarmEmail));
      // A topic with a policy has no longer the one that lets the account's alarms publish.
      this.#topic.addToResourcePolicy(
        new PolicyStatement({
          principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
          actions: ['sns:Publish'],
          resources: [this.#topic.topicArn],
          conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
        }),
      );
      if (props.budget !== undefined) budgetOf(this, props.budget, alarmEmail);
    }
    const metrics = metricsOf(this, props);
    this.#alarm('Errors', {
      metric: metrics.errors,
      above: 0,
      description: 'Requests were answered with a fault; the log of the function has it.',
    });
    this.#alarm('Throttles', {
      metric: metrics.throttles,
      above: 10,
      description: 'Requests were refused for their rate, by API Gateway or by Lambda.',
    });
    this.#alarm('Latency', {
      metric: metrics.p99,
      above: SLOW_MS,
      periods: [3, 3],
      description: 'One request in a hundred takes more than 10 seconds.',
    });
    this.#alarm('DeadFolds', {
      metric: metrics.deadFolds,
      above: 0,
      description: 'A fold failed again and again.',
    });
    this.#alarm('DeadPurges', {
      metric: metrics.deadPurges,
      above: 0,
      description: 'The remains of a deleted collection could not be taken away.',
    });
    this.#alarm('TailLength', {
      metric: metrics.tailLength,
      above: LONG_TAIL_FACTOR * props.foldAt,
      description: 'A tail grows faster than it is folded; searches become slow.',
    });
    this.#alarm('OldestPendingPurge', {
      metric: metrics.oldestPurge,
      above: LATE_PURGE.toSeconds(),
      description: 'Remains of a deleted collection are still there after six hours.',
    });
    this.#alarm('LostShards', {
      metric: metrics.lostShards,
      above: 0,
      description:
        'A search met a shard that is lost or damaged. Records answered; a fold makes it anew.',
    });
    this.#alarm('BackgroundErrors', {
      metric: metrics.backgroundErrors,
      above: 0,
      periods: [2, 3],
      description: 'Fold, purge, sweep, erase or the indexing of an upload dies again and again.',
    });
    this.#alarm('Scanners', {
      metric: metrics.scannerTrouble,
      above: 0,
      periods: [3, 3],
      description: 'Scan functions fail, or have more shards to go over than memory to keep them.',
    });
    this.#alarm('Refusals', {
      metric: metrics.refused,
      above: MANY_REFUSALS,
      description: 'Somebody tries keys, or a program has one that is no longer good.',
    });
    if (metrics.deadUploads !== undefined) {
      this.#alarm('DeadUploads', {
        metric: metrics.deadUploads,
        above: 0,
        description: 'Photographs could not be indexed; recollect redrive says why.',
      });
    }
    dashboard(this, metrics);
  }

  #alarm(id: string, { metric, above, description, periods = [1, 1] }: AlarmOptions): void {
    const alarm = new Alarm(this, id, {
      metric,
      threshold: above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      datapointsToAlarm: periods[0],
      evaluationPeriods: periods[1],
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: description,
    });
    if (this.#topic !== undefined) alarm.addAlarmAction(new SnsAction(this.#topic));
  }
}
