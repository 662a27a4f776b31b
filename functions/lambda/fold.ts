/** The function behind the fold queue: folds the tails that the messages name. */
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Collection, Records } from '../../layers/records/index.ts';
import { CollectionNotFoundError } from '../../layers/records/index.ts';
import { createMaintenance } from '../common/maintenance.ts';
import type { FoldRequest, Maintenance } from '../common/services.ts';
import { eachMessage } from './batch.ts';
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

export function createFoldHandler(connect: () => FoldWork) {
  let work: FoldWork | undefined;
  return async (event: SQSEvent): Promise<SQSBatchResponse> => {
    work ??= connect();
    const { records, maintenance, telemetry } = work;
    const fold = async (body: string) => {
      const request = readFoldRequest(body);
      const collection = await named(request, records);
      if (collection === undefined) return;
      const { outcome, added, removed, rebuilt } = await maintenance.fold(
        collection,
        request.index,
        request.isShardLost ? 'checked' : 'trusted',
      );
      telemetry.info('fold', {
        collectionId: collection.id,
        index: request.index,
        outcome,
        added,
        removed,
        rebuilt,
      });
    };
    return eachMessage(event, fold, telemetry.warn);
  };
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
    maintenance: createMaintenance({ records, ...shards(), faceModels: installed() }),
    telemetry: telemetry(),
  };
});
