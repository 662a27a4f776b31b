/** The console behind the address of a function: files, and nothing that calls of the API would meet. */
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { serve } from '../../functions/lambda/handler.ts';

const CONTEXT = {
  invokedFunctionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:Dispatcher',
  awsRequestId: 'e1506fd5-9e7b-434f-bd42-4f8fa224b599',
} as Parameters<ReturnType<typeof serve>>[1];

function asked(method: string, path: string, headers: Record<string, string> = {}) {
  const http = { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' };
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    headers,
    requestContext: { requestId: 'e1506fd5-9e7b-434f-bd42-4f8fa224b599', http },
    isBase64Encoded: false,
  } as LambdaFunctionURLEvent;
}

function behind(console: string | undefined) {
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('KEY_PREFIX', '/recollect/keys/');
  vi.stubEnv('CONSOLE', console);
  return serve([], {});
}

describe('the console behind a function URL', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('is served where it was asked for', async () => {
    const answer = behind('on');
    const page = await answer(asked('GET', '/console/'), CONTEXT);
    expect(page).toMatchObject({
      statusCode: 200,
      headers: { 'Content-Type': 'text/html; charset=utf-8' },
      body: expect.stringContaining('console.js'),
    });
    const etag = String(
      (await answer(asked('GET', '/console/console.js'), CONTEXT))?.headers?.['ETag'],
    );
    expect(
      await answer(asked('GET', '/console/console.js', { 'if-none-match': etag }), CONTEXT),
    ).toMatchObject({ statusCode: 304, body: '' });
    expect(await answer(asked('HEAD', '/console/'), CONTEXT)).toMatchObject({ body: '' });
  });

  it('is where browsers are led, and programs are not', async () => {
    const answer = behind('on');
    expect(await answer(asked('GET', '/', { accept: 'text/html,*/*' }), CONTEXT)).toMatchObject({
      statusCode: 302,
      headers: { Location: './console/' },
    });
    expect((await answer(asked('POST', '/', { accept: 'text/html' }), CONTEXT))?.statusCode).toBe(
      400,
    );
  });

  it('is not there unless it was asked for', async () => {
    for (const setting of [undefined, 'off']) {
      const result = await behind(setting)(asked('GET', '/console/'), CONTEXT);
      expect(result?.statusCode).toBeGreaterThanOrEqual(400);
      expect(result?.body).not.toContain('<html');
    }
  });
});
