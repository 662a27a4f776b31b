/** Every alarm rings in the situation that it is for, and in no quieter one; and who is to be told is told. */
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { type Point, rings } from './cloudwatch.ts';
import { only, synthesise } from './template.ts';

const all = synthesise({ uploads: true, alarmEmail: 'owner@example.org', accessLog: 'new-role' });
const sdkOnly = synthesise({ gateway: false });

const every = (minutes: number, until: number, point: Omit<Point, 'at'>): Point[] =>
  Array.from({ length: Math.floor(until / minutes) }, (_, index) => ({
    ...point,
    at: index * minutes,
  }));

/** By alarm: what rings it, and what does not. Over two hours. */
const SITUATIONS: Readonly<Record<string, { loud: Point[]; quiet: Point[] }>> = {
  Errors: {
    // One fault at the address of SDKs, while nobody uses API Gateway.
    loud: [{ metric: 'Url5xxCount', at: 7, value: 1 }],
    quiet: every(1, 60, { metric: 'UrlRequestCount', value: 9 }),
  },
  Throttles: {
    loud: every(1, 5, { metric: 'Throttles', value: 3 }),
    quiet: every(10, 60, { metric: 'Throttles', value: 3 }),
  },
  Latency: {
    loud: every(1, 20, { metric: 'UrlRequestLatency', value: 12_000 }),
    // A cold start.
    quiet: [{ metric: 'UrlRequestLatency', at: 3, value: 12_000 }],
  },
  DeadFolds: {
    loud: [
      { metric: 'ApproximateNumberOfMessagesVisible', of: 'QueuesDeadFolds', at: 5, value: 1 },
    ],
    quiet: [
      { metric: 'ApproximateNumberOfMessagesVisible', of: 'QueuesDeadPurges', at: 5, value: 1 },
    ],
  },
  DeadPurges: {
    loud: [
      { metric: 'ApproximateNumberOfMessagesVisible', of: 'QueuesDeadPurges', at: 5, value: 1 },
    ],
    quiet: every(5, 60, {
      metric: 'ApproximateNumberOfMessagesVisible',
      of: 'QueuesDeadPurges',
      value: 0,
    }),
  },
  DeadUploads: {
    loud: [
      { metric: 'ApproximateNumberOfMessagesVisible', of: 'UploadsDeadLetters', at: 5, value: 1 },
    ],
    quiet: [],
  },
  TailLength: {
    loud: every(15, 60, { metric: 'TailLength', value: 10_001 }),
    quiet: every(15, 60, { metric: 'TailLength', value: 9000 }),
  },
  OldestPendingPurge: {
    loud: every(15, 60, { metric: 'OldestPendingPurge', value: 7 * 3600 }),
    quiet: every(15, 60, { metric: 'OldestPendingPurge', value: 5 * 3600 }),
  },
  LostShards: { loud: [{ metric: 'LostShards', at: 2, value: 1 }], quiet: [] },
  // The sweep dies each time that it runs, and nothing else happens.
  BackgroundErrors: {
    loud: every(15, 60, { metric: 'Errors', of: 'BackgroundSweep', value: 1 }),
    quiet: [{ metric: 'Errors', of: 'BackgroundFold', at: 20, value: 1 }],
  },
  Scanners: {
    loud: [
      { metric: 'FailedScans', at: 1, value: 1 },
      { metric: 'ScannerOverflow', at: 6, value: 100e6 },
      { metric: 'FailedScans', at: 11, value: 2 },
    ],
    quiet: [{ metric: 'FailedScans', at: 1, value: 5 }],
  },
  Refusals: {
    loud: every(1, 5, { metric: 'RefusedRequests', value: 300 }),
    quiet: every(1, 120, { metric: 'RefusedRequests', value: 50 }),
  },
};

describe('every alarm', () => {
  const alarms = (of: typeof all) =>
    Object.entries(of.resources).filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm');

  it('has a situation here', () => {
    const names = alarms(all).map(([id]) => id.replace(/^Monitoring(\w+)[0-9A-F]{8}$/, '$1'));
    expect(names.sort()).toEqual(Object.keys(SITUATIONS).sort());
  });

  it.each(Object.entries(SITUATIONS))('%s rings for what it is for', (name, { loud, quiet }) => {
    const alarm = only(all, 'AWS::CloudWatch::Alarm', `Monitoring${name}`);
    expect(rings(alarm, loud, 120)).toBe(true);
    expect(rings(alarm, quiet, 120)).toBe(false);
    expect(rings(alarm, [], 120)).toBe(false);
  });

  it('rings without API Gateway too', () => {
    for (const [id, alarm] of alarms(sdkOnly)) {
      const name = id.replace(/^Monitoring(\w+)[0-9A-F]{8}$/, '$1');
      expect([name, rings(alarm, SITUATIONS[name]?.loud ?? [], 120)]).toEqual([name, true]);
    }
  });

  it('counts what API Gateway answers as well', () => {
    const alarm = (name: string) => only(all, 'AWS::CloudWatch::Alarm', `Monitoring${name}`);
    expect(rings(alarm('Errors'), [{ metric: '5XXError', at: 7, value: 1 }], 60)).toBe(true);
    expect(rings(alarm('Latency'), every(1, 20, { metric: 'Latency', value: 11_000 }), 60)).toBe(
      true,
    );
    const refused = every(1, 5, { metric: 'Recollect-Throttles', value: 3 });
    expect(rings(alarm('Throttles'), refused, 60)).toBe(true);
  });
});

describe('who is to be told', () => {
  it('is told: alarms of this account may publish to the topic', () => {
    all.template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Allow',
            Action: 'sns:Publish',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          }),
        ]),
      },
    });
  });

  it('is told of a bill, at 80 percent and when more is foreseen', () => {
    all.template.hasResourceProperties('AWS::Budgets::Budget', {
      Budget: { BudgetType: 'COST', TimeUnit: 'MONTHLY', BudgetLimit: { Amount: 20, Unit: 'USD' } },
      NotificationsWithSubscribers: [
        {
          Notification: { NotificationType: 'ACTUAL', Threshold: 80 },
          Subscribers: [{ SubscriptionType: 'EMAIL', Address: 'owner@example.org' }],
        },
        { Notification: { NotificationType: 'FORECASTED', Threshold: 100 } },
      ],
    });
    sdkOnly.template.resourceCountIs('AWS::Budgets::Budget', 0);
  });
});
