/**
 * The address for AWS SDKs as a Lambda Web Function: the HTTP server that also serves one machine, in environments of
 * two processors that serve many requests at once. It has lids of its own, applied before the code runs: requests a
 * second, and environments. Neither touches how many executions the account is allowed.
 */
import { Aws, Duration, Validations } from 'aws-cdk-lib';
import {
  WebFunction,
  WebFunctionAuthType,
  WebFunctionCode,
  WebFunctionRuntime,
} from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Variable } from '../../../functions/lambda/environment.ts';
import { METRIC_NAMESPACE } from '../../../functions/lambda/telemetry.ts';
import type { Permission } from './permissions.ts';
import { Runner, type RuntimeSettings } from './runtime-function.ts';

export interface WebAddressProps {
  readonly settings: RuntimeSettings;
  /** The folder of the package. */
  readonly code: string;
  readonly environment: Readonly<Partial<Record<Variable, string>>>;
  readonly permissions: readonly Permission[];
  /** Requests a second: one of the numbers that Lambda knows; 0 refuses all. */
  readonly rate: number;
  /** The most environments. */
  readonly environments: number;
}

/** As long as requests take behind the other addresses. */
const TIMEOUT = Duration.seconds(29);
/** Requests at once in one environment: more than look at photographs, which wait for each other. */
const REQUESTS_AT_ONCE = 64;

export class WebAddress extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, props: WebAddressProps) {
    super(scope, id);
    const { settings, rate, environments } = props;
    const { role, logGroup } = new Runner(this, props.permissions, settings.logRetention);
    // What the package says of where its models lie counts.
    const { MODELS: _, ...environment } = props.environment;
    const web = new WebFunction(this, 'Function', {
      revisionDescription: 'Every operation, for SDKs',
      code: WebFunctionCode.fromAssetToManagedBucket(props.code),
      runtime: WebFunctionRuntime.NODEJS_24_X,
      role,
      logGroup,
      timeout: TIMEOUT,
      environment: {
        ...environment,
        ACCOUNT: Aws.ACCOUNT_ID,
        NODE_OPTIONS: '--enable-source-maps',
        POWERTOOLS_SERVICE_NAME: settings.stackName,
        POWERTOOLS_METRICS_NAMESPACE: METRIC_NAMESPACE,
      },
      maxConcurrencyPerEnvironment: REQUESTS_AT_ONCE,
      // The code checks who calls: signatures for Rekognition are none that Lambda knows.
      defaultEndpointAuth: WebFunctionAuthType.APPLICATION_MANAGED,
      defaultEndpoint: { maxEnvironments: environments, rateLimit: rate },
    });
    Validations.of(web).acknowledge({
      id: 'Annotation::@aws-cdk/aws-lambda:webFunctionPublicEndpoint',
      reason: 'The code verifies the signature or the token of every request before anything else.',
    });
    this.url = `https://${web.endpoint.domainName}/`;
  }
}
