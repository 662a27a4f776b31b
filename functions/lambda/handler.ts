/** The request function: some operations, or all of them, behind API Gateway. */
import type { Endpoint } from '../../layers/protocol/index.ts';
import { endpoint } from '../../layers/protocol/index.ts';
import { translate } from '../common/faults.ts';
import type { ServiceOperation } from '../common/services.ts';
import { createServices } from '../common/services.ts';
import { createAuthenticate } from './authentication.ts';
import { region } from './environment.ts';
import type { LambdaMakers } from './services.ts';
import { createTelemetry } from './telemetry.ts';

/** @param makers of the services that the operations declare */
export function serve(operations: readonly ServiceOperation[], makers: LambdaMakers): Endpoint {
  const telemetry = createTelemetry();
  const services = createServices({
    ...(makers.records && { records: makers.records(telemetry) }),
    ...(makers.faceIndex && { faceIndex: makers.faceIndex(telemetry) }),
    ...(makers.inference && { inference: makers.inference(telemetry) }),
    ...(makers.images && { images: makers.images(telemetry) }),
    ...(makers.jobs && { jobs: makers.jobs(telemetry) }),
    ...(makers.defaultFaceModel && { defaultFaceModel: makers.defaultFaceModel(telemetry) }),
  });
  return endpoint({
    operations,
    services: async () => services,
    authenticate: createAuthenticate(),
    translate,
    region: region(),
    log: telemetry.request,
    clock: () => performance.now(),
  });
}
