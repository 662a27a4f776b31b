/**
 * Alarms on what an owner must know of, and a dashboard of what they may want to see.
 *
 * CloudWatch charges for an alarm by the metrics that it reads, and adds metrics only where each has a value: a
 * metric that speaks only of trouble is filled with zeros before it is added to another.
 */
import { Aws, Duration } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  MathExpression,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { METRIC, METRIC_NAMESPACE } from '../../../functions/lambda/telemetry.ts';
import type { BackgroundFunctions } from './background-functions.ts';
import type { Queues } from './queues.ts';
import type { Uploads } from './uploads.ts';

export interface MonitoringProps {
  readonly stackName: string;
  readonly api: RestApi | undefined;
  readonly accessLog: LogGroup | undefined;
  /** The function with an address of its own; undefined where that is a web function, which counts by itself. */
  readonly addressed: IFunction | undefined;
  readonly queues: Queues;
  readonly background: BackgroundFunctions;
  readonly uploads: Uploads | undefined;
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
const PERIOD = Duration.minutes(5);
/** The sweep runs, and measures, every 15 minutes. */
const SWEEP_EVERY = Duration.minutes(15);
const SWEEP_PERIOD = Duration.minutes(30);
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
    this.#dashboard(metrics);
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

  #dashboard(metrics: ReturnType<typeof metricsOf>): void {
    const graph = (title: string, ...left: IMetric[]) => new GraphWidget({ title, left, width: 8 });
    new Dashboard(this, 'Dashboard', {
      widgets: [
        [
          graph('Requests', metrics.requests, metrics.throttles),
          graph('Latency', metrics.p50, metrics.p99),
          graph('Errors', metrics.errors, metrics.refused, metrics.backgroundErrors),
        ],
        [
          graph('Longest tail', metrics.tailLength, metrics.lostShards),
          graph('Oldest pending purge', metrics.oldestPurge),
          graph('Dead letters', ...metrics.deadLetters),
        ],
        [graph('Scan functions', metrics.failedScans, metrics.scannerOverflows)],
      ],
    });
  }
}

function budgetOf(scope: Construct, amount: number, address: string): void {
  const notice = (notificationType: 'ACTUAL' | 'FORECASTED', threshold: number) => ({
    notification: { comparisonOperator: 'GREATER_THAN', notificationType, threshold },
    subscribers: [{ subscriptionType: 'EMAIL', address }],
  });
  new CfnBudget(scope, 'Budget', {
    budget: { budgetType: 'COST', timeUnit: 'MONTHLY', budgetLimit: { amount, unit: 'USD' } },
    notificationsWithSubscribers: [notice('ACTUAL', 80), notice('FORECASTED', 100)],
  });
}

/** The sum, or the largest, of metrics of which each is silent while there is nothing to say. */
function together(
  how: 'sum' | 'largest',
  label: string,
  metrics: readonly IMetric[],
  period = PERIOD,
) {
  // Unique in a graph, where several are drawn.
  const names = metrics.map((_, index) => `${label.toLowerCase().replaceAll(/\W/g, '')}${index}`);
  const filled = names.map((name) => `FILL(${name}, 0)`);
  return new MathExpression({
    label,
    expression: how === 'sum' ? filled.join(' + ') : `MAX([${filled.join(', ')}])`,
    period,
    usingMetrics: Object.fromEntries(
      metrics.map((metric, index): [string, IMetric] => [names[index]!, metric]),
    ),
  });
}

function metricsOf(scope: Construct, props: MonitoringProps) {
  const { api, addressed, queues, background, stackName, accessLog } = props;
  const sum = { period: PERIOD, statistic: Stats.SUM };
  const own = (metricName: string, statistic: string, period: Duration) =>
    new Metric({
      namespace: METRIC_NAMESPACE,
      metricName,
      dimensionsMap: { service: stackName },
      statistic,
      period,
    });
  const ofUrl = (metricName: string, statistic: string) =>
    addressed === undefined ? [] : [addressed.metric(metricName, { period: PERIOD, statistic })];
  const ofWeb = (metricName: string, statistic: string) =>
    addressed === undefined ? [own(metricName, statistic, PERIOD)] : [];
  const ofApi = (metric: (api: RestApi) => Metric) => (api === undefined ? [] : [metric(api)]);
  // What API Gateway and Lambda refuse; the access log, if there is one, has both.
  const refusedForRate =
    accessLog === undefined
      ? []
      : [
          new MetricFilter(scope, 'ThrottleFilter', {
            logGroup: accessLog,
            filterPattern: FilterPattern.any(
              FilterPattern.stringValue('$.status', '=', '429'),
              FilterPattern.stringValue('$.integrationStatus', '=', '429'),
            ),
            metricNamespace: METRIC_NAMESPACE,
            metricName: `${stackName}-Throttles`,
          }).metric(sum),
        ];
  const { fold, purge, sweep, erase } = background;
  const ingest = props.uploads?.ingest;
  const waiting = (queue: Queue) =>
    queue.metricApproximateNumberOfMessagesVisible({ period: PERIOD, statistic: Stats.MAXIMUM });
  const latency = (percentile: number) => {
    const statistic = Stats.p(percentile);
    return together('largest', `p${percentile}`, [
      ...ofApi((one) => one.metricLatency({ period: PERIOD, statistic })),
      ...ofUrl('UrlRequestLatency', statistic),
      ...ofWeb(METRIC.latency, statistic),
    ]);
  };
  const deadFolds = waiting(queues.deadFolds);
  const deadPurges = waiting(queues.deadPurges);
  const deadUploads = props.uploads && waiting(props.uploads.deadLetters);
  const failedScans = own(METRIC.failedScans, Stats.SUM, PERIOD);
  const scannerOverflows = own(METRIC.scannerOverflow, Stats.SAMPLE_COUNT, PERIOD);
  const died = { period: SWEEP_EVERY, statistic: Stats.SUM };
  return {
    requests: together('sum', 'Requests', [
      ...ofApi((one) => one.metricCount(sum)),
      ...ofUrl('UrlRequestCount', Stats.SUM),
      ...ofWeb(METRIC.latency, Stats.SAMPLE_COUNT),
    ]),
    errors: together('sum', 'Faults', [
      ...ofApi((one) => one.metricServerError(sum)),
      ...ofUrl('Url5xxCount', Stats.SUM),
      ...ofWeb(METRIC.faults, Stats.SUM),
    ]),
    p50: latency(50),
    p99: latency(99),
    throttles: together('sum', 'Throttled', [
      ...refusedForRate,
      // Of all functions of the account in this region, since that is whose limit it is.
      new Metric({ namespace: 'AWS/Lambda', metricName: 'Throttles', ...sum }),
    ]),
    refused: own(METRIC.refused, Stats.SUM, PERIOD),
    deadFolds,
    deadPurges,
    deadUploads,
    deadLetters: [deadFolds, deadPurges, ...(deadUploads === undefined ? [] : [deadUploads])],
    tailLength: own(METRIC.tailLength, Stats.MAXIMUM, SWEEP_PERIOD),
    lostShards: own(METRIC.lostShards, Stats.SUM, PERIOD),
    oldestPurge: own(METRIC.oldestPurge, Stats.MAXIMUM, SWEEP_PERIOD),
    failedScans,
    scannerOverflows,
    scannerTrouble: together('sum', 'Failed scans and overflows', [failedScans, scannerOverflows]),
    backgroundErrors: together(
      'sum',
      'Background errors',
      [fold, purge, sweep, erase, ...(ingest === undefined ? [] : [ingest])].map((one) =>
        one.function.metricErrors(died),
      ),
      SWEEP_EVERY,
    ),
  };
}
