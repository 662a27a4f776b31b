/**
 * The shapes kept in the metadata database. Bytes are never here: a record names the immutable
 * blob files that hold them. Instants are milliseconds since the epoch.
 */
import type { ChecksumAlgorithm, ChecksumType } from '../body/checksums.ts';

export interface BucketRecord {
  readonly name: string;
  readonly created: number;
  readonly region: string;
  /** Bucket configurations as they were sent, XML or JSON, by subresource name (`cors`, ...). */
  readonly settings: Readonly<Record<string, string>>;
}

/** A run of an object's bytes. An object has one for a plain put, one per part for a multipart. */
export interface Segment {
  readonly blob: string;
  readonly size: number;
  /** Of its blocks (blob-sums.ts); absent in what an earlier version stored. */
  readonly sums?: string;
}

export interface StoredChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: ChecksumType;
  /** Base64; a composite one ends in `-<number of parts>`. */
  readonly value: string;
}

export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** What the client says about an object, as opposed to what its bytes are. */
export interface Description {
  /** Standard headers by lower-case name: content-type, cache-control, ... */
  readonly headers: Readonly<Record<string, string>>;
  /** User metadata by lower-case name without `x-amz-meta-`. */
  readonly userMetadata: Readonly<Record<string, string>>;
  readonly tags: readonly Tag[];
}

export interface ObjectRecord extends Description {
  readonly key: string;
  readonly segments: readonly Segment[];
  /** Bytes. */
  readonly size: number;
  /** Without quotes: the MD5 in hex, or `<md5 of the parts' md5s>-<number of parts>`. */
  readonly etag: string;
  readonly modified: number;
  readonly checksum?: StoredChecksum;
}

export interface UploadRecord extends Description {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly initiated: number;
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType };
}

export interface PartRecord extends Segment {
  /** 1 to 10,000. */
  readonly number: number;
  /** MD5 in hex. */
  readonly etag: string;
  readonly modified: number;
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value: string };
}
