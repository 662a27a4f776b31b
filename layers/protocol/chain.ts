/** The chain of an endpoint: the log and the wire's errors around steps, and the handler behind them. */
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { EndpointOptions } from './endpoint-options.ts';
import type { ErrorName } from './errors.ts';
import { ChainError, type Exchange } from './exchange.ts';
import type { GatewayEvent, GatewayRequest, GatewayResult } from './gateway.ts';
import { routeOf } from './gateway.ts';
import { asServiceError, type ContentType, failure, success } from './wire.ts';

export type ChainContext<Services> = Context & { exchange: Exchange<Services> };

/** Adds to what is known of a request. @throws to refuse it */
export type Step<Services> = (exchange: Exchange<Services>) => void | Promise<void>;

type Middleware<Services> = middy.MiddlewareObj<
  GatewayEvent,
  GatewayResult,
  Error,
  ChainContext<Services>
>;

export function chainOf<Services>(
  options: EndpointOptions<Services>,
  steps: readonly Step<Services>[],
) {
  const chain = middy<GatewayEvent, GatewayResult, Error, ChainContext<Services>>()
    .use(requestLog(options))
    .use(wireErrors(options));
  for (const step of steps) {
    chain.use({ before: async ({ context: { exchange } }) => step(exchange) });
  }
  return chain.handler(async (_event, { exchange }: ChainContext<Services>) => {
    const prepared = exchange.known('prepared');
    if (
      exchange.known('operationAllowed') !== exchange.known('operation') ||
      exchange.known('resourceAllowed') !== prepared
    ) {
      throw new ChainError('What is carried out is not what was allowed.');
    }
    const { call, request } = exchange.received;
    const { body, faces, output } = await prepared.run(await options.services(), call);
    if (faces !== undefined) exchange.learn('faces', faces);
    await record(options, exchange, { status: 200, output });
    return success(body, call.requestId, contentTypeOf(request));
  });
}

/** `POST /`, as SDKs use it; they name the operation in a header. */
export function isSdkRequest({ event }: GatewayRequest): boolean {
  return ['', '/'].includes(routeOf(event));
}

function contentTypeOf(request: GatewayRequest): ContentType {
  return isSdkRequest(request) ? 'application/x-amz-json-1.1' : 'application/json';
}

function requestLog<Services>({ log, clock }: EndpointOptions<Services>): Middleware<Services> {
  // A step that returned something would end the chain with it.
  const write: Middleware<Services>['after'] = ({ context: { exchange }, response, error }) => {
    const { call, startedAt, claim } = exchange.received;
    const caller = exchange.ifKnown('caller');
    const keyId = caller === 'anybody' ? undefined : caller?.accessKeyId;
    log({
      requestId: call.requestId,
      operation: exchange.ifKnown('operation')?.name,
      status: response?.statusCode ?? 500,
      milliseconds: clock() - startedAt,
      keyId,
      claimedKeyId: keyId === undefined ? claim.keyId : undefined,
      collection: collectionOf(exchange),
      faces: exchange.ifKnown('faces'),
      errorName: exchange.ifKnown('errorName'),
      error: error ?? undefined,
    });
  };
  return { after: write, onError: write };
}

/** A name that was validated, and is no longer than an id. */
function collectionOf<Services>(exchange: Exchange<Services>): string | undefined {
  const resource = exchange.ifKnown('prepared')?.resource;
  const isId = resource?.kind === 'collection' && /^[a-zA-Z0-9_.-]{1,255}$/.test(resource.id);
  return isId ? resource.id : undefined;
}

/** Accounts for what somebody who is known has asked for; strangers could fill any disk. */
async function record<Services>(
  { record: write }: EndpointOptions<Services>,
  exchange: Exchange<Services>,
  answer: { readonly status: number; readonly errorName?: ErrorName; readonly output?: object },
): Promise<void> {
  const caller = exchange.ifKnown('caller');
  const operation = exchange.ifKnown('operation');
  if (write === undefined || caller === undefined || operation === undefined) return;
  await write({
    requestId: exchange.received.call.requestId,
    keyId: caller === 'anybody' ? undefined : caller.accessKeyId,
    operation: operation.name,
    collection: collectionOf(exchange),
    status: answer.status,
    errorName: answer.errorName,
    input: exchange.ifKnown('prepared')?.input,
    output: answer.output,
  });
}

function wireErrors<Services>(options: EndpointOptions<Services>): Middleware<Services> {
  return {
    async onError(request) {
      const { exchange } = request.context;
      const { call, request: received } = exchange.received;
      const error = options.translate(request.error) ?? asServiceError(request.error);
      exchange.learn('errorName', error.name);
      // An error tells nothing of anybody: it is given even where it cannot be recorded.
      await record(options, exchange, { status: error.status, errorName: error.name }).catch(
        (cause: Error) => {
          request.error ??= cause;
        },
      );
      request.response = failure(error, call.requestId, contentTypeOf(received));
    },
  };
}
