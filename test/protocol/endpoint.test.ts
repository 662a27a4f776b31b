/** From an event to its result: routes, the order of the steps, what a handler learns, what is logged. */
import { describe, expect, it } from 'vitest';
import type { Authenticate, GatewayEvent } from '../../layers/protocol/index.ts';
import { ServiceError } from '../../layers/protocol/index.ts';
import { ACCOUNT, REQUEST_ID } from './support/events.ts';
import { SDK_TYPE, sdk, send } from './support/greeter.ts';

describe('a route', () => {
  it('of SDKs names the operation in a header', async () => {
    const { result, body } = await send(sdk('RekognitionService.Greet'));
    expect(result).toEqual({
      statusCode: 200,
      headers: { 'Content-Type': SDK_TYPE, 'x-amzn-RequestId': REQUEST_ID },
      body: '{"Greeting":"Hello Ada"}',
      isBase64Encoded: false,
    });
    expect(body).toEqual({ Greeting: 'Hello Ada' });
  });

  it.each(['x-amz-target', 'X-AMZ-TARGET', 'X-Amz-Target'])('reads %s', async (name) => {
    const headers = { [name]: 'RekognitionService.Greet' };
    expect((await send({ path: '/', headers })).result.statusCode).toBe(200);
    expect((await send({ path: '', headers })).result.statusCode).toBe(200);
  });

  it.each(['/Greet', '/Greet/'])('of plain HTTP is a path: %s', async (path) => {
    const { result } = await send({ path });
    expect(result.statusCode).toBe(200);
    expect(result.headers).toEqual({
      'Content-Type': 'application/json',
      'x-amzn-RequestId': REQUEST_ID,
    });
  });

  it('is that of API Gateway, where a domain has a base path in front', async () => {
    const plain = { resource: '/Greet', path: '/faces/Greet' };
    expect((await send(plain)).result.statusCode).toBe(200);
    const root = { resource: '/', path: '/faces' };
    expect((await send({ ...sdk('RekognitionService.Greet'), ...root })).result.statusCode).toBe(
      200,
    );
  });

  it('works without headers, as an event of the console has none', async () => {
    const { result } = await send({ path: '/Greet', headers: JSON.parse('null') });
    expect(result.statusCode).toBe(200);
  });

  it('takes the path before the header', async () => {
    const { result } = await send({ path: '/Greet', headers: { 'x-amz-target': 'Other' } });
    expect(result.statusCode).toBe(200);
  });

  const HINT =
    'Name an operation: POST / with the header X-Amz-Target: RekognitionService.<Operation>, or POST /<Operation>.';

  it.each<[string, Partial<GatewayEvent>, string]>([
    ['no target', { path: '/' }, HINT],
    ['an empty target', sdk(''), HINT],
    ['the target of another service', sdk('DynamoDB_20120810.ListTables'), HINT],
    ['a prefix alone', sdk('RekognitionService.'), HINT],
    ['another method', { httpMethod: 'GET' }, HINT],
    [
      'another method with a target',
      { ...sdk('RekognitionService.Greet'), httpMethod: 'PUT' },
      HINT,
    ],
    ['an unknown target', sdk('RekognitionService.Wave'), 'Unknown operation: Wave'],
    ['an unknown path', { path: '/Wave' }, 'Unknown operation: Wave'],
    ['a name in another case', { path: '/greet' }, 'Unknown operation: greet'],
    ['a longer path', { path: '/v1/Greet' }, 'Unknown operation: v1/Greet'],
    ['an inherited name', { path: '/constructor' }, 'Unknown operation: constructor'],
    ['a very long name', { path: `/${'x'.repeat(5000)}` }, `Unknown operation: ${'x'.repeat(100)}`],
  ])('with %s is refused', async (_, event, message) => {
    const { result, body, log, calls } = await send(event);
    expect(result.statusCode).toBe(400);
    expect(body).toEqual({ __type: 'UnknownOperationException', message });
    expect(log).toMatchObject([{ operation: undefined, status: 400 }]);
    expect(calls).toEqual([]);
  });
});

describe('the steps', () => {
  const refuse: Authenticate = async () => {
    throw new ServiceError('UnrecognizedClientException', 'Who are you?');
  };
  const broken = { body: '{' };
  const invalid = { body: '{}' };

  it('begin with authentication, before anything of the request is judged', async () => {
    for (const event of [{ path: '/Wave' }, broken, invalid, {}]) {
      const { body, calls } = await send(event, { authenticate: refuse });
      expect(body).toMatchObject({ __type: 'UnrecognizedClientException' });
      expect(calls).toEqual([]);
    }
  });

  it('go on with the operation, before its input is read', async () => {
    const { body } = await send({ path: '/Wave', ...broken });
    expect(body).toMatchObject({ __type: 'UnknownOperationException' });
  });

  it('go on with the input, before the handler', async () => {
    const unreadable = await send(broken);
    expect(unreadable.body).toMatchObject({ __type: 'SerializationException' });
    expect(unreadable.calls).toEqual([]);
    const wrong = await send(invalid);
    expect(wrong.body).toEqual({
      __type: 'ValidationException',
      message:
        "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null",
    });
    expect(wrong.calls).toEqual([]);
  });

  it('hand authentication the bytes as they came', async () => {
    const bytes = Buffer.from('{"Name":"Ädä"}\n', 'utf8');
    const seen: Buffer[] = [];
    const authenticate: Authenticate = async ({ body }) => void seen.push(body.bytes);
    await send({ body: bytes.toString('utf8') }, { authenticate });
    await send({ body: bytes.toString('base64'), isBase64Encoded: true }, { authenticate });
    await send({ body: null }, { authenticate });
    expect(seen).toEqual([bytes, bytes, Buffer.alloc(0)]);
  });

  it('read a body in base64 like any other', async () => {
    const body = Buffer.from('{"Name":"Ädä"}').toString('base64');
    const { result } = await send({ body, isBase64Encoded: true });
    expect(result.body).toBe('{"Greeting":"Hello Ädä"}');
  });

  it('take a body that is absent for one without members', async () => {
    const { body } = await send({ body: null });
    expect(body).toMatchObject({ __type: 'ValidationException' });
  });
});

/** A request that carries a signature of the form that SDKs make. */
const signed = (credential: string) => ({
  headers: {
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`,
  },
});

describe('a handler', () => {
  it('learns the region that the request is signed for', async () => {
    const { calls } = await send(
      signed('AKIDEXAMPLE/20261122/ap-south-1/rekognition/aws4_request'),
    );
    expect(calls).toEqual([{ requestId: REQUEST_ID, region: 'ap-south-1', accountId: ACCOUNT }]);
  });

  it.each<[string, Partial<GatewayEvent>]>([
    ['unsigned', {}],
    ['of a bearer', { headers: { authorization: 'Bearer id.secret' } }],
    ['signed without a scope', signed('AKIDEXAMPLE')],
    ['signed for no region', signed('AKIDEXAMPLE/20261122//rekognition/aws4_request')],
    ['signed for something else', signed('AKIDEXAMPLE/20261122/A"B/rekognition/aws4_request')],
  ])('learns the region of the service from a request that is %s', async (_, event) => {
    expect((await send(event)).calls).toMatchObject([{ region: 'eu-central-1' }]);
  });
});

describe('the log', () => {
  it('has one entry per request', async () => {
    const { log } = await send({});
    expect(log).toHaveLength(1);
    expect(log[0]).toMatchObject({
      requestId: REQUEST_ID,
      operation: 'Greet',
      status: 200,
      milliseconds: 5,
    });
  });

  it('holds nothing of what proves who sent the request, or of its body', async () => {
    const event = signed('AKIDEXAMPLE/20261122/us-east-1/rekognition/aws4_request');
    const { log } = await send({ ...event, body: '{"Name":"private"}' });
    expect(JSON.stringify(log)).not.toMatch(/Signature|private/);
  });
});
