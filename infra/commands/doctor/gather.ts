/** Asks AWS what it knows of a stack. */
import {
  CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import {
  GetAccountSettingsCommand,
  GetFunctionConcurrencyCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import {
  GetTopicAttributesCommand,
  paginateListSubscriptionsByTopic,
  SNSClient,
} from '@aws-sdk/client-sns';
import { Failure } from '../cli/index.ts';
import type { AlarmFacts, StackFacts, TopicFacts } from './facts.ts';

export interface Deployed {
  readonly status: string;
  readonly outputs: ReadonlyMap<string, string>;
  /** Physical names by logical id, of one type. */
  resources(type: string): ReadonlyMap<string, string>;
}

/** @throws Failure where there is no such stack */
export async function findStack(name: string): Promise<Deployed> {
  const client = new CloudFormationClient({});
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
    const [stack] = Stacks;
    const found: { readonly type: string; readonly id: string; readonly name: string }[] = [];
    for await (const { StackResourceSummaries = [] } of paginateListStackResources(
      { client },
      { StackName: name },
    )) {
      for (const {
        ResourceType,
        LogicalResourceId,
        PhysicalResourceId,
      } of StackResourceSummaries) {
        found.push({
          type: ResourceType ?? '',
          id: LogicalResourceId ?? '',
          name: PhysicalResourceId ?? '',
        });
      }
    }
    return {
      status: stack?.StackStatus ?? 'UNKNOWN',
      outputs: new Map(
        (stack?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [
          OutputKey,
          OutputValue,
        ]),
      ),
      resources: (type) =>
        new Map(found.filter((one) => one.type === type).map((one) => [one.id, one.name])),
    };
  } catch (error) {
    if (error instanceof Error && /does not exist/.test(error.message)) {
      throw new Failure(`There is no stack ${name} in this region: npx recollect deploy`, {
        cause: error,
      });
    }
    throw error;
  } finally {
    client.destroy();
  }
}

export async function readAlarms(stack: Deployed): Promise<AlarmFacts[]> {
  const named = new Map(
    [...stack.resources('AWS::CloudWatch::Alarm')].map(([id, name]) => [name, shortName(id)]),
  );
  if (named.size === 0) return [];
  const client = new CloudWatchClient({});
  const alarms: AlarmFacts[] = [];
  try {
    for await (const { MetricAlarms = [] } of paginateDescribeAlarms(
      { client },
      { AlarmNames: [...named.keys()] },
    )) {
      for (const { AlarmName = '', StateValue = '', AlarmActions = [] } of MetricAlarms) {
        alarms.push({
          name: named.get(AlarmName) ?? AlarmName,
          state: StateValue,
          topics: AlarmActions,
        });
      }
    }
    return alarms;
  } finally {
    client.destroy();
  }
}

export async function readTopics(arns: Iterable<string>): Promise<TopicFacts[]> {
  const client = new SNSClient({});
  try {
    const topics: TopicFacts[] = [];
    for (const arn of new Set(arns)) {
      const { Attributes = {} } = await client.send(
        new GetTopicAttributesCommand({ TopicArn: arn }),
      );
      let [confirmed, unconfirmed] = [0, 0];
      for await (const { Subscriptions = [] } of paginateListSubscriptionsByTopic(
        { client },
        { TopicArn: arn },
      )) {
        for (const { SubscriptionArn = '' } of Subscriptions) {
          if (SubscriptionArn.startsWith('arn:')) confirmed += 1;
          else unconfirmed += 1;
        }
      }
      const takesAlarms = letsAlarmsPublish(Attributes['Policy'] ?? '');
      topics.push({ arn, takesAlarms, confirmed, unconfirmed });
    }
    return topics;
  } finally {
    client.destroy();
  }
}

/** Whether a policy lets CloudWatch publish, or the account, as that of a new topic does. */
export function letsAlarmsPublish(policy: string): boolean {
  if (policy === '') return false;
  const { Statement = [] } = JSON.parse(policy) as {
    Statement?: { Effect?: string; Action?: string | string[]; Principal?: unknown }[];
  };
  return Statement.some(
    ({ Effect, Action, Principal }) =>
      Effect === 'Allow' &&
      [Action].flat().some((one) => /^sns:(Publish|\*)$/i.test(one ?? '')) &&
      /"cloudwatch\.amazonaws\.com"|"\*"/.test(JSON.stringify(Principal)),
  );
}

export async function readConcurrency(
  stack: Deployed,
): Promise<Pick<StackFacts, 'accountConcurrency' | 'sdkConcurrency' | 'isWeb'>> {
  const client = new LambdaClient({});
  try {
    const { AccountLimit } = await client.send(new GetAccountSettingsCommand({}));
    const functions = [...stack.resources('AWS::Lambda::Function')];
    const [, dispatcher] = functions.find(([id]) => id.startsWith('FunctionsDispatcher')) ?? [];
    const isWeb = stack.resources('AWS::Lambda::WebFunction').size > 0;
    const reserved =
      dispatcher === undefined
        ? undefined
        : (await client.send(new GetFunctionConcurrencyCommand({ FunctionName: dispatcher })))
            .ReservedConcurrentExecutions;
    return {
      accountConcurrency: AccountLimit?.ConcurrentExecutions ?? 0,
      sdkConcurrency: reserved,
      isWeb,
    };
  } finally {
    client.destroy();
  }
}

/** `MonitoringErrors1A2B3C4D` is the alarm Errors. */
function shortName(logicalId: string): string {
  return logicalId.replace(/^Monitoring/, '').replace(/[0-9A-F]{8}$/, '');
}
