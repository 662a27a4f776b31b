/** The request function: some operations, or all of them, behind API Gateway or a function URL. */
import type { Context, LambdaFunctionURLEvent } from 'aws-lambda';
import type { GatewayEvent, GatewayResult } from '../../layers/protocol/index.ts';
import { endpoint } from '../../layers/protocol/index.ts';
import { translate } from '../common/faults.ts';
import type { Makers, ServiceOperation } from '../common/services.ts';
import { createServices } from '../common/services.ts';
import { createAuthenticate } from './authentication.ts';
import { region } from './environment.ts';
import { fromFunctionUrl, isFunctionUrlEvent } from './function-url.ts';
import { telemetry } from './telemetry.ts';

export type RequestFunction = (
  event: GatewayEvent | LambdaFunctionURLEvent,
  context: Context,
) => Promise<GatewayResult>;

/** @param makers of the services that the operations declare */
export function serve(operations: readonly ServiceOperation[], makers: Makers): RequestFunction {
  const services = createServices(makers);
  const answer = endpoint({
    operations,
    services: async () => services,
    authenticate: createAuthenticate(),
    translate,
    region: region(),
    log: telemetry().request,
    clock: () => performance.now(),
  });
  return (event, context) =>
    answer(isFunctionUrlEvent(event) ? fromFunctionUrl(event, context) : event, context);
}
