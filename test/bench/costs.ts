/**
 * What a stack costs, from its template and AWS's list prices: `npm run bench:costs -- -c uploads=true`.
 *
 * Prices are those of us-east-1 in US dollars, as the pages named beside them had them. What is counted per request is what the code
 * asks for; durations are those of docs/measurements.md and `npm run bench:coldstart`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import cdk from '../../cdk.json' with { type: 'json' };
import { operations, withoutVideo } from '../../functions/operations.ts';
import { readConfiguration } from '../../infra/aws/configuration.ts';
import { RecollectStack } from '../../infra/aws/stack.ts';
import { command, list, runScript } from '../../infra/commands/cli/index.ts';

/** Dollars for one of each, and how many of them a month are free for ever. */
const PRICES = {
  // https://aws.amazon.com/lambda/pricing/
  lambdaGbSecond: { dollars: 0.0000133334, free: 400_000 },
  lambdaRequest: { dollars: 0.2e-6, free: 1e6 },
  // https://aws.amazon.com/sqs/pricing/
  sqsRequest: { dollars: 0.4e-6, free: 1e6 },
  sqsFifoRequest: { dollars: 0.5e-6, free: 0 },
  // https://aws.amazon.com/dynamodb/pricing/on-demand/
  readUnit: { dollars: 0.125e-6, free: 0 },
  writeUnit: { dollars: 0.625e-6, free: 0 },
  // https://aws.amazon.com/s3/pricing/
  s3List: { dollars: 5e-6, free: 0 },
  s3Get: { dollars: 0.4e-6, free: 0 },
  // https://aws.amazon.com/cloudwatch/pricing/
  alarmMetric: { dollars: 0.1, free: 10 },
  customMetric: { dollars: 0.3, free: 10 },
  dashboard: { dollars: 3, free: 3 },
  logGb: { dollars: 0.5, free: 5 },
  // https://aws.amazon.com/api-gateway/pricing/
  apiRequest: { dollars: 3.5e-6, free: 0 },
} as const;

type Item = keyof typeof PRICES;
type Bill = Partial<Record<Item, number>>;

const MONTH_SECONDS = 30 * 24 * 3600;
/** Lambda keeps five polls open on a queue, each for 20 seconds. */
const POLLS = (5 * MONTH_SECONDS) / 20;
const SWEEPS = MONTH_SECONDS / (15 * 60);
/** Of a stack without requests. */
const COLLECTIONS = 10;
/** Eleven of the sweep, and one of the function that looks for expired faces. */
const READS_OF_A_COLLECTION = 12;
const GB = 2 ** 30;

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

function resourcesOf(context: Readonly<Record<string, unknown>>): Resource[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'recollect-costs-'));
  try {
    const app = new App({
      outdir: path.join(folder, 'assembly'),
      context: { ...cdk.context, 'aws:cdk:disable-stack-trace': true },
      treeMetadata: false,
    });
    const configuration = readConfiguration(context);
    const stack = new RecollectStack(app, {
      configuration,
      operations: configuration.video ? operations : withoutVideo,
      faceModel: '1.0',
      bundle: () => import.meta.dirname,
      layer: import.meta.dirname,
      decoder: configuration.video ? import.meta.dirname : undefined,
      web: configuration.sdk === 'web-function' ? import.meta.dirname : undefined,
    });
    const template: { Resources: Record<string, Resource> } = app
      .synth()
      .getStackArtifact(stack.artifactId).template;
    return Object.values(template.Resources);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A month in which nobody asks for anything. */
function idle(resources: readonly Resource[]): Bill {
  const ofType = (type: string) => resources.filter(({ Type }) => Type === type);
  const alarms = ofType('AWS::CloudWatch::Alarm').map(({ Properties }) => {
    const metrics = (Properties['Metrics'] ?? []) as { MetricStat?: unknown }[];
    return Math.max(1, metrics.filter(({ MetricStat }) => MetricStat !== undefined).length);
  });
  const queues = ofType('AWS::Lambda::EventSourceMapping').length;
  const runs = ofType('AWS::Events::Rule').length * SWEEPS;
  // One of the queues, that of folds, is FIFO.
  return {
    sqsFifoRequest: POLLS,
    sqsRequest: (queues - 1) * POLLS,
    lambdaRequest: runs,
    lambdaGbSecond: runs * 0.5 * 0.5,
    readUnit: SWEEPS * COLLECTIONS * READS_OF_A_COLLECTION,
    // All shards of the bucket are listed, a thousand at a time.
    s3List: SWEEPS,
    alarmMetric: alarms.reduce((sum, one) => sum + one, 0),
    // TailLength and OldestPendingPurge; the others only while there is something to say.
    customMetric: 2,
    dashboard: ofType('AWS::CloudWatch::Dashboard').length,
    logGb: (runs * 2000) / GB,
  };
}

const PROCESSOR_GB = 1769 / 1024;
/** A thousand requests; the log line of a request with what Lambda writes about it has about 800 bytes. */
const thousand = (seconds: number, more: Bill): Bill => ({
  lambdaRequest: 1000,
  lambdaGbSecond: 1000 * seconds * PROCESSOR_GB,
  logGb: (1000 * 800) / GB,
  ...more,
});

const MINUTES = 60;
/**
 * An hour of video in parts of a minute: each is a message that is sent, received and deleted, some thirty reads by
 * range, an object of results that is written, read and deleted, and a transaction of the job.
 *
 * @param seconds of a processor for each second of video
 */
const videoHour = (seconds: number): Bill => ({
  lambdaRequest: MINUTES + 3,
  lambdaGbSecond: 3600 * seconds * PROCESSOR_GB,
  sqsRequest: 3 * (MINUTES + 3),
  s3Get: 32 * MINUTES,
  writeUnit: 8 * MINUTES,
  readUnit: 12 * MINUTES,
  logGb: (MINUTES * 2000) / GB,
});

/** Of two megapixels with one face, from the faster to the slower processor. */
const REQUESTS: Readonly<Record<string, readonly [Bill, Bill]>> = {
  // A transaction of four items: face, tail, counter, and a check; each unit counts twice.
  '1,000 IndexFaces': [
    thousand(0.25, { writeUnit: 14_000, readUnit: 2000 }),
    thousand(0.9, { writeUnit: 14_000, readUnit: 2000 }),
  ],
  '1,000 SearchFacesByImage': [
    thousand(0.25, { readUnit: 8000 }),
    thousand(0.9, { readUnit: 30_000 }),
  ],
  '1,000 ListFaces': [thousand(0.02, { readUnit: 20_000 }), thousand(0.06, { readUnit: 60_000 })],
  '1,000 refused': [thousand(0.003, {}), thousand(0.006, {})],
  // What `npm run bench:video` measures, 0.6 processor seconds for each, on that processor and on one 3.6 times as slow.
  'an hour of video, searched': [videoHour(0.6), videoHour(0.6 * 3.6)],
  '1,000 through API Gateway, besides': [{ apiRequest: 1000 }, { apiRequest: 1000 }],
};

function dollars(bill: Bill, isFree: boolean): number {
  return Object.entries(PRICES).reduce((sum, [name, price]) => {
    const amount = bill[name as Item] ?? 0;
    return sum + Math.max(0, amount - (isFree ? price.free : 0)) * price.dollars;
  }, 0);
}

const shown = (amount: number) => (amount < 0.1 ? amount.toPrecision(2) : amount.toFixed(2));

await runScript(
  command({
    name: 'bench:costs',
    summary: 'what a stack costs, from its template and list prices',
    options: {
      c: list({
        placeholder: 'NAME=VALUE',
        help: 'a setting of the stack, as for recollect deploy',
      }),
    },
    run: async ({ options }, { print }) => {
      const settings = Object.fromEntries(options.c.map((one) => one.split('=')));
      const bill = idle(resourcesOf(settings));
      print('Idle, a month                amount        dollars');
      for (const [name, amount] of Object.entries(bill)) {
        const cost = amount * PRICES[name as Item].dollars;
        print(`  ${name.padEnd(22)}${amount.toFixed(2).padStart(13)}${shown(cost).padStart(15)}`);
      }
      print(
        `  all of it                                ${shown(dollars(bill, false)).padStart(9)}`,
      );
      print(`  less what is always free                 ${shown(dollars(bill, true)).padStart(9)}`);
      print('Requests, without what is free');
      for (const [name, [least, most]] of Object.entries(REQUESTS)) {
        print(
          `  ${name.padEnd(38)}${shown(dollars(least, false))} to ${shown(dollars(most, false))}`,
        );
      }
      return 0;
    },
  }),
);
