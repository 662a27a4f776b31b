/**
 * The operation table: every operation that Recollect serves, once. Routes, functions, policies, local
 * handlers, commands and the documentation's tables follow from it.
 */
import { AssociateFaces } from './associate-faces.ts';
import type { ServiceOperation } from './common/services.ts';
import { CompareFaces } from './compare-faces.ts';
import { CreateCollection } from './create-collection.ts';
import { CreateUser } from './create-user.ts';
import { DeleteCollection } from './delete-collection.ts';
import { DeleteFaces } from './delete-faces.ts';
import { DeleteUser } from './delete-user.ts';
import { DescribeCollection } from './describe-collection.ts';
import { DetectFaces } from './detect-faces.ts';
import { DisassociateFaces } from './disassociate-faces.ts';
import { DeleteSuppressions } from './extensions/delete-suppressions.ts';
import { ExportCollection } from './extensions/export-collection.ts';
import { FindDuplicates } from './extensions/find-duplicates.ts';
import { GetDeletionReceipts } from './extensions/get-deletion-receipts.ts';
import { ImportCollection } from './extensions/import-collection.ts';
import { ListSuppressions } from './extensions/list-suppressions.ts';
import { ListVideoJobs } from './extensions/list-video-jobs.ts';
import { MergeUsers } from './extensions/merge-users.ts';
import { ReadAudit } from './extensions/read-audit.ts';
import { SearchAllFacesByImage } from './extensions/search-all-faces-by-image.ts';
import { StopVideoJob } from './extensions/stop-video-job.ts';
import { SuggestUsers } from './extensions/suggest-users.ts';
import { SuppressFaces } from './extensions/suppress-faces.ts';
import { UndoMergeUsers } from './extensions/undo-merge-users.ts';
import { UpgradeCollection } from './extensions/upgrade-collection.ts';
import { GetFaceDetection } from './get-face-detection.ts';
import { GetFaceSearch } from './get-face-search.ts';
import { IndexFaces } from './index-faces.ts';
import { ListCollections } from './list-collections.ts';
import { ListFaces } from './list-faces.ts';
import { ListTagsForResource } from './list-tags-for-resource.ts';
import { ListUsers } from './list-users.ts';
import { SearchFaces } from './search-faces.ts';
import { SearchFacesByImage } from './search-faces-by-image.ts';
import { SearchUsers } from './search-users.ts';
import { SearchUsersByImage } from './search-users-by-image.ts';
import { StartFaceDetection } from './start-face-detection.ts';
import { StartFaceSearch } from './start-face-search.ts';
import { TagResource } from './tag-resource.ts';
import { UntagResource } from './untag-resource.ts';

/** Those of the API, each exactly as in its model. */
export const apiOperations: readonly ServiceOperation[] = [
  AssociateFaces,
  CompareFaces,
  CreateCollection,
  CreateUser,
  DeleteCollection,
  DeleteFaces,
  DeleteUser,
  DescribeCollection,
  DetectFaces,
  DisassociateFaces,
  GetFaceDetection,
  GetFaceSearch,
  IndexFaces,
  ListCollections,
  ListFaces,
  ListTagsForResource,
  ListUsers,
  SearchFaces,
  SearchFacesByImage,
  SearchUsers,
  SearchUsersByImage,
  StartFaceDetection,
  StartFaceSearch,
  TagResource,
  UntagResource,
];

/** Those of Recollect's own. What commands know of them is in `extensions/contracts/`. */
export const extensions: readonly ServiceOperation[] = [
  SearchAllFacesByImage,
  ExportCollection,
  ImportCollection,
  ListVideoJobs,
  StopVideoJob,
  DeleteSuppressions,
  FindDuplicates,
  GetDeletionReceipts,
  ListSuppressions,
  MergeUsers,
  SuggestUsers,
  SuppressFaces,
  UndoMergeUsers,
  UpgradeCollection,
  ReadAudit,
];

export const operations: readonly ServiceOperation[] = [...apiOperations, ...extensions];

/** Where stored video is not served. */
export const withoutVideo: readonly ServiceOperation[] = operations.filter(
  ({ uses }) => uses.videos === undefined,
);
