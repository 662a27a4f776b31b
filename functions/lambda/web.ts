/**
 * The service as a Lambda Web Function: the HTTP server that also serves one machine, with AWS's stores behind it.
 *
 * Lambda starts the process, sends it requests over HTTP/1.1, up to 64 at once, as soon as it listens, and has taken
 * its own `Connection`, `Upgrade`, `Expect`, `TE`, `Trailer` and `lambda-web-*` headers away; `Host` is the endpoint's own
 * name, and the last address in `X-Forwarded-For` is the client's. Nothing has been checked: that is done here. The process lives on after
 * an answer, so everything that belongs to a request is in that request's own call.
 */
import { availableParallelism } from 'node:os';
import { ClientGoneError, type InferencePort, Work } from '../../layers/inference/index.ts';
import { type EndpointOptions, endpoint, ServiceError } from '../../layers/protocol/index.ts';
import { translate } from '../common/faults.ts';
import type { Makers, ServiceOperation, Services } from '../common/services.ts';
import { createServices } from '../common/services.ts';
import { Bodies } from '../http/bodies.ts';
import { BoundedInference } from '../http/bounded-inference.ts';
import { type Listening, listen } from '../http/listen.ts';
import { LARGEST_BODY, requestListener } from '../http/server.ts';
import { createAuthenticate } from './authentication.ts';
import { s3 } from './clients.ts';
import { corsOrigins, hasConsole, httpAddress, region, variable } from './environment.ts';
import { loader } from './face-models.ts';
import { telemetry } from './telemetry.ts';

/** Photographs that are looked at at once: of two processors one each, of 2 GB 400 MB at the most. */
const PHOTOGRAPHS_AT_ONCE = 2;

/** Lambda sends no more at once. */
const MOST_REQUESTS = 64;

const BODIES = {
  largest: LARGEST_BODY,
  small: 64 * 1024,
  room: 96 * 1024 * 1024,
  timeout: 30_000,
  inHand: 2 * PHOTOGRAPHS_AT_ONCE + 1,
  waiting: { bodies: MOST_REQUESTS, bytes: MOST_REQUESTS * LARGEST_BODY },
};

const GREETING =
  'Recollect speaks the Amazon Rekognition API. Give this address to an AWS SDK as its endpoint.\n';

/** How often what was measured is written. */
const METRICS_EVERY_MS = 10_000;

/** @returns once it listens; what requests need is loaded when they need it */
export async function startWeb(
  operations: readonly ServiceOperation[],
  makers: Makers,
  record?: EndpointOptions<Services>['record'],
): Promise<Listening> {
  const work = new Work();
  const services = createServices({ ...makers, inference: bounded(work) });
  const { request: log, measured, flush, warn } = telemetry();
  const answer = endpoint({
    operations,
    services: async () => services,
    authenticate: createAuthenticate(),
    translate: translateHere,
    region: region(),
    log: (entry) => {
      log(entry);
      measured(entry);
    },
    record,
    clock: () => performance.now(),
  });
  const listener = requestListener({
    endpoint: answer,
    accountId: variable('ACCOUNT'),
    bodies: new Bodies(BODIES),
    work,
    // Lambda lets only its own name in.
    door: { hosts: 'any', origins: corsOrigins() },
    addressOf: ({ headers }) => forwardedFor(headers['x-forwarded-for']),
    greeting: GREETING,
    console: hasConsole(),
    log: ({ status, milliseconds, requestId, errorName }) =>
      telemetry().info('door', {
        requestId,
        status,
        milliseconds: Math.round(milliseconds),
        ...(errorName === undefined ? {} : { errorName }),
      }),
    onFault: (error) => warn('A request was not answered.', error),
  });
  const { host, port } = httpAddress();
  const listening = await listen(listener, host, port);
  const timer = setInterval(flush, METRICS_EVERY_MS);
  const close = async () => {
    clearInterval(timer);
    await listening.close();
    flush();
  };
  return { url: listening.url, close };
}

/** Starts, and ends with the process. A process that cannot start says why and fails, for the revision's log. */
export function runWeb(
  operations: readonly ServiceOperation[],
  makers: Makers,
  record?: EndpointOptions<Services>['record'],
): void {
  startWeb(operations, makers, record).then(
    ({ close }) => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) {
        process.once(signal, () => {
          close().then(
            () => process.exit(0),
            () => process.exit(1),
          );
        });
      }
    },
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
}

/** There is nobody to be told; it must not ring the alarm on faults. */
function translateHere(error: unknown): ServiceError | undefined {
  return error instanceof ClientGoneError
    ? new ServiceError('ThrottlingException', error.message, { cause: error })
    : translate(error);
}

function bounded(work: Work): NonNullable<Makers['inference']> {
  return ({ faceModels }): InferencePort =>
    new BoundedInference(
      {
        models: variable('MODELS'),
        threads: availableParallelism(),
        faceModels,
        load: loader(faceModels, s3),
        places: PHOTOGRAPHS_AT_ONCE,
        waiting: MOST_REQUESTS,
      },
      work,
    );
}

/** The last one: those before it are the client's own words. */
function forwardedFor(header: string | string[] | undefined): string {
  return [header].flat().join(',').split(',').at(-1)?.trim() ?? '';
}
