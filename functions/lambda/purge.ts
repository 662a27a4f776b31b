/** The function behind the purge queue: takes away what is left of the collections that messages name. */
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createMaintenance } from '../common/maintenance.ts';
import type { Maintenance } from '../common/services.ts';
import { eachMessage } from './batch.ts';
import { installed } from './face-models.ts';
import { readPurgeRequest } from './messages.ts';
import { records, shards } from './services.ts';
import type { Telemetry } from './telemetry.ts';
import { telemetry } from './telemetry.ts';

export interface PurgeWork {
  readonly maintenance: Pick<Maintenance, 'purge'>;
  readonly telemetry: Pick<Telemetry, 'info' | 'warn'>;
}

export function createPurgeHandler(connect: () => PurgeWork) {
  let work: PurgeWork | undefined;
  return async (event: SQSEvent): Promise<SQSBatchResponse> => {
    work ??= connect();
    const { maintenance, telemetry } = work;
    const purge = async (body: string) => {
      const { generation } = readPurgeRequest(body);
      await maintenance.purge(generation);
      telemetry.info('purge', { generation });
    };
    return eachMessage(event, purge, telemetry.warn);
  };
}

export const handler = createPurgeHandler(() => ({
  maintenance: createMaintenance({ records: records(), ...shards(), faceModels: installed() }),
  telemetry: telemetry(),
}));
