/** The request function: some operations, or all of them, behind API Gateway. */
import type { Endpoint } from '../../layers/protocol/index.ts';
import { endpoint } from '../../layers/protocol/index.ts';
import { translate } from '../common/faults.ts';
import type { Makers, ServiceOperation } from '../common/services.ts';
import { createServices } from '../common/services.ts';
import { createAuthenticate } from './authentication.ts';
import { region } from './environment.ts';
import { telemetry } from './telemetry.ts';

/** @param makers of the services that the operations declare */
export function serve(operations: readonly ServiceOperation[], makers: Makers): Endpoint {
  const services = createServices(makers);
  return endpoint({
    operations,
    services: async () => services,
    authenticate: createAuthenticate(),
    translate,
    region: region(),
    log: telemetry().request,
    clock: () => performance.now(),
  });
}
