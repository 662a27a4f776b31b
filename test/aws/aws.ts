/**
 * The parts of AWS around the functions, for a test: Parameter Store with keys in it, queues that keep what
 * is sent, and API Gateway's way from HTTP to the function of a route.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { LambdaHost } from '../support/lambda-host.ts';
import { listen, read } from '../support/listening.ts';

export interface SentMessage {
  /** The last part of the queue's URL. */
  readonly queue: string;
  readonly body: string;
  readonly group: string | undefined;
  readonly deduplication: string | undefined;
  /** Message attributes. */
  readonly attributes: Readonly<Record<string, { readonly StringValue: string }>>;
}

export interface Surroundings {
  readonly endpoint: string;
  /** By name. */
  readonly parameters: Map<string, string>;
  readonly sent: SentMessage[];
  /** Details of events, as EventBridge was given them. */
  readonly events: unknown[];
  close(): Promise<void>;
}

/** Parameter Store, SQS and EventBridge behind one endpoint, as far as the functions use them. */
export async function startSurroundings(): Promise<Surroundings> {
  const parameters = new Map<string, string>();
  const sent: SentMessage[] = [];
  const events: unknown[] = [];
  const answer = (target: string, input: Readonly<Record<string, string>>): [number, unknown] => {
    if (target === 'AmazonSSM.GetParameter') {
      const Value = parameters.get(input['Name'] ?? '');
      return Value === undefined
        ? [400, { __type: 'ParameterNotFound' }]
        : [200, { Parameter: { Name: input['Name'], Value } }];
    }
    if (target === 'AmazonSQS.SendMessage') {
      const body = input['MessageBody'] ?? '';
      sent.push({
        queue: input['QueueUrl']?.split('/').at(-1) ?? '',
        body,
        group: input['MessageGroupId'],
        deduplication: input['MessageDeduplicationId'],
        attributes: (input['MessageAttributes'] ?? {}) as unknown as SentMessage['attributes'],
      });
      const MD5OfMessageBody = createHash('md5').update(body).digest('hex');
      return [200, { MessageId: randomUUID(), MD5OfMessageBody }];
    }
    if (target === 'AWSEvents.PutEvents') {
      const entries = (input['Entries'] ?? []) as unknown as { Detail: string }[];
      events.push(...entries.map(({ Detail }) => JSON.parse(Detail)));
      return [
        200,
        { FailedEntryCount: 0, Entries: entries.map(() => ({ EventId: randomUUID() })) },
      ];
    }
    return [400, { __type: 'UnknownOperationException' }];
  };
  const server = createServer(async (request, response) => {
    const input = JSON.parse((await read(request)).toString('utf8'));
    const [status, body] = answer(String(request.headers['x-amz-target']), input);
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(body));
  });
  return { ...(await listen(server)), parameters, sent, events };
}

/** The stage `v1` of a REST API with the routes of the stack: `POST /` and one for each operation. */
export function startGateway(host: LambdaHost): Promise<{
  readonly endpoint: string;
  close(): Promise<void>;
}> {
  const server = createServer(async (request, response) => {
    const whole = new URL(request.url ?? '/', 'http://localhost').pathname;
    const path = whole.replace(/^\/v1/, '') || '/';
    const headers = Object.entries(request.headersDistinct);
    const event = {
      httpMethod: request.method,
      path,
      headers: Object.fromEntries(headers.map(([name, values]) => [name, values?.at(-1)])),
      multiValueHeaders: Object.fromEntries(headers),
      multiValueQueryStringParameters: null,
      body: (await read(request)).toString('utf8') || null,
      isBase64Encoded: false,
      requestContext: { requestId: randomUUID(), accountId: '123456789012', path: whole },
    };
    const result = await host.invoke(path === '/' ? 'Dispatcher' : path.slice(1), event).then(
      (value) => value as { statusCode: number; headers: Record<string, string>; body: string },
      (error: Error) => ({ statusCode: 502, headers: {}, body: error.message }),
    );
    response.writeHead(result.statusCode, result.headers).end(result.body);
  });
  return listen(server);
}

/** Lambda's Invoke, as far as functions call each other; functions are named as their constructs. */
export function startLambda(invoke: (name: string, event: unknown) => Promise<unknown>): Promise<{
  readonly endpoint: string;
  close(): Promise<void>;
}> {
  const server = createServer(async (request, response) => {
    const [, name = ''] = /\/functions\/([^/]+)\/invocations$/.exec(request.url ?? '') ?? [];
    const event: unknown = JSON.parse((await read(request)).toString('utf8'));
    const { failed, body } = await invoke(name, event).then(
      (result) => ({ failed: false, body: result }),
      (error: Error) => ({
        failed: true,
        body: { errorType: error.name, errorMessage: error.message },
      }),
    );
    response.writeHead(200, {
      'content-type': 'application/json',
      ...(failed ? { 'x-amz-function-error': 'Unhandled' } : {}),
    });
    response.end(JSON.stringify(body));
  });
  return listen(server);
}

/** The event that SQS makes of messages. */
export function queueEvent(...messages: readonly Pick<SentMessage, 'body' | 'group'>[]) {
  return {
    Records: messages.map(({ body, group }, index) => ({
      messageId: `message-${index}`,
      body,
      attributes: {
        ApproximateReceiveCount: '1',
        ...(group === undefined ? {} : { MessageGroupId: group }),
      },
    })),
  };
}
