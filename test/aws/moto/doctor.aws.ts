/** `recollect doctor`, as an owner runs it: CloudFormation, CloudWatch, SNS and Parameter Store are moto's. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { present } from '../../support/programs.ts';
import { recollect } from '../../support/recollect.ts';
import { deployIntoMoto, type InMoto } from './deployment.ts';
import { dropSignatures } from './dropping.ts';
import { REGION } from './policies.ts';
import { MOTO } from './server.ts';

const NAME = 'Examined';

describe.runIf(present(MOTO.command, MOTO.args))('recollect doctor', () => {
  let here: InMoto;
  const closers: (() => Promise<unknown>)[] = [];
  let lambda: string;
  let client: { endpoint: string; region: string; credentials: object } & Record<string, unknown>;

  beforeAll(async () => {
    here = await deployIntoMoto({ stackName: NAME });
    closers.push(here.close);
    const dropping = await dropSignatures(here.httpEndpoint);
    closers.unshift(dropping.close);
    const limits = await startLimits();
    closers.unshift(limits.close);
    lambda = limits.endpoint;
    client = {
      endpoint: here.moto,
      region: REGION,
      credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
    };
    const cloudFormation = new CloudFormationClient(client as never);
    await cloudFormation.send(
      new CreateStackCommand({
        StackName: NAME,
        TemplateBody: JSON.stringify(template(here.sdkEndpoint, `${dropping.endpoint}/v1/`)),
      }),
    );
    cloudFormation.destroy();
  }, 300_000);
  afterAll(async () => {
    for (const closer of closers) await closer();
  });

  const examine = (...args: string[]) =>
    recollect(['doctor', '--stack', NAME, ...args], {
      AWS_ENDPOINT_URL: here.moto,
      AWS_ENDPOINT_URL_LAMBDA: lambda,
      AWS_ENDPOINT_URL_REKOGNITION: '',
      AWS_ACCESS_KEY_ID: 'testing',
      AWS_SECRET_ACCESS_KEY: 'testing',
      AWS_REGION: REGION,
    });

  it('says what works, at both addresses, and what there is to mind', async () => {
    // Nobody has confirmed to be told: that does not work.
    const printed = await examine().then(String, (error: { stdout: string }) => error.stdout);
    expect(printed).toMatch(/^ok {4}SdkEndpoint, signed +http/m);
    expect(printed).toMatch(/^ok {4}SdkEndpoint, bearer +http/m);
    expect(printed).toMatch(/^ok {4}HttpEndpoint, signed +API Gateway drops signatures/m);
    expect(printed).toMatch(/^ok {4}HttpEndpoint, bearer +http/m);
    expect(printed).toMatch(/^ok {4}Layer and models +A picture was looked at/m);
    expect(printed).toMatch(/^mind {2}Concurrency .* -c sdkConcurrency=20/m);
    expect(printed).toMatch(/Alarms/);
  });

  it('names the alarm that rings', async () => {
    const cloudWatch = new CloudWatchClient(client as never);
    const { MetricAlarms = [] } = await cloudWatch.send(new DescribeAlarmsCommand({}));
    await cloudWatch.send(
      new SetAlarmStateCommand({
        AlarmName: MetricAlarms[0]?.AlarmName,
        StateValue: 'ALARM',
        StateReason: 'a test',
      }),
    );
    cloudWatch.destroy();
    const printed = await examine('--json').then(
      String,
      (error: { stdout: string }) => error.stdout,
    );
    expect(printed).toContain('Ringing: DeadFolds');
  });

  it('leaves no key behind', async () => {
    const keys = await recollect(['keys', 'list', '--stack', NAME], {
      AWS_ENDPOINT_URL: here.moto,
      AWS_ACCESS_KEY_ID: 'testing',
      AWS_SECRET_ACCESS_KEY: 'testing',
      AWS_REGION: REGION,
    });
    expect(keys).not.toContain('doctor');
  });

  it('says so where there is no such stack', async () => {
    await expect(
      recollect(['doctor', '--stack', 'Other'], {
        AWS_ENDPOINT_URL: here.moto,
        AWS_ACCESS_KEY_ID: 'testing',
        AWS_SECRET_ACCESS_KEY: 'testing',
        AWS_REGION: REGION,
      }),
    ).rejects.toThrow('There is no stack Other in this region');
  });
});

/** What moto makes of a stack: alarms that publish to a topic, and the outputs. */
function template(sdk: string, http: string): object {
  return {
    Resources: {
      MonitoringTopic0A1B2C3D: { Type: 'AWS::SNS::Topic', Properties: {} },
      MonitoringDeadFolds0A1B2C3D: {
        Type: 'AWS::CloudWatch::Alarm',
        Properties: {
          MetricName: 'ApproximateNumberOfMessagesVisible',
          Namespace: 'AWS/SQS',
          Statistic: 'Maximum',
          Period: 300,
          EvaluationPeriods: 1,
          Threshold: 0,
          ComparisonOperator: 'GreaterThanThreshold',
          AlarmActions: [{ Ref: 'MonitoringTopic0A1B2C3D' }],
        },
      },
    },
    Outputs: { SdkEndpoint: { Value: sdk }, HttpEndpoint: { Value: http } },
  };
}

/** What moto does not know of Lambda: how many executions the account allows. */
async function startLimits(): Promise<{ endpoint: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    const isSettings = /account-settings/.test(request.url ?? '');
    response.end(
      JSON.stringify(
        isSettings
          ? { AccountLimit: { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 1000 } }
          : {},
      ),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
