/**
 * Alarms on what an owner must know of, and a dashboard of what they may want to see.
 *
 * CloudWatch charges for metrics and alarms beyond ten of each; only the alarm of uploads is the eleventh.
 */
import { Duration } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
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
  readonly api: RestApi;
  readonly accessLog: LogGroup;
  readonly queues: Queues;
  readonly background: BackgroundFunctions;
  readonly uploads: Uploads | undefined;
  readonly foldAt: number;
  readonly alarmEmail: string | undefined;
}

/** A request of 29 seconds fails; long before that something is wrong. */
const SLOW_MS = 10_000;
/** Folds do not keep up with what is stored. */
const LONG_TAIL_FACTOR = 20;
/** The sweep has asked for it several times. */
const LATE_PURGE = Duration.hours(6);
const PERIOD = Duration.minutes(5);
/** The sweep measures every 15 minutes. */
const SWEEP_PERIOD = Duration.minutes(30);

interface AlarmOptions {
  readonly metric: IMetric;
  readonly above: number;
  readonly description: string;
  readonly periods?: number;
}

export class Monitoring extends Construct {
  readonly #topic: Topic | undefined;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    const { alarmEmail } = props;
    if (alarmEmail !== undefined) {
      this.#topic = new Topic(this, 'Topic', { enforceSSL: true });
      this.#topic.addSubscription(new EmailSubscription(alarmEmail));
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
      periods: 3,
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
      periods: 2,
      description: 'A fold, a purge, a sweep or the indexing of an upload died.',
    });
    this.#alarm('Scanners', {
      metric: metrics.scannerTrouble,
      above: 0,
      periods: 3,
      description: 'Scan functions fail, or have more shards to go over than memory to keep them.',
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

  #alarm(id: string, { metric, above, description, periods = 1 }: AlarmOptions): void {
    const alarm = new Alarm(this, id, {
      metric,
      threshold: above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: periods,
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

function metricsOf(scope: Construct, props: MonitoringProps) {
  const { api, queues, background, stackName, accessLog } = props;
  const sum = { period: PERIOD, statistic: Stats.SUM };
  const own = (metricName: string, statistic: string, period: Duration) =>
    new Metric({
      namespace: METRIC_NAMESPACE,
      metricName,
      dimensionsMap: { service: stackName },
      statistic,
      period,
    });
  // API Gateway and Lambda each count what they refuse; the access log has both.
  const refusedForRate = new MetricFilter(scope, 'ThrottleFilter', {
    logGroup: accessLog,
    filterPattern: FilterPattern.any(
      FilterPattern.stringValue('$.status', '=', '429'),
      FilterPattern.stringValue('$.integrationStatus', '=', '429'),
    ),
    metricNamespace: METRIC_NAMESPACE,
    metricName: `${stackName}-Throttles`,
  });
  const { fold, purge, sweep } = background;
  const ingest = props.uploads?.ingest;
  const waiting = (queue: Queue) =>
    queue.metricApproximateNumberOfMessagesVisible({ period: PERIOD });
  const deadFolds = waiting(queues.deadFolds);
  const deadPurges = waiting(queues.deadPurges);
  const deadUploads = props.uploads && waiting(props.uploads.deadLetters);
  const failedScans = own(METRIC.failedScans, Stats.SUM, PERIOD);
  const scannerOverflows = own(METRIC.scannerOverflow, Stats.SAMPLE_COUNT, PERIOD);
  return {
    requests: api.metricCount({ ...sum, label: 'Requests' }),
    errors: api.metricServerError({ ...sum, label: 'Faults' }),
    p50: api.metricLatency({ period: PERIOD, statistic: Stats.p(50), label: 'p50' }),
    p99: api.metricLatency({ period: PERIOD, statistic: Stats.p(99), label: 'p99' }),
    throttles: refusedForRate.metric({ ...sum, label: 'Throttled' }),
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
    scannerTrouble: new MathExpression({
      label: 'Failed scans and overflows',
      expression: 'FILL(failed, 0) + FILL(overflows, 0)',
      period: PERIOD,
      usingMetrics: { failed: failedScans, overflows: scannerOverflows },
    }),
    backgroundErrors: new MathExpression({
      label: 'Background errors',
      expression: ingest === undefined ? 'fold + purge + sweep' : 'fold + purge + sweep + ingest',
      period: PERIOD,
      usingMetrics: {
        fold: fold.function.metricErrors(sum),
        purge: purge.function.metricErrors(sum),
        sweep: sweep.function.metricErrors(sum),
        ...(ingest === undefined ? {} : { ingest: ingest.function.metricErrors(sum) }),
      },
    }),
  };
}
