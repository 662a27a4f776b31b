/** The function behind the purge queue: takes away what is left of the collections that messages name. */
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createMaintenance } from '../common/maintenance.ts';
import type { Maintenance } from '../common/services.ts';
import { eachMessage } from './batch.ts';
import { sqs } from './clients.ts';
import { variable } from './environment.ts';
import { installed } from './face-models.ts';
import { readPurgeRequest } from './messages.ts';
import { Queues } from './queues.ts';
import { records, shards } from './services.ts';
import type { Telemetry } from './telemetry.ts';
import { telemetry } from './telemetry.ts';

export interface PurgeWork {
  readonly maintenance: Pick<Maintenance, 'purge'>;
  /** For what takes longer than a function may run. */
  readonly ask: Pick<Queues, 'purge'>;
  readonly telemetry: Pick<Telemetry, 'info' | 'warn'>;
}

/** Time to finish what has been begun. */
const RESERVE_MS = 30_000;

export function createPurgeHandler(connect: () => PurgeWork) {
  let work: PurgeWork | undefined;
  return async (
    event: SQSEvent,
    context: Pick<Context, 'getRemainingTimeInMillis'>,
  ): Promise<SQSBatchResponse> => {
    work ??= connect();
    const { maintenance, ask, telemetry } = work;
    const isOver = () => context.getRemainingTimeInMillis() < RESERVE_MS;
    const purge = async (body: string) => {
      const { generation } = readPurgeRequest(body);
      const outcome = await maintenance.purge(generation, isOver);
      if (outcome === 'unfinished') await ask.purge({ generation });
      telemetry.info('purge', { generation, outcome });
    };
    return eachMessage(event, purge, telemetry.warn);
  };
}

export const handler = createPurgeHandler(() => ({
  maintenance: createMaintenance({ records: records(), ...shards(), faceModels: installed() }),
  ask: new Queues({ client: sqs(), purgeQueue: variable('PURGE_QUEUE'), clock: Date.now }),
  telemetry: telemetry(),
}));
