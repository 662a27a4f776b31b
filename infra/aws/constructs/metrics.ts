/**
 * The metrics of a stack: of API Gateway, Lambda and SQS, and its own.
 *
 * CloudWatch charges for an alarm by the metrics that it reads, and adds metrics only where each has a value: a
 * metric that speaks only of trouble is filled with zeros before it is added to another.
 */
import { Duration } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { METRIC, METRIC_NAMESPACE } from '../../../functions/lambda/telemetry.ts';
import type { BackgroundFunctions } from './background-functions.ts';
import type { Queues } from './queues.ts';
import type { UploadPipeline } from './upload-pipeline.ts';

/** What is measured. */
export interface MeasuredParts {
  readonly stackName: string;
  readonly api: RestApi | undefined;
  readonly accessLog: LogGroup | undefined;
  /** The function with an address of its own; undefined where that is a web function, which counts by itself. */
  readonly addressed: IFunction | undefined;
  readonly queues: Queues;
  readonly background: BackgroundFunctions;
  readonly uploads: UploadPipeline | undefined;
}

const PERIOD = Duration.minutes(5);
/** The sweep runs, and measures, every 15 minutes. */
const SWEEP_EVERY = Duration.minutes(15);
const SWEEP_PERIOD = Duration.minutes(30);

export type Metrics = ReturnType<typeof metricsOf>;

/** @returns what is shown and what alarms are set on */
export function metricsOf(scope: Construct, props: MeasuredParts) {
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
