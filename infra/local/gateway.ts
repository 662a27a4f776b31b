/**
 * What API Gateway does in front of the functions: turns an HTTP request into an event, the result into
 * an HTTP response, and refuses bodies that are too large.
 */
import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Context } from 'aws-lambda';
import type { Endpoint, GatewayEvent, GatewayResult } from '../../layers/protocol/index.ts';
import { failure, ServiceError } from '../../layers/protocol/index.ts';

/** The payload limit of API Gateway. A photograph of 5 MiB makes a request of 6.7 MiB. */
const LARGEST_BODY = 10 * 1024 * 1024;

/** A machine of one's own has no deadline; a day stands for it. */
const NO_DEADLINE_MS = 24 * 60 * 60 * 1000;

/** @param onFault told of what could not be answered: a client that went away, or a fault of ours */
export function requestListener(
  endpoint: Endpoint,
  accountId: string,
  onFault: (error: Error) => void,
): RequestListener {
  return (request, response) => {
    serve(endpoint, accountId, request, response).catch((error: Error) => {
      onFault(error);
      response.destroy();
    });
  };
}

async function serve(
  endpoint: Endpoint,
  accountId: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestId = randomUUID();
  const body = await readBody(request);
  if (body === undefined) {
    request.resume();
    response.shouldKeepAlive = false;
    send(response, failure(tooLarge(), requestId, 'application/json'));
    return;
  }
  const event = gatewayEvent(request, body, requestId, accountId);
  send(response, await endpoint(event, lambdaContext(requestId)));
}

/** @returns undefined as soon as there is more than the limit */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > LARGEST_BODY) return undefined;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= LARGEST_BODY) chunks.push(chunk);
      else resolve(undefined);
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', reject);
    request.on('aborted', () => reject(new Error('The client went away.')));
  });
}

/** The event that API Gateway makes of a request. */
export function gatewayEvent(
  request: IncomingMessage,
  body: Buffer,
  requestId: string,
  accountId: string,
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
    requestContext: { requestId, accountId, path },
  };
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

function tooLarge(): ServiceError {
  return new ServiceError(
    'RequestEntityTooLargeException',
    `A request may have ${LARGEST_BODY} bytes. Put the photograph into an S3 bucket and name it in Image.S3Object.`,
  );
}
