/**
 * What the port of the API serves besides the API: outcomes of uploads to follow (`GET /events`), and SQS with
 * the queues of uploads. Where requests need a key, both need one that allows everything.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type {
  Authenticate,
  Endpoint,
  GatewayRequest,
  GatewayResult,
} from '../../layers/protocol/index.ts';
import { failure, matchesEverything, receive, ServiceError } from '../../layers/protocol/index.ts';
import { SQS_TARGET, type SqsApi, SqsError } from '../emulators/sqs/index.ts';
import { gatewayEvent } from './gateway.ts';
import type { OutcomeLog } from './outcome-log.ts';

/** Requests for SQS go to it, all others to the API. */
export function withSqs(api: Endpoint, sqs: SqsApi, authenticate: Authenticate): Endpoint {
  return async (event, context) => {
    const target = event.headers['x-amz-target'] ?? '';
    if (!target.startsWith(SQS_TARGET)) return api(event, context);
    const request = receive(event);
    try {
      await authorise(authenticate, request);
      const origin = `http://${event.headers['host']}`;
      const answer = await sqs.answer(target.slice(SQS_TARGET.length), request.body.text, origin);
      return respond(200, answer);
    } catch (error) {
      return sqsFailure(error);
    }
  };
}

/** `GET /events` follows the log of outcomes, `GET /events?from=start` from its beginning. */
export function withEvents(
  listener: RequestListener,
  log: OutcomeLog,
  authenticate: Authenticate,
  onFault: (error: Error) => void,
): RequestListener {
  return (request, response) => {
    if (request.method !== 'GET' || !/^\/events(\?|$)/.test(request.url ?? '')) {
      listener(request, response);
      return;
    }
    followEvents(request, response, log, authenticate).catch((error: Error) => {
      onFault(error);
      response.destroy();
    });
  };
}

async function followEvents(
  request: IncomingMessage,
  response: ServerResponse,
  log: OutcomeLog,
  authenticate: Authenticate,
): Promise<void> {
  const event = gatewayEvent(request, Buffer.alloc(0), '', '');
  try {
    await authorise(authenticate, receive(event));
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const { statusCode, headers = {}, body } = failure(error, '', 'application/json');
    response.writeHead(statusCode, headers as Record<string, string>).end(body);
    return;
  }
  const fromStart = event.multiValueQueryStringParameters?.['from']?.includes('start') ?? false;
  await log.follow(response, fromStart);
}

/** @throws ServiceError unless nobody is asked, or the key allows everything */
async function authorise(authenticate: Authenticate, request: GatewayRequest): Promise<void> {
  const principal = await authenticate(request);
  if (principal === undefined) return;
  if (principal.operations !== 'all' || !matchesEverything(principal.collections)) {
    throw new ServiceError('AccessDeniedException', 'This needs a key that allows everything.');
  }
}

function sqsFailure(error: unknown): GatewayResult {
  if (error instanceof SqsError || error instanceof ServiceError) {
    return respond(400, { __type: `com.amazonaws.sqs#${error.name}`, message: error.message });
  }
  if (error instanceof SyntaxError) {
    return respond(400, { __type: 'SerializationException', message: 'The body is not JSON.' });
  }
  throw error;
}

function respond(statusCode: number, body: object): GatewayResult {
  return {
    statusCode,
    headers: { 'Content-Type': 'application/x-amz-json-1.0' },
    body: JSON.stringify(body),
    isBase64Encoded: false,
  };
}
