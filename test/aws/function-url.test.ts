/** The address past API Gateway: its event holds what a signature covers, and the stack has it when asked. */
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { fromFunctionUrl, isFunctionUrlEvent } from '../../functions/lambda/function-url.ts';
import { authentication, receive } from '../../layers/protocol/index.ts';
import { signed } from '../protocol/auth/support/outcome.ts';
import { type ClientRequest, KEY, NOW } from '../protocol/auth/support/requests.ts';
import { synthesise } from './template.ts';

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

describe('the stack', () => {
  const without = synthesise();
  const having = synthesise({ functionUrl: true });

  it('has a function URL for the dispatcher only when asked', () => {
    without.template.resourceCountIs('AWS::Lambda::Url', 0);
    having.template.resourceCountIs('AWS::Lambda::Url', 1);
    having.template.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'NONE' });
    having.template.hasOutput('FunctionUrl', {});
  });
});
