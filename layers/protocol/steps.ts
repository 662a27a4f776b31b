/** The steps of the chain: who calls, what, whether they may, with which input, and whether on that. */
import { authorizeOperation, authorizeResource } from './auth/index.ts';
import { isSdkRequest, type Step } from './chain.ts';
import type { EndpointOptions } from './endpoint-options.ts';
import { ServiceError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { routeOf } from './gateway.ts';
import { type Operation, targetOf } from './operation.ts';

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
  const byTarget = new Map(operations.map((operation) => [targetOf(operation), operation]));
  return (exchange) => {
    // What there is to call is told to those who have said who they are.
    exchange.known('caller');
    const { request } = exchange.received;
    const { event, headers } = request;
    const isPost = event.httpMethod === 'POST';
    const target = isPost && isSdkRequest(request) ? (headers.get('x-amz-target') ?? '') : '';
    const path =
      isPost && !isSdkRequest(request) ? routeOf(event).replace(/^\//, '').replace(/\/$/, '') : '';
    const operation = byTarget.get(target) ?? byName.get(path);
    if (operation === undefined) {
      const name = path === '' ? nameIn(target) : path;
      throw new ServiceError('UnknownOperationException', unknownText(name, byName.get(name)));
    }
    exchange.learn('operation', operation);
  };
}

function operationPermission<Services>(exchange: Exchange<Services>): void {
  const caller = exchange.known('caller');
  const operation = exchange.known('operation');
  if (caller !== 'anybody') authorizeOperation(caller, operation, exchange.received.call);
  exchange.learn('operationAllowed', operation);
}

function input<Services>(exchange: Exchange<Services>): void {
  // Not before it may be called: what is wrong with an input is nobody else's business.
  const operation = exchange.known('operationAllowed');
  exchange.learn('prepared', operation.prepare(exchange.received.request.body.text));
}

function resourcePermission<Services>(exchange: Exchange<Services>): void {
  const caller = exchange.known('caller');
  const operation = exchange.known('operationAllowed');
  const prepared = exchange.known('prepared');
  if (caller !== 'anybody') {
    authorizeResource(caller, operation, prepared.resource, exchange.received.call);
  }
  exchange.learn('resourceAllowed', prepared);
}

/** What a target calls the operation, if it is one of this service at all. */
function nameIn(target: string): string {
  return /^(?:RekognitionService|Recollect)\.(.*)$/s.exec(target)?.[1] ?? '';
}

/** @param sought the operation of that name, if it was sought by the target of another kind */
function unknownText(name: string, sought: Pick<Operation<never>, 'kind' | 'name'> | undefined) {
  if (name === '') {
    return 'Name an operation: POST / with the header X-Amz-Target: RekognitionService.<Operation>, or POST /<Operation>.';
  }
  const hint = sought === undefined ? '' : `; its X-Amz-Target is ${targetOf(sought)}`;
  return `Unknown operation: ${name.slice(0, 100)}${hint}`;
}
