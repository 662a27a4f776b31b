/**
 * From a request to its response: request id -> authenticate -> operation, and whether the key allows it
 * -> decode and validate -> whether the key allows the collection -> handler -> encode. Errors of any step
 * become the wire shape here, once.
 *
 * The same chain serves `POST /` (SDKs, which name the operation in `X-Amz-Target`) and
 * `POST /{Operation}` (plain HTTP), in a function that holds one operation or all of them.
 */
import type { Context } from 'aws-lambda';
import { claimOf } from './auth/index.ts';
import { type ChainContext, chainOf, type Step } from './chain.ts';
import type { EndpointOptions } from './endpoint-options.ts';
import { Exchange } from './exchange.ts';
import type { GatewayEvent, GatewayResult } from './gateway.ts';
import { receive } from './gateway.ts';
import { stepsOf } from './steps.ts';

export type Endpoint = (event: GatewayEvent, context: Context) => Promise<GatewayResult>;

/** @param steps in this order; another one is for tests, and allows nothing that this one does not */
export function endpoint<Services>(
  options: EndpointOptions<Services>,
  steps: readonly Step<Services>[] = stepsOf(options),
): Endpoint {
  const chain = chainOf(options, steps);
  return async (event, context) => {
    const request = receive(event);
    const claim = claimOf(request.headers);
    const exchange = new Exchange<Services>({
      request,
      call: {
        requestId: event.requestContext.requestId,
        // Clients take it from their own configuration.
        region: claim.region ?? options.region,
        accountId: event.requestContext.accountId,
      },
      startedAt: options.clock(),
      claim,
    });
    const chainContext: ChainContext<Services> = { ...context, exchange };
    return chain(event, chainContext);
  };
}
