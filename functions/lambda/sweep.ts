/** The function that runs by the clock: asks for what is overdue, collects garbage, and measures. */
import type { Context } from 'aws-lambda';
import { createMaintenance } from '../common/maintenance.ts';
import { sweep } from '../common/sweep.ts';
import { foldAt } from './environment.ts';
import { installed } from './face-models.ts';
import { records as createRecords, queues, shards } from './services.ts';
import { telemetry } from './telemetry.ts';

export const handler = async (_event: unknown, context: Context): Promise<void> => {
  const records = createRecords();
  const { warn, sweep: report } = telemetry();
  const work = {
    records,
    ask: queues(),
    maintenance: createMaintenance({ records, ...shards(), faceModels: installed() }),
    foldAt: foldAt(),
    clock: Date.now,
    warn,
    report,
  };
  await sweep(work, () => context.getRemainingTimeInMillis());
};
