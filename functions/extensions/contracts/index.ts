/**
 * What the extensions are, without what they do: enough for commands, help and documents, and quick to
 * load. `functions/operations.ts` has the operations themselves.
 */
import type { ExtensionContract } from '../../../layers/protocol/index.ts';
import { listVideoJobs } from './list-video-jobs.ts';
import { searchAllFacesByImage } from './search-all-faces-by-image.ts';
import { stopVideoJob } from './stop-video-job.ts';

export const contracts: readonly ExtensionContract[] = [
  searchAllFacesByImage,
  listVideoJobs,
  stopVideoJob,
];
