/** An endpoint with one operation, `Greet`, and a record of what it was asked and what it logged. */
import type { Context } from 'aws-lambda';
import type {
  Authenticate,
  Call,
  EndpointOptions,
  GatewayEvent,
  GatewayResult,
  RequestLog,
} from '../../../layers/protocol/index.ts';
import { endpoint, integer, operation, string, structure } from '../../../layers/protocol/index.ts';

export const REQUEST_ID = '7f1a0b4c-5d6e-4f70-8a91-b2c3d4e5f607';
export const SDK_TYPE = 'application/x-amz-json-1.1';

/** What the operation of these tests works with: it says what it was asked, or fails. */
interface Services {
  greet(name: string, call: Call): Promise<string>;
}

const Greet = operation({
  name: 'Greet',
  input: structure({ Name: string({ max: 20 }), Times: integer({ min: 1 }) }, ['Name']),
  output: structure({ Greeting: string() }),
  errors: ['InvalidParameterException'],
  uses: { records: 'none', shards: 'none', images: false, inference: false },
  async handler({ Name }, { greet }: Services, call) {
    return { Greeting: await greet(Name, call) };
  },
});

export interface Setting {
  readonly greet?: Services['greet'];
  readonly authenticate?: Authenticate;
  readonly translate?: EndpointOptions<Services>['translate'];
}

export interface Outcome {
  readonly result: GatewayResult;
  readonly body: unknown;
  readonly log: readonly RequestLog[];
  readonly calls: readonly Call[];
}

/** Sends one event to an endpoint that knows one operation, on a clock that moves 5 ms per reading. */
export async function send(event: Partial<GatewayEvent>, setting: Setting = {}): Promise<Outcome> {
  const log: RequestLog[] = [];
  const calls: Call[] = [];
  let now = 1000;
  const serve = endpoint<Services>({
    operations: [Greet],
    services: async () => ({
      async greet(name, call) {
        calls.push(call);
        return setting.greet === undefined ? `Hello ${name}` : setting.greet(name, call);
      },
    }),
    authenticate: setting.authenticate ?? (async () => undefined),
    translate: setting.translate ?? (() => undefined),
    region: 'eu-central-1',
    log: (entry) => log.push(entry),
    clock: () => {
      now += 5;
      return now;
    },
  });
  const result = await serve(
    {
      httpMethod: 'POST',
      path: '/Greet',
      headers: {},
      body: '{"Name":"Ada"}',
      isBase64Encoded: false,
      requestContext: { requestId: REQUEST_ID, accountId: '123456789012' },
      ...event,
    },
    CONTEXT,
  );
  return { result, body: JSON.parse(result.body), log, calls };
}

const CONTEXT: Context = {
  awsRequestId: 'of-the-function',
  callbackWaitsForEmptyEventLoop: true,
  functionName: 'test',
  functionVersion: '1',
  invokedFunctionArn: '',
  memoryLimitInMB: '128',
  logGroupName: '',
  logStreamName: '',
  getRemainingTimeInMillis: () => 60_000,
  done: () => undefined,
  fail: () => undefined,
  succeed: () => undefined,
};

/** A request as SDKs make it. */
export const sdk = (target: string): Partial<GatewayEvent> => ({
  path: '/',
  headers: { 'X-Amz-Target': target, 'Content-Type': SDK_TYPE },
});
