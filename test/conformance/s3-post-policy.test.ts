/** The policies of upload forms: AWS's own example, and documents that are none. */
import { expect, it } from 'vitest';
import { isSignedText } from '../../infra/emulators/s3/auth/sigv4.ts';
import { S3Error } from '../../infra/emulators/s3/errors.ts';
import { applyPolicy, parsePolicy } from '../../infra/emulators/s3/form/policy.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html */
const EXAMPLE = `{ "expiration": "2015-12-30T12:00:00.000Z",
  "conditions": [
    {"bucket": "sigv4examplebucket"},
    ["starts-with", "$key", "user/user1/"],
    {"acl": "public-read"},
    {"success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},
    ["starts-with", "$Content-Type", "image/"],
    {"x-amz-meta-uuid": "14365123651274"},
    {"x-amz-server-side-encryption": "AES256"},
    ["starts-with", "$x-amz-meta-tag", ""],

    {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},
    {"x-amz-algorithm": "AWS4-HMAC-SHA256"},
    {"x-amz-date": "20151229T000000Z" }
  ]
}`.replaceAll('\n', '\r\n');

const FIELDS = {
  key: 'user/user1/photo.jpg',
  acl: 'public-read',
  success_action_redirect: 'http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html',
  'Content-Type': 'image/jpeg',
  'x-amz-meta-uuid': '14365123651274',
  'x-amz-server-side-encryption': 'AES256',
  'X-Amz-Credential': 'AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request',
  'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
  'X-Amz-Date': '20151229T000000Z',
  'x-amz-meta-tag': '',
  Policy: '',
  'X-Amz-Signature': '',
};

const encode = (text: string) => Buffer.from(text).toString('base64');
const submission = (fields: Record<string, string>, now: string) => ({
  fields: new Map(
    Object.entries(fields).map(([name, value]) => [name.toLowerCase(), { name, value }]),
  ),
  bucket: 'sigv4examplebucket',
  now: new Date(now),
});

it("AWS's example is signed as AWS says, and allows its form", () => {
  const scope = '20151229/us-east-1/s3/aws4_request';
  const value = '8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e';
  const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
  expect(isSignedText(encode(EXAMPLE), { scope, value }, secret)).toBe(true);
  const policy = parsePolicy(encode(EXAMPLE));
  expect(() => applyPolicy(policy, submission(FIELDS, '2015-12-30T12:00:00Z'))).not.toThrow();
  expect(() => applyPolicy(policy, submission(FIELDS, '2015-12-30T12:00:01Z'))).toThrow('expired');
  for (const name of Object.keys(FIELDS).slice(0, -2)) {
    const without = { ...FIELDS, [name]: 'another value' };
    const isFree = name === 'x-amz-meta-tag';
    const apply = () => applyPolicy(policy, submission(without, '2015-12-30T00:00:00Z'));
    if (isFree) expect(apply).not.toThrow();
    else expect(apply).toThrow('Policy Condition failed: ');
  }
});

const conditions = (text: string) => `{"expiration":"2030-01-01T00:00:00Z","conditions":${text}}`;

it.each([
  ['!', 'invalid Base64 encoding.'],
  [encode('{'), 'Invalid JSON.'],
  [encode('[]'), 'Invalid JSON.'],
  [encode('{"conditions":[]}'), 'Policy missing expiration.'],
  [encode('{"expiration":"2030-01-01T00:00:00Z"}'), 'Policy missing conditions.'],
  [encode('{"Statement":[]}'), "Unexpected: 'statement'"],
  [
    encode('{"expiration":"2030-01-01T00:00:00+02:00","conditions":[]}'),
    "Invalid 'expiration' value: '2030-01-01T00:00:00+02:00'",
  ],
  [encode(conditions('{}')), "Invalid 'conditions' value: must be a List."],
  [encode(conditions('["a"]')), 'Invalid condition test: must be a List or Object.'],
  [
    encode(conditions('[{"a":"1","b":"2"}]')),
    'Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.',
  ],
  [encode(conditions('[{"a":1}]')), 'Invalid Simple-Condition: value must be a string.'],
  [encode(conditions('[[]]')), 'Invalid Condition: missing operation identifier.'],
  [encode(conditions('[["ends-with","$key","a"]]')), "unknown operation 'ends-with'."],
  [encode(conditions('[["eq","$key"]]')), 'Invalid eq: wrong number of arguments.'],
  [encode(conditions('[["content-length-range",-1,0]]')), 'Invalid JSON.'],
])('%s is no policy: %s', (document, reason) => {
  const parse = () => parsePolicy(document);
  expect(parse).toThrow(reason);
  expect(parse).toThrow(S3Error);
});

it('compares the names of fields in any case, their values as they are', () => {
  const apply = (list: string, fields: Record<string, string>) =>
    applyPolicy(parsePolicy(encode(conditions(list))), submission(fields, '2029-01-01T00:00:00Z'));
  const both = '[["StArTs-WiTh","$KeY","foo"],["content-length-range","5","10"]]';
  expect(apply(both, { kEy: 'foo.txt' })).toEqual({ least: 5, most: 10 });
  expect(() => apply(both, { key: 'Foo' })).toThrow('["starts-with", "$KeY", "foo"]');
  expect(() => apply('[["eq","key","a"]]', { key: 'a' })).toThrow('["eq", "key", "a"]');
  expect(() => apply('[["content-length-range","a",1]]', {})).toThrow('Policy Condition failed');
  expect(() => apply('[["starts-with","$redirect",""]]', {})).toThrow('Policy Condition failed');
});
