/** An endpoint with one operation, `Greet`, and a record of what it was asked and what it logged. */
import type {
  Authenticate,
  Call,
  EndpointOptions,
  GatewayEvent,
  GatewayResult,
  RequestLog,
} from '../../../layers/protocol/index.ts';
import { endpoint, integer, operation, string, structure } from '../../../layers/protocol/index.ts';
import { CONTEXT, eventOf } from './events.ts';

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
  uses: { records: [], shards: 'none', images: false, inference: false, jobs: [] },
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
  const result = await serve({ ...eventOf('Greet', '{"Name":"Ada"}'), ...event }, CONTEXT);
  return { result, body: JSON.parse(result.body), log, calls };
}

/** A request as SDKs make it. */
export const sdk = (target: string): Partial<GatewayEvent> => ({
  path: '/',
  headers: { 'X-Amz-Target': target, 'Content-Type': SDK_TYPE },
});
