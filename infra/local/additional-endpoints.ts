/**
 * What the port of the API serves besides the API: outcomes of uploads to follow (`GET /events`), and SQS with
 * the queues of uploads. Where requests need a key, both need one that allows everything.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { AccessEntry, AccessLog } from '../../functions/http/access-log.ts';
import { corsHeaders, type DoorSettings, refusal } from '../../functions/http/doorkeeper.ts';
import { gatewayEvent, refuse } from '../../functions/http/server.ts';
import type {
  Authenticate,
  Claim,
  Endpoint,
  GatewayRequest,
  GatewayResult,
} from '../../layers/protocol/index.ts';
import {
  claimOf,
  failure,
  matchesEverything,
  receive,
  ServiceError,
} from '../../layers/protocol/index.ts';
import { SQS_TARGET, type SqsApi, SqsError } from '../emulators/sqs/index.ts';
import type { OutcomeLog } from './outcome-log.ts';

/** Requests for SQS go to it, all others to the API. */
export function withSqs(
  api: Endpoint,
  sqs: SqsApi,
  authenticate: Authenticate,
  log: AccessLog,
): Endpoint {
  return async (event, context) => {
    const target = event.headers['x-amz-target'] ?? '';
    if (!target.startsWith(SQS_TARGET)) return api(event, context);
    const action = target.slice(SQS_TARGET.length);
    const request = receive(event);
    const note = noteOf('sqs', request, log, sqs.serves(action) ? action : undefined);
    let keyId: string | undefined;
    try {
      keyId = await authorise(authenticate, request);
      const origin = `http://${event.headers['host']}`;
      const answer = await sqs.answer(action, request.body.text, origin);
      note(200, keyId);
      return respond(200, answer);
    } catch (error) {
      const result = sqsFailure(error);
      note(result.statusCode, keyId, error);
      return result;
    }
  };
}

export interface EventsOptions {
  readonly log: OutcomeLog;
  readonly authenticate: Authenticate;
  readonly door: DoorSettings;
  readonly accessLog: AccessLog;
  readonly onFault: (error: Error) => void;
}

/** `GET /events` follows the log of outcomes, `GET /events?from=start` from its beginning. */
export function withEvents(listener: RequestListener, options: EventsOptions): RequestListener {
  return (request, response) => {
    if (request.method !== 'GET' || !/^\/events(\?|$)/.test(request.url ?? '')) {
      listener(request, response);
      return;
    }
    followEvents(request, response, options).catch((error: Error) => {
      options.onFault(error);
      response.destroy();
    });
  };
}

async function followEvents(
  request: IncomingMessage,
  response: ServerResponse,
  { log, authenticate, door, accessLog }: EventsOptions,
): Promise<void> {
  const requestId = randomUUID();
  const event = gatewayEvent(request, Buffer.alloc(0), requestId, '');
  const received = receive(event);
  const note = noteOf('events', received, accessLog, 'FollowEvents');
  const visitor = { method: 'GET', headers: request.headers };
  const refused = refusal(visitor, door);
  if (refused !== undefined) {
    note(refused.status, undefined, new ServiceError('AccessDeniedException', refused.message));
    refuse(request, response, refused);
    return;
  }
  for (const [name, value] of Object.entries(corsHeaders(visitor, door))) {
    response.setHeader(name, value);
  }
  let keyId: string | undefined;
  try {
    keyId = await authorise(authenticate, received);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const { statusCode, headers = {}, body } = failure(error, requestId, 'application/json');
    note(statusCode, undefined, error);
    response.writeHead(statusCode, headers as Record<string, string>).end(body);
    return;
  }
  const fromStart = event.multiValueQueryStringParameters?.['from']?.includes('start') ?? false;
  try {
    await log.follow(response, fromStart);
  } finally {
    note(200, keyId);
  }
}

/** Notes a request once it has been answered. */
function noteOf(
  door: AccessEntry['door'],
  { event, headers }: GatewayRequest,
  log: AccessLog,
  operation: string | undefined,
): (status: number, keyId: string | undefined, error?: unknown) => void {
  const startedAt = performance.now();
  const claim: Claim = claimOf(headers);
  return (status, keyId, error) =>
    log({
      door,
      requestId: event.requestContext.requestId,
      operation,
      status,
      milliseconds: performance.now() - startedAt,
      keyId,
      claimedKeyId: keyId === undefined ? claim.keyId : undefined,
      collection: undefined,
      faces: undefined,
      errorName: error === undefined ? undefined : errorNameOf(error),
      error: status >= 500 && error instanceof Error ? error : undefined,
    });
}

function errorNameOf(error: unknown): string {
  const isKnown = error instanceof ServiceError || error instanceof SqsError;
  return isKnown ? error.name : 'InternalError';
}

/**
 * @returns the id of the key, undefined where nobody is asked for one
 * @throws ServiceError unless nobody is asked, or the key allows everything
 */
async function authorise(
  authenticate: Authenticate,
  request: GatewayRequest,
): Promise<string | undefined> {
  const principal = await authenticate(request);
  if (principal === undefined) return undefined;
  if (principal.operations !== 'all' || !matchesEverything(principal.collections)) {
    throw new ServiceError('AccessDeniedException', 'This needs a key that allows everything.');
  }
  return principal.accessKeyId;
}

function sqsFailure(error: unknown): GatewayResult {
  if (error instanceof SqsError || error instanceof ServiceError) {
    return respond(400, { __type: `com.amazonaws.sqs#${error.name}`, message: error.message });
  }
  if (error instanceof SyntaxError) {
    return respond(400, { __type: 'SerializationException', message: 'The body is not JSON.' });
  }
  const message = error instanceof Error ? error.message : String(error);
  return respond(500, { __type: 'com.amazonaws.sqs#InternalError', message });
}

function respond(statusCode: number, body: object): GatewayResult {
  return {
    statusCode,
    headers: { 'Content-Type': 'application/x-amz-json-1.0' },
    body: JSON.stringify(body),
    isBase64Encoded: false,
  };
}
