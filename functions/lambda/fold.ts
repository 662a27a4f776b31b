/** The function behind the fold queue: folds the tails that the messages name. */
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Collection, Records } from '../../layers/records/index.ts';
import { CollectionNotFoundError } from '../../layers/records/index.ts';
import { FOLD_LIMITS } from '../../layers/vectors/index.ts';
import { createMaintenance } from '../common/maintenance.ts';
import { doubtsAbout, type FoldRequest, type Maintenance } from '../common/services.ts';
import { eachMessage } from './batch.ts';
import { foldLimits } from './environment.ts';
import { installed } from './face-models.ts';
import { readFoldRequest } from './messages.ts';
import { records as createRecords, shards } from './services.ts';
import type { Telemetry } from './telemetry.ts';
import { telemetry } from './telemetry.ts';

export interface FoldWork {
  readonly records: { readonly collections: Pick<Records['collections'], 'get'> };
  readonly maintenance: Pick<Maintenance, 'fold'>;
  readonly telemetry: Pick<Telemetry, 'info' | 'warn'>;
}

/** Time to end a fold that has been begun: its limit, and as much again for a slow store. */
const RESERVE_MS = 2 * FOLD_LIMITS.milliseconds;

export function createFoldHandler(connect: () => FoldWork) {
  let work: FoldWork | undefined;
  return async (
    event: SQSEvent,
    context: Pick<Context, 'getRemainingTimeInMillis'>,
  ): Promise<SQSBatchResponse> => {
    work ??= connect();
    const { telemetry } = work;
    const timeLeft = () => context.getRemainingTimeInMillis();
    return eachMessage(event, (body) => foldNamed(work!, body, timeLeft), telemetry.warn);
  };
}

/** Folds as often as it takes, or as the time allows: what is left then is found by the sweep. */
async function foldNamed(
  { records, maintenance, telemetry }: FoldWork,
  body: string,
  timeLeft: () => number,
): Promise<void> {
  const request = readFoldRequest(body);
  const collection = await named(request, records);
  if (collection === undefined) return;
  const { index, lostShard } = request;
  for (let doubts = doubtsAbout(lostShard); ; doubts = {}) {
    const result = await maintenance.fold(collection, index, doubts);
    telemetry.info('fold', { collectionId: collection.id, index, ...result });
    const isLeft = result.outcome === 'folded' && result.left > 0;
    if (!isLeft || timeLeft() < RESERVE_MS) return;
  }
}

/** @returns undefined if the collection has been deleted since, or deleted and created again */
async function named(
  { collectionId, generation }: FoldRequest,
  { collections }: FoldWork['records'],
): Promise<Collection | undefined> {
  try {
    const collection = await collections.get(collectionId);
    return collection.generation === generation ? collection : undefined;
  } catch (error) {
    if (error instanceof CollectionNotFoundError) return undefined;
    throw error;
  }
}

export const handler = createFoldHandler(() => {
  const records = createRecords();
  return {
    records,
    maintenance: createMaintenance({
      records,
      ...shards(),
      faceModels: installed(),
      limits: foldLimits(),
    }),
    telemetry: telemetry(),
  };
});
