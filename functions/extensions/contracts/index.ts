/**
 * What the extensions are, without what they do: enough for commands, help and documents, and quick to
 * load. `functions/operations.ts` has the operations themselves.
 */
import type { ExtensionContract } from '../../../layers/protocol/index.ts';
import { deleteSuppressions } from './delete-suppressions.ts';
import { exportCollection } from './export-collection.ts';
import { findDuplicates } from './find-duplicates.ts';
import { getDeletionReceipts } from './get-deletion-receipts.ts';
import { importCollection } from './import-collection.ts';
import { listSuppressions } from './list-suppressions.ts';
import { listVideoJobs } from './list-video-jobs.ts';
import { mergeUsers } from './merge-users.ts';
import { readAudit } from './read-audit.ts';
import { searchAllFacesByImage } from './search-all-faces-by-image.ts';
import { stopVideoJob } from './stop-video-job.ts';
import { suggestUsers } from './suggest-users.ts';
import { suppressFaces } from './suppress-faces.ts';
import { undoMergeUsers } from './undo-merge-users.ts';
import { upgradeCollection } from './upgrade-collection.ts';

export const contracts: readonly ExtensionContract[] = [
  searchAllFacesByImage,
  exportCollection,
  importCollection,
  listVideoJobs,
  stopVideoJob,
  deleteSuppressions,
  findDuplicates,
  getDeletionReceipts,
  listSuppressions,
  mergeUsers,
  suggestUsers,
  suppressFaces,
  undoMergeUsers,
  upgradeCollection,
  readAudit,
];
