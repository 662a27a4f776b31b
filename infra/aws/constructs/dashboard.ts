/** What an owner may want to see, in one dashboard. */
import { Dashboard, GraphWidget, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { Metrics } from './metrics.ts';

export function dashboard(scope: Construct, metrics: Metrics): void {
  const graph = (title: string, ...left: IMetric[]) => new GraphWidget({ title, left, width: 8 });
  new Dashboard(scope, 'Dashboard', {
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
