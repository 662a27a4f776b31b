/**
 * The REST API: `POST /` for SDKs, which name the operation in a header, and `POST /{Operation}` for
 * everybody else.
 *
 * A REST API, not an HTTP API: that one encodes the body as base64, which leaves 3.4 MiB of Lambda's 6
 * for a photograph that is base64 already.
 */
import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { IResource } from 'aws-cdk-lib/aws-apigateway';
import {
  AccessLogField,
  AccessLogFormat,
  EndpointType,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { addGatewayResponses } from './gateway-responses.ts';
import type { DeclaredOperation, RequestFunctions } from './request-functions.ts';
import { REQUEST_TIMEOUT } from './request-functions.ts';
import type { RuntimeFunction } from './runtime-function.ts';

export interface ApiProps {
  readonly stackName: string;
  readonly operations: readonly DeclaredOperation[];
  readonly functions: RequestFunctions;
  /** Requests a second of an operation that runs models. */
  readonly inferencePerSecond: number;
  /** Of any other operation, and of `POST /`. */
  readonly recordsPerSecond: number;
  readonly logRetention: RetentionDays;
  readonly tracing: boolean;
}

const STAGE = 'v1';

/** Requests at once, in proportion to the rate: an album is indexed in bursts. */
const BURST = 2;

/** Texts, all of them: API Gateway writes `-` for what a request does not have. */
const ACCESS_LOG = AccessLogFormat.custom(
  JSON.stringify({
    requestId: AccessLogField.contextRequestId(),
    time: AccessLogField.contextRequestTime(),
    sourceIp: AccessLogField.contextIdentitySourceIp(),
    method: AccessLogField.contextHttpMethod(),
    resource: AccessLogField.contextResourcePath(),
    status: AccessLogField.contextStatus(),
    integrationStatus: AccessLogField.contextIntegrationStatus(),
    errorType: AccessLogField.contextErrorResponseType(),
    responseLength: AccessLogField.contextResponseLength(),
    latency: AccessLogField.contextResponseLatency(),
  }),
);

export class Api extends Construct {
  readonly api: RestApi;
  readonly accessLog: LogGroup;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    this.accessLog = new LogGroup(this, 'AccessLog', {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.api = new RestApi(this, 'Api', {
      restApiName: props.stackName,
      description: 'Recollect: face collections that speak the Amazon Rekognition API',
      endpointTypes: [EndpointType.REGIONAL],
      // API Gateway writes logs only if the account has a role for it. The role is the account's, not the
      // stack's: another stack may count on it when this one is destroyed.
      cloudWatchRole: true,
      cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN,
      deployOptions: {
        stageName: STAGE,
        tracingEnabled: props.tracing,
        loggingLevel: MethodLoggingLevel.OFF,
        accessLogDestination: new LogGroupLogDestination(this.accessLog),
        accessLogFormat: ACCESS_LOG,
        methodOptions: throttling(props),
      },
    });
    // The stack has an output of its own for the address.
    this.api.node.tryRemoveChild('Endpoint');
    this.#addRoutes(props);
    addGatewayResponses(this.api);
    acknowledge(this.api);
  }

  #addRoutes({ operations, functions }: ApiProps): void {
    addPost(this.api.root, functions.dispatcher);
    for (const { name } of operations) {
      const serving = functions.operations.get(name);
      if (serving === undefined) throw new RangeError(`There is no function for ${name}.`);
      addPost(this.api.root.addResource(name), serving);
    }
  }
}

function addPost(resource: IResource, serving: RuntimeFunction): void {
  resource.addMethod(
    'POST',
    // Testing in the console would need a permission of its own for every function.
    new LambdaIntegration(serving.function, { timeout: REQUEST_TIMEOUT, allowTestInvoke: false }),
  );
}

function throttling({ operations, inferencePerSecond, recordsPerSecond }: ApiProps) {
  const limit = (perSecond: number) => ({
    throttlingRateLimit: perSecond,
    throttlingBurstLimit: BURST * perSecond,
  });
  return {
    '//POST': limit(recordsPerSecond),
    ...Object.fromEntries(
      operations.map(({ name, uses }) => [
        `/${name}/POST`,
        limit(uses.inference ? inferencePerSecond : recordsPerSecond),
      ]),
    ),
  };
}

function acknowledge(api: RestApi): void {
  Validations.of(api).acknowledge(
    {
      id: 'AwsSolutions-APIG2',
      reason:
        'The functions validate every request, in the wording of the service that clients compare; API Gateway would answer first, in its own.',
    },
    {
      id: 'AwsSolutions-APIG3',
      reason:
        'A web application firewall costs more a month than everything else here; the API is a REST API, so an owner can attach one.',
    },
    {
      id: 'AwsSolutions-APIG4',
      reason:
        'The functions verify the signature, which covers the body: an authorizer never sees that, and the IAM authorizer takes no signature made for Rekognition.',
    },
    {
      id: 'AwsSolutions-COG4',
      reason:
        'Callers are programs with access keys of this service, checked in the functions, not people of a user pool.',
    },
    {
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
      reason:
        'The policy that AWS provides for this very role, which API Gateway alone may assume.',
    },
    {
      id: 'AwsSolutions-APIG6',
      reason:
        'The execution log is a log group outside of the stack that is never emptied; the access log has every request, the functions log every error.',
    },
  );
}
