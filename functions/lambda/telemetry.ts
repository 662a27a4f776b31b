/**
 * Structured logs, and metrics in the embedded format that CloudWatch reads out of them. Neither ever
 * holds what a request contained.
 *
 * Only what API Gateway and SQS do not count by themselves is a metric, with one dimension, the stack
 * (`service`): every combination of dimensions is billed as a metric of its own. What an operation did and
 * how long it took is in its log line, for Logs Insights.
 */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { ErrorName, RequestLog } from '../../layers/protocol/index.ts';
import type { SweepFindings } from '../common/sweep.ts';

/** The metrics that dashboard and alarms read. */
export const METRIC = {
  refused: 'RefusedRequests',
  tailLength: 'TailLength',
  oldestPurge: 'OldestPendingPurge',
  failedScans: 'FailedScans',
  scannerOverflow: 'ScannerOverflow',
  lostShards: 'LostShards',
  /** These two where nothing in front counts requests. */
  latency: 'RequestLatency',
  faults: 'Faults',
} as const;

export const METRIC_NAMESPACE = 'Recollect';

/** Refusals by the check of who asks; a rise of them is somebody trying keys. */
const REFUSALS: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'ExpiredTokenException',
  'IncompleteSignatureException',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'UnrecognizedClientException',
] satisfies ErrorName[]);

export interface Telemetry {
  request(entry: RequestLog): void;
  /** Adds a request to what is counted where nothing in front does; {@link flush} writes it. */
  measured(entry: Pick<RequestLog, 'status' | 'milliseconds'>): void;
  flush(): void;
  warn(message: string, error: Error): void;
  info(message: string, details: Readonly<Record<string, string | number | boolean>>): void;
  sweep(findings: SweepFindings): void;
  /** A search met a tail that should have been folded. @param length vectors and deletions */
  longTail(length: number): void;
  /** A search met a shard that is lost or damaged. */
  shardLost(): void;
  /** An attempt of a scan function failed. */
  failedScan(error: Error): void;
  /** A scan function had to go over more bytes of shards than it can keep. */
  scannerOverflow(bytes: number): void;
}

let shared: Telemetry | undefined;

/** That of this execution environment. */
export function telemetry(): Telemetry {
  shared ??= createTelemetry();
  return shared;
}

function createTelemetry(): Telemetry {
  const logger = new Logger();
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE });
  const refusals = new Tally(Date.now, (number) => {
    metrics.addMetric(METRIC.refused, MetricUnit.Count, number);
    metrics.publishStoredMetrics();
  });
  return {
    request(entry) {
      const { requestId, operation = 'unknown', status, milliseconds, errorName, error } = entry;
      const { keyId, claimedKeyId, collection, faces } = entry;
      const line = {
        requestId,
        operation,
        status,
        milliseconds: Math.round(milliseconds),
        ...(keyId === undefined ? {} : { keyId }),
        ...(claimedKeyId === undefined ? {} : { claimedKeyId }),
        ...(collection === undefined ? {} : { collection }),
        ...(faces === undefined ? {} : { faces }),
        ...(errorName === undefined ? {} : { errorName }),
      };
      if (status >= 500) logger.error('fault', { ...line, ...(error && { error }) });
      else logger.info(errorName === undefined ? 'answered' : 'refused', line);
      if (errorName !== undefined && REFUSALS.has(errorName)) refusals.count();
    },
    measured({ status, milliseconds }) {
      metrics.addMetric(METRIC.latency, MetricUnit.Milliseconds, Math.round(milliseconds));
      if (status >= 500) metrics.addMetric(METRIC.faults, MetricUnit.Count, 1);
    },
    flush() {
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    },
    warn: (message, error) => logger.warn(message, { error }),
    info: (message, details) => logger.info(message, { ...details }),
    failedScan(error) {
      logger.warn('A scan function failed; it is asked again, or the search fails.', { error });
      metrics.addMetric(METRIC.failedScans, MetricUnit.Count, 1);
      metrics.publishStoredMetrics();
    },
    scannerOverflow(bytes) {
      metrics.addMetric(METRIC.scannerOverflow, MetricUnit.Bytes, bytes);
      metrics.publishStoredMetrics();
    },
    sweep({ longestTail, oldestPurge, collected }) {
      logger.info('sweep', { longestTail, oldestPurge, collected });
      metrics.addMetric(METRIC.tailLength, MetricUnit.Count, longestTail);
      metrics.addMetric(METRIC.oldestPurge, MetricUnit.Seconds, oldestPurge);
      metrics.publishStoredMetrics();
    },
    longTail(length) {
      metrics.addMetric(METRIC.tailLength, MetricUnit.Count, length);
      metrics.publishStoredMetrics();
    },
    shardLost() {
      metrics.addMetric(METRIC.lostShards, MetricUnit.Count, 1);
      metrics.publishStoredMetrics();
    },
  };
}

const TALLY_MS = 1000;

/** Tells how often something has happened, at most once a second: whoever floods the service pays for no log lines. */
export class Tally {
  readonly #now: () => number;
  readonly #tell: (number: number) => void;
  #number = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(now: () => number, tell: (number: number) => void) {
    this.#now = now;
    this.#tell = tell;
  }

  count(): void {
    this.#number += 1;
    if (this.#now() - this.#toldAt < TALLY_MS) return;
    this.#toldAt = this.#now();
    this.#tell(this.#number);
    this.#number = 0;
  }
}
