/** What an import is asked to do. */

export type SourceAddress =
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string };

export const QUALITY_FILTERS = ['NONE', 'AUTO', 'LOW', 'MEDIUM', 'HIGH'] as const;
export type QualityFilter = (typeof QUALITY_FILTERS)[number];

/** Requests at once, whatever they speed up. */
export const MOST_PARALLEL = 64;

export interface ImportRequest {
  readonly source: SourceAddress;
  readonly collection: string;
  /** Whether the collection is created if there is none. */
  readonly create: boolean;
  /** Whether the folder that a photograph is in names a user, with whom its largest face is associated. */
  readonly userFromFolder: boolean;
  readonly maxFaces: number | undefined;
  readonly qualityFilter: QualityFilter | undefined;
  /** The most requests at once. Default: as many as are of use. */
  readonly parallel: number | undefined;
  readonly retryRejected: boolean;
  /** Where progress is kept. Default: a file of the data folder, for this source and collection. */
  readonly journal: string | undefined;
  readonly data: string;
  readonly endpoint: string | undefined;
  readonly s3Endpoint: string | undefined;
  readonly profile: string | undefined;
  readonly region: string | undefined;
  readonly json: boolean;
}
