/** The function that deletes faces whose time is over, clears up after upgrades, and follows deletions until nothing is left of them. */
import type { Context } from 'aws-lambda';
import { sweepErasures } from '../common/sweep-erasures.ts';
import { sweepRetention } from '../common/sweep-retention.ts';
import { sweepUpgrades } from '../common/upgrading.ts';
import { records as createRecords, jobs, shards } from './services.ts';
import { telemetry } from './telemetry.ts';

/** What the table's point-in-time recovery keeps; `infra/aws/constructs/storage.ts` turns it on. */
const BACKUP_DAYS = 35;

/** Following deletions gets this much at the least. Milliseconds. */
const FOLLOWING_MS = 5 * 60 * 1000;

export const handler = async (_event: unknown, context: Context): Promise<void> => {
  const records = createRecords();
  const { store } = shards();
  const { info, warn } = telemetry();
  const timeLeft = () => context.getRemainingTimeInMillis();
  const sweeping = { records, jobs: jobs(), clock: Date.now, warn };
  const expired = await sweepRetention(sweeping, () => timeLeft() - FOLLOWING_MS);
  await sweepUpgrades(sweeping, () => timeLeft() > FOLLOWING_MS);
  const work = { records, store, clock: Date.now, backupDays: BACKUP_DAYS };
  const { settled, pending } = await sweepErasures(work, timeLeft);
  info('erase', { expired, settled, pending });
};
