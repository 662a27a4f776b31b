/**
 * The REST API, for plain HTTP with bearer tokens: `POST /{Operation}`, and `POST /` for whoever names the
 * operation in a header. SDKs have an address of their own: AWS's notes on REST APIs say that an
 * `Authorization` header with a Version 4 signature is dropped.
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
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigateway';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { CORS_HEADERS } from './cors.ts';
import { addGatewayResponses } from './gateway-responses.ts';
import type { DeclaredOperation, RequestFunctions } from './request-functions.ts';
import { REQUEST_TIMEOUT } from './request-functions.ts';
import type { RuntimeFunction } from './runtime-function.ts';

export interface ApiProps {
  readonly stackName: string;
  readonly operations: readonly DeclaredOperation[];
  readonly functions: RequestFunctions;
  /** That of all operations. */
  readonly dispatcher: RuntimeFunction;
  /** Requests a second, all routes together. */
  readonly requestsPerSecond: number;
  /** Whether requests are logged, and with which role of the account. */
  readonly accessLog: 'none' | 'existing-role' | 'new-role';
  readonly domain: string | undefined;
  readonly certificate: string | undefined;
  readonly corsOrigins: readonly string[];
  readonly allowedAddresses: readonly string[];
  readonly logRetention: RetentionDays;
  readonly tracing: boolean;
}

const STAGE = 'v1';

/** Seconds for which a burst may go beyond the rate: somebody who has been quiet may be quick for a while. */
const BURST = 10;

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
  readonly accessLog: LogGroup | undefined;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    const { corsOrigins, allowedAddresses } = props;
    if (props.accessLog !== 'none') {
      this.accessLog = new LogGroup(this, 'AccessLog', {
        retention: props.logRetention,
        removalPolicy: RemovalPolicy.DESTROY,
      });
    }
    this.api = new RestApi(this, 'Api', {
      restApiName: props.stackName,
      description: 'Recollect: face collections that speak the Amazon Rekognition API',
      endpointTypes: [EndpointType.REGIONAL],
      // The role that lets API Gateway write logs is one for all APIs of the account in this region: it is
      // made only when asked for, and another stack may count on it when this one is destroyed.
      cloudWatchRole: props.accessLog === 'new-role',
      ...(props.accessLog === 'new-role' && {
        cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      }),
      ...(allowedAddresses.length > 0 && { policy: onlyFrom(allowedAddresses) }),
      ...(corsOrigins.length > 0 && {
        defaultCorsPreflightOptions: {
          allowOrigins: [...corsOrigins],
          allowMethods: ['POST'],
          allowHeaders: CORS_HEADERS,
        },
      }),
      deployOptions: {
        stageName: STAGE,
        tracingEnabled: props.tracing,
        loggingLevel: MethodLoggingLevel.OFF,
        ...(this.accessLog && {
          accessLogDestination: new LogGroupLogDestination(this.accessLog),
          accessLogFormat: ACCESS_LOG,
        }),
        methodOptions: throttling(props),
      },
    });
    // The stack has an output of its own for the address.
    this.api.node.tryRemoveChild('Endpoint');
    this.#addRoutes(props);
    this.#addDomain(props);
    addGatewayResponses(this.api, corsOrigins.length > 0);
    acknowledge(this.api, this.accessLog !== undefined);
  }

  #addRoutes({ operations, functions, dispatcher }: ApiProps): void {
    addPost(this.api.root, dispatcher);
    for (const operation of operations) {
      addPost(this.api.root.addResource(operation.name), functions.of(operation));
    }
  }

  #addDomain({ domain, certificate }: ApiProps): void {
    if (domain === undefined || certificate === undefined) return;
    this.api.addDomainName('Domain', {
      domainName: domain,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', certificate),
      endpointType: EndpointType.REGIONAL,
      securityPolicy: SecurityPolicy.TLS_1_2,
    });
  }
}

function addPost(resource: IResource, serving: RuntimeFunction): void {
  resource.addMethod(
    'POST',
    // Testing in the console would need a permission of its own for every function.
    new LambdaIntegration(serving.function, { timeout: REQUEST_TIMEOUT, allowTestInvoke: false }),
  );
}

/**
 * API Gateway limits each route for itself, so the total is divided among them: two shares for an operation
 * that runs models and for `POST /`, one for any other, half a one for the question whether a page may call.
 */
function throttling({ operations, requestsPerSecond, corsOrigins }: ApiProps) {
  const routes = [
    // The root is called so.
    { path: '/', shares: 2 },
    ...operations.map(({ name, uses }) => ({ path: `/${name}`, shares: uses.inference ? 2 : 1 })),
  ].flatMap(({ path, shares }) => [
    { method: `${path}/POST`, shares },
    ...(corsOrigins.length === 0 ? [] : [{ method: `${path}/OPTIONS`, shares: 0.5 }]),
  ]);
  const all = routes.reduce((sum, { shares }) => sum + shares, 0);
  return Object.fromEntries(
    routes.map(({ method, shares }) => {
      // Downwards, so that all together stay below the total.
      const perSecond = Math.floor((1000 * requestsPerSecond * shares) / all) / 1000;
      const throttlingBurstLimit = Math.max(1, Math.ceil(BURST * perSecond));
      return [method, { throttlingRateLimit: perSecond, throttlingBurstLimit }];
    }),
  );
}

function onlyFrom(addresses: readonly string[]): PolicyDocument {
  const every = {
    principals: [new AnyPrincipal()],
    actions: ['execute-api:Invoke'],
    resources: ['execute-api:/*'],
  };
  return new PolicyDocument({
    statements: [
      new PolicyStatement(every),
      new PolicyStatement({
        ...every,
        effect: Effect.DENY,
        conditions: { NotIpAddress: { 'aws:SourceIp': addresses } },
      }),
    ],
  });
}

function acknowledge(api: RestApi, isLogged: boolean): void {
  const why =
    'The functions log every request that reaches them, and every error. An access log of API Gateway takes a role that is one for the whole account; -c accessLog asks for it.';
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
        'The functions verify who calls, with access keys of this service: an authorizer never sees the body that a signature covers.',
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
        'The execution log is a log group outside of the stack that is never emptied; the functions log every error.',
    },
    ...(isLogged ? [] : [{ id: 'AwsSolutions-APIG1', reason: why }]),
  );
}
