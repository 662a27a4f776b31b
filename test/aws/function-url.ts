/**
 * A Lambda function URL as AWS documents it (payload format 2.0), from HTTP to the function and back: lower-case headers, what
 * Lambda adds, a body in base64 unless its type is text, and what Lambda answers without asking the function: 413
 * beyond 6 MiB, 429 beyond its concurrency.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { listen, read } from '../support/listening.ts';

/** Lambda takes no longer event. */
const LARGEST = 6 * 1024 * 1024;
const TEXT = /^(text\/|application\/(json|xml|javascript)\b)/;

interface Result {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** @param concurrency executions at once, beyond which Lambda refuses */
export async function startFunctionUrl(
  invoke: (event: unknown) => Promise<unknown>,
  concurrency = Number.POSITIVE_INFINITY,
): Promise<{ readonly endpoint: string; readonly refused: number[]; close(): Promise<void> }> {
  let running = 0;
  const refused: number[] = [];
  const server = createServer(async (request, response) => {
    const event = urlEvent(request, await read(request));
    const size = JSON.stringify(event).length;
    if (size > LARGEST || running >= concurrency) {
      const [status, text] =
        size > LARGEST
          ? [413, `Request must be smaller than ${LARGEST} bytes for the InvokeFunction operation`]
          : [429, 'Rate Exceeded.'];
      refused.push(Number(status));
      response.writeHead(Number(status), { 'content-type': 'application/json' });
      response.end(JSON.stringify({ Message: text }));
      return;
    }
    running += 1;
    const result = await invoke(event).then(
      (value) => value as Result,
      (): Result => ({ statusCode: 502, headers: {}, body: 'Internal Server Error' }),
    );
    running -= 1;
    response.writeHead(result.statusCode, { 'x-amzn-requestid': randomUUID(), ...result.headers });
    response.end(result.body);
  });
  return { ...(await listen(server)), refused };
}

export function urlEvent(request: IncomingMessage, body: Buffer): object {
  const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
  const isText = TEXT.test(request.headers['content-type'] ?? '');
  const headers = Object.fromEntries(
    Object.entries(request.headersDistinct).map(([name, values]) => [name, values?.join(',')]),
  );
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: pathname,
    rawQueryString: search.slice(1),
    headers: {
      ...headers,
      'x-amzn-trace-id': 'Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e',
      'x-forwarded-for': '192.0.2.1',
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
    },
    requestContext: {
      accountId: 'anonymous',
      apiId: 'abc',
      domainName: request.headers.host,
      domainPrefix: 'abc',
      http: {
        method: request.method,
        path: pathname,
        protocol: 'HTTP/1.1',
        sourceIp: '192.0.2.1',
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: '12/Mar/2030:19:03:58 +0000',
      timeEpoch: 1899573838000,
    },
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}
