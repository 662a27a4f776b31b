/** Requests without credentials, with half of them, or with those of a key that is not good. */
import { describe, expect, it } from 'vitest';
import { MISMATCH, outcome, signed, UNKNOWN, withHeaders } from './support/outcome.ts';
import { KEY, NOW, sdkRequest } from './support/requests.ts';

describe('an incomplete request', () => {
  const unsigned = sdkRequest('ListFaces');

  it.each([undefined, '', '   '])('has no Authorization: %j', async (authorization) => {
    const headers = authorization === undefined ? {} : { authorization };
    expect(await outcome(withHeaders(unsigned, headers))).toEqual([
      'MissingAuthenticationTokenException',
      'Missing Authentication Token',
    ]);
  });

  it('is one signed in its query, which this service does not take', async () => {
    const request = { ...unsigned, query: { 'X-Amz-Signature': ['0'.repeat(64)] } };
    expect(await outcome(request)).toEqual([
      'MissingAuthenticationTokenException',
      'Missing Authentication Token',
    ]);
  });

  const NEEDS = (name: string) => `Authorization header requires '${name}' parameter.`;
  const NO_DATE =
    "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.";
  const ALL = [NEEDS('Credential'), NEEDS('Signature'), NEEDS('SignedHeaders'), NO_DATE].join(' ');
  const FIVE =
    'Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.';
  const BEARER = "'Bearer' must be followed by <access key id>.<secret access key>.";

  it.each([
    ['Basic dXNlcjpzZWNyZXQ=', ALL],
    ['AWS4-HMAC-SHA256', ALL],
    ['AWS4-ECDSA-P256-SHA256 Credential=a, SignedHeaders=b, Signature=c', ALL],
    ['AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b', `${NEEDS('Signature')} ${NO_DATE}`],
    ['AWS4-HMAC-SHA256 SignedHeaders=b, Signature=c', `${NEEDS('Credential')} ${NO_DATE}`],
    ['AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c', NO_DATE],
    ['Bearer', BEARER],
    ['Bearer secret-without-id', BEARER],
    [`Bearer ${KEY.id}.`, BEARER],
    [`Bearer .${KEY.secret}`, BEARER],
  ])('says %s', async (authorization, message) => {
    expect(await outcome(withHeaders(unsigned, { authorization }))).toEqual([
      'IncompleteSignatureException',
      message,
    ]);
  });

  it.each(['AKIA', 'AKIA/20261122/rekognition/aws4_request', '/a/b/c/d', 'a/b/c/d/e/f'])(
    'has the credential %s',
    async (credential) => {
      const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`;
      const request = withHeaders(unsigned, { authorization, 'x-amz-date': '20261122T120000Z' });
      expect(await outcome(request)).toEqual(['IncompleteSignatureException', FIVE]);
    },
  );
});

describe('a key', () => {
  it('is unknown', async () => {
    const request = await signed({ key: { ...KEY, id: 'AKIAZZZZZZZZZZZZZZZZ' } });
    expect(await outcome(request)).toEqual(['UnrecognizedClientException', UNKNOWN]);
  });

  it('has no session token, so one that comes with it is not valid', async () => {
    const request = await signed({ sessionToken: 'FwoGZXIvYXdzE' });
    expect(await outcome(request)).toEqual(['UnrecognizedClientException', UNKNOWN]);
  });

  it.each([
    ['the moment it expires', NOW, true],
    ['a millisecond before', new Date(NOW.getTime() + 1), false],
  ])('is refused from %s', async (_, expires, refused) => {
    const keys = { find: async () => ({ ...KEY, expires }) };
    const authorization = `Bearer ${KEY.id}.${KEY.secret}`;
    const bearer = withHeaders(sdkRequest('ListFaces'), { authorization });
    for (const request of [await signed(), bearer]) {
      expect(await outcome(request, { keys })).toEqual(
        refused
          ? ['ExpiredTokenException', 'The security token included in the request is expired']
          : expect.objectContaining({ accessKeyId: KEY.id }),
      );
    }
  });

  it('that has expired says so only to those who have its secret', async () => {
    const keys = { find: async () => ({ ...KEY, expires: new Date(0) }) };
    const request = await signed({ key: { ...KEY, secret: 'guessed' } });
    expect(await outcome(request, { keys })).toEqual(['InvalidSignatureException', MISMATCH]);
  });
});

describe('a bearer token', () => {
  const bearer = (authorization: string) => withHeaders(sdkRequest('ListFaces'), { authorization });

  it.each(['Bearer', 'bearer'])('is accepted after %s', async (scheme) => {
    const request = bearer(`${scheme} ${KEY.id}.${KEY.secret}`);
    expect(await outcome(request)).toMatchObject({ accessKeyId: KEY.id });
  });

  it.each([
    ['another secret', `${KEY.id}.${KEY.secret.slice(0, -1)}X`],
    ['a shorter secret', `${KEY.id}.${KEY.secret.slice(0, -1)}`],
    ['a longer secret', `${KEY.id}.${KEY.secret}X`],
    ['another id', `AKIAZZZZZZZZZZZZZZZZ.${KEY.secret}`],
  ])('with %s is refused like any unknown key', async (_, token) => {
    expect(await outcome(bearer(`Bearer ${token}`))).toEqual([
      'UnrecognizedClientException',
      UNKNOWN,
    ]);
  });
});
