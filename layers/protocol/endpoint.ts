/**
 * From a request to its response: request id -> authenticate -> operation, and whether the key allows it
 * -> decode and validate -> whether the key allows the collection -> handler -> encode. Errors of any step
 * become the wire shape here, once.
 *
 * The same chain serves `POST /` (SDKs, which name the operation in `X-Amz-Target`) and
 * `POST /{Operation}` (plain HTTP), in a function that holds one operation or all of them.
 */
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { Authenticate, Principal } from './auth/index.ts';
import { authorizeOperation, authorizeResource, type Claim, claimOf } from './auth/index.ts';
import type { ErrorName } from './errors.ts';
import { ServiceError } from './errors.ts';
import type { GatewayEvent, GatewayResult } from './gateway.ts';
import { header, headersOf, rawBody } from './gateway.ts';
import type { Call, Operation, PreparedCall } from './operation.ts';
import type { ContentType } from './wire.ts';
import { asServiceError, failure, success } from './wire.ts';

/** One line for every request; never what a request contained. */
export interface RequestLog {
  readonly requestId: string;
  readonly operation: string | undefined;
  readonly status: number;
  readonly milliseconds: number;
  /** The access key that the request proved to have. */
  readonly keyId: string | undefined;
  /** The key that a request only names, if it was not found to have it. */
  readonly claimedKeyId: string | undefined;
  /** The collection that it names, in the form of an id. */
  readonly collection: string | undefined;
  /** How many faces the answer is about. */
  readonly faces: number | undefined;
  /** The error that was answered: what refusals are counted by. */
  readonly errorName: ErrorName | undefined;
  /** What went wrong, in full. */
  readonly error?: Error | undefined;
}

export interface EndpointOptions<Services> {
  readonly operations: readonly Operation<Services>[];
  readonly services: () => Promise<Services>;
  readonly authenticate: Authenticate;
  /** Turns an error of a layer into the one of the API; `undefined` if it knows none. */
  readonly translate: (error: unknown) => ServiceError | undefined;
  /** For requests that are not signed for a region. */
  readonly region: string;
  readonly log: (entry: RequestLog) => void;
  /** Milliseconds, for measuring. */
  readonly clock: () => number;
}

export type Endpoint = (event: GatewayEvent, context: Context) => Promise<GatewayResult>;

/** What the steps of the chain hand on to each other. */
interface Progress<Services> {
  readonly call: Call;
  readonly contentType: ContentType;
  readonly startedAt: number;
  readonly claim: Claim;
  /** Undefined where nobody is asked who they are: everything is allowed. */
  principal?: Principal | undefined;
  errorName?: ErrorName | undefined;
  operation?: Operation<Services> | undefined;
  prepared?: PreparedCall<Services> | undefined;
  faces?: number | undefined;
}

type ChainContext<Services> = Context & { progress: Progress<Services> };
type Step<Services> = middy.MiddlewareObj<
  GatewayEvent,
  GatewayResult,
  Error,
  ChainContext<Services>
>;

const TARGET_PREFIX = 'RekognitionService.';

export function endpoint<Services>(options: EndpointOptions<Services>): Endpoint {
  const chain = middy<GatewayEvent, GatewayResult, Error, ChainContext<Services>>()
    .use(requestLog(options))
    .use(wireErrors(options))
    .use(authentication(options))
    .use(selectOperation(options))
    .use(operationPermission<Services>())
    .use(input<Services>())
    .use(resourcePermission<Services>())
    .handler(async (_event, { progress }: ChainContext<Services>) => {
      const { prepared, call, contentType } = progress;
      if (prepared === undefined) throw new Error('The chain ended without an input.');
      const { body, faces } = await prepared.run(await options.services(), call);
      progress.faces = faces;
      return success(body, call.requestId, contentType);
    });

  return async (event, context) => {
    const claim = claimOf(headersOf(event));
    const progress: Progress<Services> = {
      call: {
        requestId: event.requestContext.requestId,
        // Clients take it from their own configuration.
        region: claim.region ?? options.region,
        accountId: event.requestContext.accountId,
      },
      contentType: isSdkPath(event) ? 'application/x-amz-json-1.1' : 'application/json',
      startedAt: options.clock(),
      claim,
    };
    return chain(event, { ...context, progress });
  };
}

function requestLog<Services>({ log, clock }: EndpointOptions<Services>): Step<Services> {
  // A step that returned something would end the chain with it.
  const write: Step<Services>['after'] = ({ context: { progress }, response, error }) => {
    log({
      requestId: progress.call.requestId,
      operation: progress.operation?.name,
      status: response?.statusCode ?? 500,
      milliseconds: clock() - progress.startedAt,
      keyId: progress.principal?.accessKeyId,
      claimedKeyId: progress.principal === undefined ? progress.claim.keyId : undefined,
      collection: collectionOf(progress),
      faces: progress.faces,
      errorName: progress.errorName,
      error: error ?? undefined,
    });
  };
  return { after: write, onError: write };
}

function wireErrors<Services>({ translate }: EndpointOptions<Services>): Step<Services> {
  return {
    onError(request) {
      const { progress } = request.context;
      const { call, contentType } = progress;
      const error = translate(request.error) ?? asServiceError(request.error);
      progress.errorName = error.name;
      request.response = failure(error, call.requestId, contentType);
    },
  };
}

function authentication<Services>({ authenticate }: EndpointOptions<Services>): Step<Services> {
  return {
    async before({ event, context: { progress } }) {
      progress.principal = await authenticate(event, rawBody(event));
    },
  };
}

function selectOperation<Services>({ operations }: EndpointOptions<Services>): Step<Services> {
  const byName = new Map(operations.map((operation) => [operation.name, operation]));
  return {
    before({ event, context }) {
      const name = operationName(event);
      const operation = byName.get(name);
      if (operation === undefined) {
        throw new ServiceError('UnknownOperationException', unknownText(name));
      }
      context.progress.operation = operation;
    },
  };
}

function operationPermission<Services>(): Step<Services> {
  return {
    before({ context: { progress } }) {
      const { principal, operation, call } = progress;
      if (principal && operation) authorizeOperation(principal, operation.name, call);
    },
  };
}

function resourcePermission<Services>(): Step<Services> {
  return {
    before({ context: { progress } }) {
      const { principal, operation, prepared, call } = progress;
      if (principal && operation && prepared) {
        authorizeResource(principal, operation.name, prepared.resource, call);
      }
    },
  };
}

function input<Services>(): Step<Services> {
  return {
    before({ event, context: { progress } }) {
      progress.prepared = progress.operation?.prepare(rawBody(event).toString('utf8'));
    },
  };
}

function isSdkPath(event: GatewayEvent): boolean {
  return event.path === '' || event.path === '/';
}

/** A name that was validated, and is no longer than an id. */
function collectionOf<Services>({ prepared }: Progress<Services>): string | undefined {
  const resource = prepared?.resource;
  const isId = resource?.kind === 'collection' && /^[a-zA-Z0-9_.-]{1,255}$/.test(resource.id);
  return isId ? resource.id : undefined;
}

function operationName(event: GatewayEvent): string {
  if (event.httpMethod !== 'POST') return '';
  if (!isSdkPath(event)) return event.path.replace(/^\//, '').replace(/\/$/, '');
  const target = header(event, 'x-amz-target') ?? '';
  return target.startsWith(TARGET_PREFIX) ? target.slice(TARGET_PREFIX.length) : '';
}

function unknownText(name: string): string {
  return name === ''
    ? `Name an operation: POST / with the header X-Amz-Target: ${TARGET_PREFIX}<Operation>, or POST /<Operation>.`
    : `Unknown operation: ${name.slice(0, 100)}`;
}
