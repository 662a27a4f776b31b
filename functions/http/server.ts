/**
 * What API Gateway does in front of the functions: turns an HTTP request into an event, the result into
 * an HTTP response, and refuses bodies that are too large. It also keeps web pages out, and work for clients
 * that have gone. Many requests share a process: nothing of one is kept outside of its own call.
 */
import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Context } from 'aws-lambda';
import { SLOW_DOWN } from '../../functions/common/texts.ts';
import type { Work } from '../../layers/inference/index.ts';
import type { Endpoint, GatewayEvent, GatewayResult } from '../../layers/protocol/index.ts';
import { failure, ServiceError } from '../../layers/protocol/index.ts';
import { serverTiming } from '../common/server-timing.ts';
import { consoleAnswer } from '../console/console.ts';
import type { AccessEntry, AccessLog } from './access-log.ts';
import type { Bodies, NoBody } from './bodies.ts';
import {
  corsHeaders,
  type DoorSettings,
  isPreflight,
  type Refused,
  refusal,
} from './doorkeeper.ts';

/** The payload limit of API Gateway. A photograph of 5 MiB makes a request of 6.7 MiB. */
export const LARGEST_BODY = 10 * 1024 * 1024;

/** What nginx notes for a client that went away before it was answered. */
const CLIENT_GONE = 499;

/** How long a body that is not read may take to come in. */
const DRAIN_MS = 5000;

/** A machine of one's own has no deadline; a day stands for it. */
const NO_DEADLINE_MS = 24 * 60 * 60 * 1000;

export interface GatewayOptions {
  readonly endpoint: Endpoint;
  readonly accountId: string;
  readonly bodies: Bodies;
  readonly work: Work;
  readonly door: DoorSettings;
  /** Where a request is from. Default: the other end of its connection. */
  readonly addressOf?: (request: IncomingMessage) => string;
  /** What somebody is told who asks for the address itself. */
  readonly greeting: string;
  /** Serves the owner's console below the address, and leads browsers there. Default: no. */
  readonly console?: boolean;
  /** Told of the requests that never reach the endpoint. */
  readonly log: AccessLog;
  /** Told of what could not be answered by a fault of ours. */
  readonly onFault: (error: Error) => void;
}

export function requestListener(options: GatewayOptions): RequestListener {
  return (request, response) => {
    serve(options, request, response).catch((error: Error) => {
      options.onFault(error);
      response.destroy();
    });
  };
}

async function serve(
  options: GatewayOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { endpoint, accountId, bodies, work, addressOf = otherEnd } = options;
  const requestId = randomUUID();
  const startedAt = performance.now();
  const entry = (status: number, errorName?: AccessEntry['errorName']) =>
    options.log(ownEntry(requestId, performance.now() - startedAt, status, errorName));
  if (greet(options, request, response, entry)) return;

  const body = await bodies.read(request);
  if (typeof body === 'string') {
    response.shouldKeepAlive = false;
    if (body === 'gone') entry(CLIENT_GONE);
    else {
      await drained(request);
      const error = noBody(body);
      entry(error.status, error.name);
      send(response, failure(error, requestId, 'application/json'));
    }
    return;
  }
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  try {
    const address = addressOf(request);
    const takenAt = performance.now();
    let waited = 0;
    const event = gatewayEvent(request, body.take(), requestId, accountId, address);
    const result = await work.run(gone.signal, () => endpoint(event, lambdaContext(requestId)), {
      onWait: (milliseconds) => {
        waited += milliseconds;
      },
    });
    const worked = performance.now() - takenAt - waited;
    response.setHeader('Server-Timing', serverTiming(body.waited + waited, worked));
    send(response, result);
  } finally {
    body.release();
  }
}

/**
 * Resolves when all has come that a client sends, or has had its time: many read no answer before, and take a
 * connection that is closed meanwhile for a fault.
 */
function drained(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, DRAIN_MS);
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    request.once('end', end).once('close', end).resume();
    if (request.complete) end();
  });
}

/** Answers who is not let in, who asks whether a page would be, and who opens the address in a browser. */
function greet(
  { door, greeting, console: hasConsole = false }: GatewayOptions,
  request: IncomingMessage,
  response: ServerResponse,
  entry: (status: number, errorName?: AccessEntry['errorName']) => void,
): boolean {
  const visitor = { method: request.method ?? 'GET', headers: request.headers };
  const refused = refusal(visitor, door);
  for (const [name, value] of Object.entries(corsHeaders(visitor, door))) {
    response.setHeader(name, value);
  }
  if (refused !== undefined) {
    entry(refused.status, 'AccessDeniedException');
    refuse(request, response, refused);
    return true;
  }
  if (isPreflight(visitor)) {
    entry(204);
    response.writeHead(204).end();
    return true;
  }
  const { path } = readTarget(request.url ?? '/');
  const file = hasConsole ? consoleAnswer({ ...visitor, path }) : undefined;
  if (file !== undefined) {
    entry(file.status);
    response.writeHead(file.status, file.headers).end(file.body);
    return true;
  }
  const isHello = ['GET', 'HEAD'].includes(visitor.method) && request.url === '/';
  if (isHello) {
    entry(200);
    response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8' });
    response.end(visitor.method === 'HEAD' ? undefined : greeting);
  }
  return isHello;
}

/** Without reading what is sent: nobody is waited for who may not come in. */
export function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  { status, message }: Refused,
): void {
  request.resume();
  response.shouldKeepAlive = false;
  const error = new ServiceError('AccessDeniedException', message);
  send(response, { ...failure(error, randomUUID(), 'application/json'), statusCode: status });
}

/** The event that API Gateway makes of a request. */
export function gatewayEvent(
  request: IncomingMessage,
  body: Buffer,
  requestId: string,
  accountId: string,
  sourceIp: string = otherEnd(request),
): GatewayEvent {
  const { path, query } = readTarget(request.url ?? '/');
  const isText = isUtf8(body);
  const headers = Object.entries(request.headersDistinct);
  return {
    httpMethod: request.method ?? 'GET',
    path,
    headers: Object.fromEntries(headers.map(([name, values]) => [name, values?.at(-1)])),
    multiValueHeaders: request.headersDistinct,
    multiValueQueryStringParameters: query,
    body: body.length === 0 ? null : body.toString(isText ? 'utf8' : 'base64'),
    isBase64Encoded: !isText,
    requestContext: { requestId, accountId, path, identity: { sourceIp } },
  };
}

function otherEnd({ socket }: IncomingMessage): string {
  return socket.remoteAddress ?? '';
}

/** The path as sent: signatures cover what a URL parser would tidy up. */
function readTarget(target: string) {
  // A client that takes this server for a proxy sends the whole URL.
  const [path = '', ...query] = target.replace(/^https?:\/\/[^/?]*/i, '').split('?');
  const parameters = new URLSearchParams(query.join('?'));
  const names = new Set(parameters.keys());
  return {
    path: path === '' ? '/' : path,
    query: Object.fromEntries([...names].map((name) => [name, parameters.getAll(name)])),
  };
}

/** The members of Lambda's context; only the request id means anything outside of Lambda. */
function lambdaContext(awsRequestId: string): Context {
  return {
    awsRequestId,
    callbackWaitsForEmptyEventLoop: true,
    functionName: 'recollect',
    functionVersion: '$LATEST',
    invokedFunctionArn: '',
    memoryLimitInMB: '0',
    logGroupName: '',
    logStreamName: '',
    getRemainingTimeInMillis: () => NO_DEADLINE_MS,
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}

function send(response: ServerResponse, { statusCode, headers, body }: GatewayResult): void {
  const bytes = Buffer.from(body, 'utf8');
  for (const [name, value] of Object.entries(headers ?? {}))
    response.setHeader(name, String(value));
  response.setHeader('Content-Length', bytes.length);
  response.writeHead(statusCode).end(bytes);
}

function noBody(reason: Exclude<NoBody, 'gone'>): ServiceError {
  switch (reason) {
    case 'too large':
      return new ServiceError(
        'RequestEntityTooLargeException',
        `A request may have ${LARGEST_BODY} bytes. Put the photograph into an S3 bucket and name it in Image.S3Object.`,
      );
    case 'too slow':
      return new ServiceError('ThrottlingException', 'The body of the request came in too slowly.');
    case 'too many':
      return new ServiceError('ThrottlingException', SLOW_DOWN);
  }
}

function ownEntry(
  requestId: string,
  milliseconds: number,
  status: number,
  errorName: AccessEntry['errorName'],
): AccessEntry {
  return {
    door: 'api',
    requestId,
    milliseconds,
    status,
    errorName,
    operation: undefined,
    collection: undefined,
    faces: undefined,
    keyId: undefined,
    claimedKeyId: undefined,
  };
}
