/**
 * A Lambda function of this project: its bundle, its log group, and a role that may write to that log
 * group and do what the given permissions say.
 */
import type { Duration } from 'aws-cdk-lib';
import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILayerVersion } from 'aws-cdk-lib/aws-lambda';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Variable } from '../../../functions/lambda/environment.ts';
import { METRIC_NAMESPACE } from '../../../functions/lambda/telemetry.ts';
import type { Permission } from './permissions.ts';

/** The Node.js that is supported longest; the native packages use Node-API, which is the same in all. */
export const RUNTIME = Runtime.NODEJS_24_X;

/** What all functions of a stack have in common. */
export interface RuntimeSettings {
  /** The folder of a bundle. */
  readonly bundle: (name: string) => string;
  readonly architecture: 'arm64' | 'x64';
  readonly logRetention: RetentionDays;
  readonly tracing: boolean;
  /** The dimension of its metrics. */
  readonly stackName: string;
}

export interface RuntimeFunctionProps {
  readonly settings: RuntimeSettings;
  readonly description: string;
  /** The name of the bundle, where it is not that of the construct. */
  readonly bundle?: string;
  /** MB. */
  readonly memory: number;
  readonly timeout: Duration;
  readonly environment: Readonly<Partial<Record<Variable, string>>>;
  /** What it may do, or a role and a log group that it has in common with others. */
  readonly permissions: readonly Permission[] | Runner;
  readonly layers?: readonly ILayerVersion[];
  readonly reservedConcurrency?: number | undefined;
}

/** As whom code runs, and where it writes its log. */
export class Runner {
  readonly role: Role;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, permissions: readonly Permission[], logRetention: RetentionDays) {
    this.logGroup = new LogGroup(scope, 'Logs', {
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const log = new PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [this.logGroup.logGroupArn],
    });
    // In the role: a policy of its own would be one more of the 500 resources that a stack may have.
    this.role = new Role(scope, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: {
        Access: new PolicyDocument({
          statements: [...permissions.map(({ statement }) => statement), log],
        }),
      },
    });
    for (const { wildcard } of permissions) {
      if (wildcard !== undefined) Validations.of(this.role).acknowledge(wildcard);
    }
  }
}

export class RuntimeFunction extends Construct {
  readonly function: LambdaFunction;

  /** @param id also the name of the bundle, unless that is given */
  constructor(scope: Construct, id: string, props: RuntimeFunctionProps) {
    super(scope, id);
    const { settings, reservedConcurrency } = props;
    const { role, logGroup } =
      props.permissions instanceof Runner
        ? props.permissions
        : new Runner(this, props.permissions, settings.logRetention);
    this.function = new LambdaFunction(this, 'Function', {
      description: props.description,
      runtime: RUNTIME,
      architecture: settings.architecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
      code: Code.fromAsset(settings.bundle(props.bundle ?? id)),
      handler: 'index.handler',
      memorySize: props.memory,
      timeout: props.timeout,
      layers: [...(props.layers ?? [])],
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      tracing: settings.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      environment: {
        ...props.environment,
        NODE_OPTIONS: '--enable-source-maps',
        POWERTOOLS_SERVICE_NAME: settings.stackName,
        POWERTOOLS_METRICS_NAMESPACE: METRIC_NAMESPACE,
      },
      ...(reservedConcurrency === undefined
        ? {}
        : { reservedConcurrentExecutions: reservedConcurrency }),
    });
    if (settings.tracing) {
      Validations.of(role).acknowledge({
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'X-Ray has no resources to name: its two write actions only exist for all of them.',
      });
    }
  }
}
