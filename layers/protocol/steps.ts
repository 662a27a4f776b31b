/** The steps of the chain: who calls, what, whether they may, with which input, and whether on that. */
import { authorizeOperation, authorizeResource } from './auth/index.ts';
import { isSdkRequest, type Step } from './chain.ts';
import type { EndpointOptions } from './endpoint-options.ts';
import { ServiceError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import type { GatewayRequest } from './gateway.ts';
import { routeOf } from './gateway.ts';

const TARGET_PREFIX = 'RekognitionService.';

export function stepsOf<Services>(options: EndpointOptions<Services>): Step<Services>[] {
  return [
    authentication(options),
    selectOperation(options),
    operationPermission,
    input,
    resourcePermission,
  ];
}

function authentication<Services>({ authenticate }: EndpointOptions<Services>): Step<Services> {
  return async (exchange) => {
    exchange.learn('caller', (await authenticate(exchange.received.request)) ?? 'anybody');
  };
}

function selectOperation<Services>({ operations }: EndpointOptions<Services>): Step<Services> {
  const byName = new Map(operations.map((operation) => [operation.name, operation]));
  return (exchange) => {
    // What there is to call is told to those who have said who they are.
    exchange.known('caller');
    const name = operationName(exchange.received.request);
    const operation = byName.get(name);
    if (operation === undefined) {
      throw new ServiceError('UnknownOperationException', unknownText(name));
    }
    exchange.learn('operation', operation);
  };
}

function operationPermission<Services>(exchange: Exchange<Services>): void {
  const caller = exchange.known('caller');
  const operation = exchange.known('operation');
  if (caller !== 'anybody') authorizeOperation(caller, operation.name, exchange.received.call);
  exchange.learn('operationAllowed', operation);
}

function input<Services>(exchange: Exchange<Services>): void {
  // Not before it may be called: what is wrong with an input is nobody else's business.
  const operation = exchange.known('operationAllowed');
  exchange.learn('prepared', operation.prepare(exchange.received.request.body.text));
}

function resourcePermission<Services>(exchange: Exchange<Services>): void {
  const caller = exchange.known('caller');
  const { name } = exchange.known('operationAllowed');
  const prepared = exchange.known('prepared');
  if (caller !== 'anybody') {
    authorizeResource(caller, name, prepared.resource, exchange.received.call);
  }
  exchange.learn('resourceAllowed', prepared);
}

function operationName(request: GatewayRequest): string {
  const { event, headers } = request;
  if (event.httpMethod !== 'POST') return '';
  if (!isSdkRequest(request)) return routeOf(event).replace(/^\//, '').replace(/\/$/, '');
  const target = headers.get('x-amz-target') ?? '';
  return target.startsWith(TARGET_PREFIX) ? target.slice(TARGET_PREFIX.length) : '';
}

function unknownText(name: string): string {
  return name === ''
    ? `Name an operation: POST / with the header X-Amz-Target: ${TARGET_PREFIX}<Operation>, or POST /<Operation>.`
    : `Unknown operation: ${name.slice(0, 100)}`;
}
