/**
 * The operation table: every operation that Recollect serves, once. Routes, functions, policies, local
 * handlers and the documentation's table follow from it.
 */
import type { ServiceOperation } from './common/services.ts';
import { CompareFaces } from './compare-faces.ts';
import { CreateCollection } from './create-collection.ts';
import { DeleteCollection } from './delete-collection.ts';
import { DeleteFaces } from './delete-faces.ts';
import { DescribeCollection } from './describe-collection.ts';
import { DetectFaces } from './detect-faces.ts';
import { IndexFaces } from './index-faces.ts';
import { ListCollections } from './list-collections.ts';
import { ListFaces } from './list-faces.ts';
import { ListTagsForResource } from './list-tags-for-resource.ts';
import { SearchFaces } from './search-faces.ts';
import { SearchFacesByImage } from './search-faces-by-image.ts';
import { TagResource } from './tag-resource.ts';
import { UntagResource } from './untag-resource.ts';

export const operations: readonly ServiceOperation[] = [
  CompareFaces,
  CreateCollection,
  DeleteCollection,
  DeleteFaces,
  DescribeCollection,
  DetectFaces,
  IndexFaces,
  ListCollections,
  ListFaces,
  ListTagsForResource,
  SearchFaces,
  SearchFacesByImage,
  TagResource,
  UntagResource,
];
