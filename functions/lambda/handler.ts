/** The request function: some operations, or all of them, behind API Gateway or a function URL. */
import type { Context, LambdaFunctionURLEvent } from 'aws-lambda';
import type { EndpointOptions, GatewayEvent, GatewayResult } from '../../layers/protocol/index.ts';
import { endpoint } from '../../layers/protocol/index.ts';
import { translate } from '../common/faults.ts';
import { serverTiming } from '../common/server-timing.ts';
import type { Makers, ServiceOperation, Services } from '../common/services.ts';
import { createServices } from '../common/services.ts';
import { type ConsoleFile, type ConsoleRequest, consoleAnswer } from '../console/console.ts';
import { createAuthenticate } from './authentication.ts';
import { forPages } from './cors.ts';
import { corsOrigins, hasConsole, region } from './environment.ts';
import { fromFunctionUrl, isFunctionUrlEvent } from './function-url.ts';
import { telemetry } from './telemetry.ts';
import { isWarmEvent, warm } from './warm.ts';

export type RequestFunction = (
  event: GatewayEvent | LambdaFunctionURLEvent,
  context: Context,
) => Promise<GatewayResult | undefined>;

/**
 * @param makers of the services that the operations declare
 * @param record where an audit trail is kept
 */
export function serve(
  operations: readonly ServiceOperation[],
  makers: Makers,
  record?: EndpointOptions<Services>['record'],
): RequestFunction {
  const services = createServices(makers);
  const answer = endpoint({
    operations,
    services: async () => services,
    authenticate: createAuthenticate(),
    translate,
    region: region(),
    log: telemetry().request,
    record,
    clock: () => performance.now(),
  });
  const origins = corsOrigins();
  const isConsoleThere = hasConsole();
  return async (event, context) => {
    if (isWarmEvent(event)) return warm(services);
    // The address of a function answers web pages by itself.
    if (isFunctionUrlEvent(event)) {
      const file = isConsoleThere ? consoleAnswer(askedBy(event)) : undefined;
      if (file !== undefined) return resultOf(file);
      return answer(fromFunctionUrl(event, context), context);
    }
    const startedAt = performance.now();
    const result = await answer(event, context);
    // An environment has one request at a time, so none waits in it.
    const timing = { 'Server-Timing': serverTiming(0, performance.now() - startedAt) };
    return forPages(origins, event, { ...result, headers: { ...result.headers, ...timing } });
  };
}

function askedBy({ rawPath, headers, requestContext }: LambdaFunctionURLEvent): ConsoleRequest {
  return { method: requestContext.http.method, path: rawPath, headers };
}

function resultOf({ status, headers, body }: ConsoleFile): GatewayResult {
  return { statusCode: status, headers, body, isBase64Encoded: false };
}
