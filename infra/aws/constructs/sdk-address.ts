/**
 * The address for AWS SDKs: a function URL in front of the dispatcher, which passes every header and the raw body,
 * so that the code can verify the signature that every SDK sends. Nothing in front of it checks anything: what limits
 * requests is how many executions at once the function, or the account, is allowed; Lambda takes ten times as many
 * a second.
 */
import { Duration } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { FunctionUrlAuthType, HttpMethod } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { WARM } from '../../../functions/lambda/warm-event.ts';
import { CORS_HEADERS } from './cors.ts';
import type { RuntimeFunction } from './runtime-function.ts';

export interface SdkAddressProps {
  /** The function of all operations. */
  readonly dispatcher: RuntimeFunction;
  /** Origins of web pages that may call. */
  readonly corsOrigins: readonly string[];
  /** Environments that are kept warm. */
  readonly warm: number;
}

/** Sooner than Lambda takes an idle environment away. */
const WARM_EVERY = Duration.minutes(5);

export class SdkAddress extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, { dispatcher, corsOrigins, warm }: SdkAddressProps) {
    super(scope, id);
    const { url } = dispatcher.function.addFunctionUrl({
      authType: FunctionUrlAuthType.NONE,
      ...(corsOrigins.length > 0 && {
        cors: {
          allowedOrigins: [...corsOrigins],
          allowedMethods: [HttpMethod.POST],
          allowedHeaders: CORS_HEADERS,
          exposedHeaders: ['x-amzn-RequestId'],
          maxAge: Duration.minutes(10),
        },
      }),
    });
    this.url = url;
    if (warm === 0) return;
    // Each of several at the same time finds an environment of its own.
    const target = () =>
      new LambdaFunction(dispatcher.function, {
        event: RuleTargetInput.fromObject(WARM),
        retryAttempts: 0,
      });
    new Rule(this, 'Warm', {
      description: 'Keeps environments of the SDK function from being taken away',
      schedule: Schedule.rate(WARM_EVERY),
      targets: Array.from({ length: warm }, target),
    });
  }
}
