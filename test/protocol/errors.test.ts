/** What errors look like on the wire, and in the log. */
import { describe, expect, it } from 'vitest';
import type {
  Authenticate,
  FrameworkErrorName,
  ModelledErrorName,
} from '../../layers/protocol/index.ts';
import { ServiceError } from '../../layers/protocol/index.ts';
import { modelledErrors } from '../support/model.ts';
import { REQUEST_ID } from './support/events.ts';
import { SDK_TYPE, type Setting, sdk, send } from './support/greeter.ts';

describe('an error', () => {
  const fail = (error: unknown): Setting => ({
    greet: async () => {
      throw error;
    },
  });

  it('of the model has a type, a code, a reference and a message', async () => {
    const text = 'There are no faces in the image. Should be at least 1.';
    const error = new ServiceError('InvalidParameterException', text);
    const { result, log } = await send(sdk('RekognitionService.Greet'), fail(error));
    expect(result).toEqual({
      statusCode: 400,
      headers: { 'Content-Type': SDK_TYPE, 'x-amzn-RequestId': REQUEST_ID },
      body: `{"__type":"InvalidParameterException","Code":"InvalidParameterException","Logref":"${REQUEST_ID}","Message":"${text}"}`,
      isBase64Encoded: false,
    });
    expect(log).toMatchObject([
      { requestId: REQUEST_ID, operation: 'Greet', status: 400, milliseconds: 5, error },
    ]);
  });

  it('of the framework has a type and a message', async () => {
    const { result } = await send({ body: '[]' });
    expect(result).toEqual({
      statusCode: 400,
      headers: { 'Content-Type': 'application/json', 'x-amzn-RequestId': REQUEST_ID },
      body: '{"__type":"SerializationException","message":"Start of list found where not expected"}',
      isBase64Encoded: false,
    });
  });

  // The service answers with 400 whatever is not a fault of its own.
  const MODELLED: readonly [ModelledErrorName, number][] = [
    ['AccessDeniedException', 400],
    ['ConflictException', 400],
    ['IdempotentParameterMismatchException', 400],
    ['ImageTooLargeException', 400],
    ['InternalServerError', 500],
    ['InvalidImageFormatException', 400],
    ['InvalidPaginationTokenException', 400],
    ['InvalidParameterException', 400],
    ['InvalidS3ObjectException', 400],
    ['LimitExceededException', 400],
    ['ProvisionedThroughputExceededException', 400],
    ['ResourceAlreadyExistsException', 400],
    ['ResourceNotFoundException', 400],
    ['ServiceQuotaExceededException', 400],
    ['ThrottlingException', 400],
    ['VideoTooLargeException', 400],
  ];

  it('of the model is one of those that the published model knows', () => {
    expect(MODELLED.map(([name]) => name)).toEqual(modelledErrors().sort());
  });

  it.each(MODELLED)('of the model called %s has status %i', async (name, status) => {
    const { result, body } = await send({}, fail(new ServiceError(name, 'Text')));
    expect(result.statusCode).toBe(status);
    expect(body).toEqual({ __type: name, Code: name, Logref: REQUEST_ID, Message: 'Text' });
  });

  it.each<[FrameworkErrorName, number]>([
    ['ExpiredTokenException', 400],
    ['IncompleteSignatureException', 400],
    ['InvalidSignatureException', 400],
    ['MissingAuthenticationTokenException', 400],
    ['RequestEntityTooLargeException', 413],
    ['SerializationException', 400],
    ['UnknownOperationException', 400],
    ['UnrecognizedClientException', 400],
    ['ValidationException', 400],
  ])('of the framework called %s has status %i', async (name, status) => {
    const { result, body } = await send({}, fail(new ServiceError(name, 'Text')));
    expect(result.statusCode).toBe(status);
    expect(body).toEqual({ __type: name, message: 'Text' });
  });

  it.each<[string, unknown]>([
    ['an error', new TypeError('connect ECONNREFUSED 10.0.0.7, password=hunter2')],
    ['an error that has a status of its own', Object.assign(new Error('no'), { statusCode: 418 })],
    [
      'an error that calls itself one of ours',
      Object.assign(new Error('no'), { name: 'ConflictException' }),
    ],
  ])('that nobody expected (%s) tells the caller nothing and the log all', async (_, error) => {
    const { result, log } = await send({}, fail(error));
    expect(result.statusCode).toBe(500);
    expect(result.body).toBe(
      `{"__type":"InternalServerError","Code":"InternalServerError","Logref":"${REQUEST_ID}","Message":"Internal server error"}`,
    );
    expect(log).toHaveLength(1);
    expect(log[0]).toMatchObject({
      requestId: REQUEST_ID,
      operation: 'Greet',
      status: 500,
    });
    expect(log[0]?.error).toBe(error);
  });

  it('of a layer is translated, and logged as it was', async () => {
    const error = new RangeError('row 7');
    const translate = (given: unknown) =>
      given === error ? new ServiceError('ThrottlingException', 'Slow down.') : undefined;
    const { body, log } = await send({}, { ...fail(error), translate });
    expect(body).toMatchObject({ __type: 'ThrottlingException', Message: 'Slow down.' });
    expect(log[0]?.error).toBe(error);
  });

  it('of authentication that is none of ours is a fault too', async () => {
    const error = new Error('key store');
    const authenticate: Authenticate = async () => {
      throw error;
    };
    const { result, log } = await send({}, { authenticate });
    expect(result.statusCode).toBe(500);
    expect(result.body).not.toContain('key store');
    expect(log[0]?.error).toBe(error);
  });

  it('does not outlive its request', async () => {
    expect((await send({ body: '{' })).result.statusCode).toBe(400);
    expect((await send({})).result.statusCode).toBe(200);
  });
});
