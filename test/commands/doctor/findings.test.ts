/** What the doctor says of what it found, and what it then advises. */
import { describe, expect, it } from 'vitest';
import { lidFor } from '../../../infra/commands/deploy/lid.ts';
import type { CallResult, StackFacts } from '../../../infra/commands/doctor/facts.ts';
import { findings } from '../../../infra/commands/doctor/findings.ts';
import { letsAlarmsPublish } from '../../../infra/commands/doctor/gather.ts';

const call = (
  address: CallResult['address'],
  how: CallResult['how'],
  outcome = 'ok',
): CallResult => ({
  address,
  how,
  outcome,
  url: `https://${address}.example/`,
  milliseconds: [1500, 80],
  clockAheadMs: 200,
});

const WELL: StackFacts = {
  status: 'UPDATE_COMPLETE',
  calls: [
    call('SdkEndpoint', 'signed'),
    call('SdkEndpoint', 'bearer'),
    call('HttpEndpoint', 'signed', 'MissingAuthenticationTokenException'),
    call('HttpEndpoint', 'bearer'),
  ],
  alarms: [{ name: 'Errors', state: 'OK', topics: ['arn:topic'] }],
  topics: [{ arn: 'arn:topic', takesAlarms: true, confirmed: 1, unconfirmed: 0 }],
  accountConcurrency: 1000,
  sdkConcurrency: 20,
  isWeb: false,
};

const said = (facts: Partial<StackFacts>, state: string) =>
  findings({ ...WELL, ...facts })
    .filter((one) => one.state === state)
    .map(({ subject, says }) => `${subject}: ${says}`);

describe('a stack that is well', () => {
  it('has nothing to mind, also where API Gateway drops signatures', () => {
    expect(findings(WELL).map(({ state }) => state)).toEqual(
      Array(9).fill('works').slice(0, findings(WELL).length),
    );
    expect(said({}, 'works').join('\n')).toMatch(/Give SDKs the SdkEndpoint/);
    expect(said({}, 'works').join('\n')).toMatch(/1500 ms the first time, 80 ms the second/);
  });
});

describe('what is wrong', () => {
  it.each<[string, Partial<StackFacts>, 'mind' | 'broken', RegExp]>([
    ['a rollback', { status: 'ROLLBACK_COMPLETE' }, 'broken', /^Stack: .*events/],
    ['a deployment under way', { status: 'UPDATE_IN_PROGRESS' }, 'mind', /ask again/],
    [
      'signatures that do not arrive',
      { calls: [call('SdkEndpoint', 'signed', 'MissingAuthenticationTokenException')] },
      'broken',
      /^SdkEndpoint, signed: .*in front of this address/,
    ],
    [
      'a domain that points nowhere',
      { calls: [call('HttpEndpoint', 'bearer', 'fetch failed (getaddrinfo ENOTFOUND faces)')] },
      'broken',
      /DomainTarget/,
    ],
    [
      'a clock that is slow',
      { calls: [{ ...call('SdkEndpoint', 'bearer'), clockAheadMs: 3_600_000 }] },
      'broken',
      /^Clock: This machine is 3600 s behind/,
    ],
    [
      'a new account',
      { accountConcurrency: 10, sdkConcurrency: undefined },
      'mind',
      /Service Quotas/,
    ],
    ['no lid', { sdkConcurrency: undefined }, 'mind', /-c sdkConcurrency=20/],
    ['a closed lid', { sdkConcurrency: 0 }, 'broken', /closed/],
    [
      'nobody to tell',
      { alarms: [{ name: 'Errors', state: 'OK', topics: [] }] },
      'mind',
      /alarmEmail/,
    ],
    [
      'a topic that takes no alarms',
      { topics: [{ arn: 'a', takesAlarms: false, confirmed: 1, unconfirmed: 0 }] },
      'broken',
      /does not let CloudWatch publish/,
    ],
    [
      'a mail that nobody has read',
      { topics: [{ arn: 'a', takesAlarms: true, confirmed: 0, unconfirmed: 1 }] },
      'broken',
      /follow the link/,
    ],
    [
      'an alarm that rings',
      { alarms: [{ name: 'DeadFolds', state: 'ALARM', topics: ['arn:topic'] }] },
      'mind',
      /Ringing: DeadFolds/,
    ],
  ])('%s is said, with what to do', (_, facts, state, text) => {
    expect(said(facts, state).join('\n')).toMatch(text);
  });
});

describe('a policy of a topic', () => {
  const statement = (Principal: unknown, Effect = 'Allow', Action = 'sns:Publish') =>
    JSON.stringify({ Statement: [{ Effect, Principal, Action }] });

  it.each([
    [statement({ Service: 'cloudwatch.amazonaws.com' }), true],
    [statement({ AWS: '*' }, 'Allow', 'SNS:Publish'), true],
    // The denial of what is not encrypted, alone.
    [statement({ AWS: '*' }, 'Deny'), false],
    [statement({ Service: 'events.amazonaws.com' }), false],
    ['', false],
  ])('%s lets alarms publish: %s', (policy, expected) => {
    expect(letsAlarmsPublish(policy)).toBe(expected);
  });
});

describe('the lid of a deployment', () => {
  it('is put on where the account has room, and nothing else was said', () => {
    expect(lidFor([], { limit: 1000, unreserved: 1000 })?.arguments).toEqual([
      '-c',
      'sdkConcurrency=20',
    ]);
    expect(lidFor(['-c', 'uploads=true'], { limit: 1000, unreserved: 980 })).toBeDefined();
    expect(lidFor([], { limit: 10, unreserved: 10 })).toBeUndefined();
    expect(lidFor([], undefined)).toBeUndefined();
    for (const args of [
      ['-c', 'sdkConcurrency=5'],
      ['--context=sdkConcurrency=5'],
      ['-c', 'sdk=web-function'],
    ]) {
      expect(lidFor(args, { limit: 1000, unreserved: 1000 })).toBeUndefined();
    }
  });
});
