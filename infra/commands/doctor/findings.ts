/** What the facts about a stack mean: a line each, with what to do. Pure. */
import type { CallResult, StackFacts } from './facts.ts';

export interface Finding {
  readonly state: 'works' | 'mind' | 'broken';
  readonly subject: string;
  /** A sentence or two. */
  readonly says: string;
}

/** A signature is good for fifteen minutes. */
const SKEW_MS = 5 * 60_000;
/** What Lambda allows a new account. */
const NEW_ACCOUNT = 10;
const LID = 20;

export function findings(facts: StackFacts): Finding[] {
  return [
    stackFinding(facts),
    ...facts.calls.map(callFinding),
    speedFinding(facts),
    clockFinding(facts),
    ...concurrencyFindings(facts),
    ...alarmFindings(facts),
  ];
}

function stackFinding({ status }: StackFacts): Finding {
  const subject = 'Stack';
  if (/^(CREATE|UPDATE|IMPORT)_COMPLETE$/.test(status)) {
    return { state: 'works', subject, says: `CloudFormation says ${status}.` };
  }
  return /IN_PROGRESS$/.test(status)
    ? { state: 'mind', subject, says: `CloudFormation says ${status}: ask again when it is done.` }
    : {
        state: /^UPDATE_ROLLBACK_COMPLETE$/.test(status) ? 'mind' : 'broken',
        subject,
        says: `CloudFormation says ${status}: its events say what failed; deploy again when that is mended.`,
      };
}

function callFinding({ address, how, url, outcome }: CallResult): Finding {
  const subject = `${address}, ${how}`;
  if (outcome === 'ok') return { state: 'works', subject, says: `${url} answers.` };
  // As AWS's notes on REST APIs say.
  if (address === 'HttpEndpoint' && how === 'signed' && /^MissingAuth/.test(outcome)) {
    const says = 'API Gateway drops signatures, as its notes say. Give SDKs the SdkEndpoint.';
    return { state: 'works', subject, says };
  }
  const [, advice] = ADVICE.find(([pattern]) => pattern.test(outcome)) ?? [];
  return { state: 'broken', subject, says: `${outcome}. ${advice ?? ''}`.trim() };
}

const ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /AccessDenied/,
    'This address is not among allowedAddresses, or a policy of your organisation forbids public function URLs.',
  ],
  [
    /MissingAuth/,
    'The Authorization header does not arrive: what stands in front of this address?',
  ],
  [
    /InvalidSignature/,
    'The host or a header is changed on the way: what stands in front of this address?',
  ],
  [
    /UnrecognizedClient/,
    'The functions do not find the key that was just made: may they read its parameter, in this region?',
  ],
  [
    /Throttling|TooManyRequests|429/,
    'Too many executions at once, or a lid is closed: see Concurrency.',
  ],
  [
    /413|RequestEntityTooLarge/,
    'Put large photographs into a bucket and name them in Image.S3Object.',
  ],
  [
    /InternalServerError|50\d/,
    'The log of the function says why: filter level = "ERROR" in Logs Insights.',
  ],
  [
    /ENOTFOUND|getaddrinfo/,
    'The name of the address is not known: a domain has to point to DomainTarget.',
  ],
];

function speedFinding({ calls }: StackFacts): Finding {
  const subject = 'Layer and models';
  const looked = calls.find(({ outcome }) => outcome === 'ok');
  if (looked === undefined) {
    return { state: 'broken', subject, says: 'No address has looked at a picture.' };
  }
  const [first = 0, second = 0] = looked.milliseconds.map(Math.round);
  const says = `A picture was looked at, in ${first} ms the first time, ${second} ms the second.`;
  return { state: 'works', subject, says };
}

function clockFinding({ calls }: StackFacts): Finding {
  const subject = 'Clock';
  const ahead = calls.find(({ clockAheadMs }) => clockAheadMs !== undefined)?.clockAheadMs;
  if (ahead === undefined)
    return { state: 'mind', subject, says: 'No answer said what time it is.' };
  const seconds = Math.round(Math.abs(ahead) / 1000);
  if (Math.abs(ahead) < SKEW_MS) {
    return { state: 'works', subject, says: `This machine is within ${seconds + 1} s of AWS.` };
  }
  const direction = ahead > 0 ? 'behind' : 'ahead of';
  const says = `This machine is ${seconds} s ${direction} AWS; signatures are good for 15 minutes. Set its clock.`;
  return { state: 'broken', subject, says };
}

function concurrencyFindings({ accountConcurrency, sdkConcurrency, isWeb }: StackFacts): Finding[] {
  const subject = 'Concurrency';
  if (accountConcurrency <= NEW_ACCOUNT) {
    const says = `Lambda allows this account ${accountConcurrency} executions at once, and answers 429 beyond. Ask for more: Service Quotas, AWS Lambda, "Concurrent executions".`;
    return [{ state: 'mind', subject, says }];
  }
  if (isWeb) {
    const says = 'The web function has its own lids, webRate and webEnvironments.';
    return [{ state: 'works', subject, says }];
  }
  if (sdkConcurrency === 0) {
    const says = 'The address for SDKs is closed: its function is allowed no executions.';
    return [{ state: 'broken', subject, says }];
  }
  if (sdkConcurrency !== undefined) {
    const says = `SDKs have ${sdkConcurrency} of the account's ${accountConcurrency} executions at once: ${10 * sdkConcurrency} requests a second at most.`;
    return [{ state: 'works', subject, says }];
  }
  const says = `Nothing but the account's ${accountConcurrency} executions at once limits what strangers send: deploy with -c sdkConcurrency=${LID}.`;
  return [{ state: 'mind', subject, says }];
}

function alarmFindings({ alarms, topics }: StackFacts): Finding[] {
  const subject = 'Alarms';
  const ringing = alarms.filter(({ state }) => state === 'ALARM').map(({ name }) => name);
  const rings: Finding[] =
    ringing.length === 0
      ? []
      : [
          {
            state: 'mind',
            subject,
            says: `Ringing: ${ringing.join(', ')}. docs/deploy.md says where to look.`,
          },
        ];
  if (alarms.length === 0) {
    return [{ state: 'broken', subject, says: 'The stack has no alarms: deploy again.' }];
  }
  const silent = alarms.filter((alarm) => alarm.topics.length === 0);
  if (silent.length > 0) {
    const says = `${silent.length} of ${alarms.length} alarms tell nobody: deploy with -c alarmEmail=<your address>.`;
    return [...rings, { state: 'mind', subject, says }];
  }
  const deaf = topics.filter(({ takesAlarms }) => !takesAlarms);
  if (deaf.length > 0) {
    const says = 'The topic does not let CloudWatch publish: deploy again.';
    return [...rings, { state: 'broken', subject, says }];
  }
  if (topics.some(({ confirmed }) => confirmed === 0)) {
    const waiting = topics.some(({ unconfirmed }) => unconfirmed > 0);
    const says = waiting
      ? 'The address that is told has not been confirmed: follow the link in the mail from AWS.'
      : 'Nobody is subscribed to the topic any more: deploy again.';
    return [...rings, { state: 'broken', subject, says }];
  }
  return [
    ...rings,
    { state: 'works', subject, says: `${alarms.length} alarms tell a confirmed address.` },
  ];
}
