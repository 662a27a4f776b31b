/** The address for SDKs: its event holds what a signature covers. */
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { onlyFrom } from '../../functions/lambda/authentication.ts';
import { forPages } from '../../functions/lambda/cors.ts';
import { fromFunctionUrl, isFunctionUrlEvent } from '../../functions/lambda/function-url.ts';
import { authentication, receive } from '../../layers/protocol/index.ts';
import { signed } from '../protocol/auth/support/outcome.ts';
import { type ClientRequest, KEY, NOW } from '../protocol/auth/support/requests.ts';

const CONTEXT = {
  invokedFunctionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:Dispatcher',
};

/** As AWS documents it (payload format 2.0), for a URL with no authentication of AWS's own. */
function urlEvent(request: ClientRequest): LambdaFunctionURLEvent {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: request.path,
    rawQueryString: '',
    headers: { ...request.headers },
    requestContext: {
      accountId: 'anonymous',
      apiId: 'abc',
      domainName: 'abc.lambda-url.eu-central-1.on.aws',
      domainPrefix: 'abc',
      http: {
        method: request.method,
        path: request.path,
        protocol: 'HTTP/1.1',
        sourceIp: '192.0.2.1',
        userAgent: 'test',
      },
      requestId: 'e1506fd5-9e7b-434f-bd42-4f8fa224b599',
      routeKey: '$default',
      stage: '$default',
      time: '22/Nov/2026:12:00:00 +0000',
      timeEpoch: NOW.getTime(),
    },
    body: request.body.toString('base64'),
    isBase64Encoded: true,
  };
}

describe('the event of a function URL', () => {
  const authenticate = authentication({
    keys: { find: async (id) => (id === KEY.id ? KEY : undefined) },
    now: () => NOW.getTime(),
  });

  it('is told from that of API Gateway', async () => {
    const event = urlEvent(await signed());
    expect(isFunctionUrlEvent(event)).toBe(true);
    expect(isFunctionUrlEvent(fromFunctionUrl(event, CONTEXT))).toBe(false);
  });

  it('keeps a signature valid, and one of another body invalid', async () => {
    const request = await signed();
    const event = fromFunctionUrl(urlEvent(request), CONTEXT);
    expect(await authenticate(receive(event))).toMatchObject({ accessKeyId: KEY.id });
    await expect(
      authenticate(receive({ ...event, body: '{}', isBase64Encoded: false })),
    ).rejects.toThrow();
  });

  it('names the account of the function, and what was asked for', async () => {
    expect(
      fromFunctionUrl({ ...urlEvent(await signed()), rawQueryString: 'a=1&b=%20&a=2' }, CONTEXT),
    ).toMatchObject({
      httpMethod: 'POST',
      path: '/',
      multiValueQueryStringParameters: { a: ['1', '2'], b: [' '] },
      requestContext: { accountId: '123456789012', path: '/' },
    });
  });
});

describe('who may call', () => {
  const calling = (sourceIp: string) =>
    receive({
      httpMethod: 'POST',
      path: '/',
      headers: {},
      body: null,
      isBase64Encoded: false,
      requestContext: { requestId: '1', accountId: '1', identity: { sourceIp } },
    });
  const asked: string[] = [];
  const authenticate = async () => {
    asked.push('asked');
    return undefined;
  };

  it('is whoever calls from an allowed network; others are refused before anything is looked up', async () => {
    const some = onlyFrom(['203.0.113.0/24', '2001:db8::/32'], authenticate);
    await some(calling('203.0.113.255'));
    await some(calling('2001:db8:1::1'));
    expect(asked).toHaveLength(2);
    for (const address of ['203.0.114.1', '2001:db9::1', '', 'x']) {
      await expect(some(calling(address))).rejects.toMatchObject({ name: 'AccessDeniedException' });
    }
    expect(asked).toHaveLength(2);
  });

  it('is everybody where no network is named', () => {
    expect(onlyFrom([], authenticate)).toBe(authenticate);
  });

  it('is known of both kinds of event', async () => {
    const event = fromFunctionUrl(urlEvent(await signed()), CONTEXT);
    expect(event.requestContext.identity).toEqual({ sourceIp: '192.0.2.1' });
  });
});

describe('a web page', () => {
  const event = (origin?: string) => ({
    httpMethod: 'POST',
    path: '/ListFaces',
    headers: origin === undefined ? {} : { Origin: origin },
    body: '{}',
    isBase64Encoded: false,
    requestContext: { requestId: '1', accountId: '1' },
  });
  const result = { statusCode: 200, headers: { 'Content-Type': 'application/json' }, body: '{}' };

  it('of a named origin may read what API Gateway passes on, and no other', () => {
    const origins = ['https://app.example.org'];
    expect(forPages(origins, event(origins[0]), result).headers).toMatchObject({
      'Access-Control-Allow-Origin': origins[0],
      Vary: 'Origin',
      'Content-Type': 'application/json',
    });
    for (const other of ['https://elsewhere.example', undefined]) {
      expect(forPages(origins, event(other), result).headers).not.toHaveProperty(
        'Access-Control-Allow-Origin',
      );
    }
    expect(forPages([], event('https://app.example.org'), result)).toBe(result);
  });
});
