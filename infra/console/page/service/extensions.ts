/** The operations of Recollect's own that the page calls (docs/extensions.md). */
import type { Face, FaceMatch, User, UserMatch } from '@aws-sdk/client-rekognition';

interface Page {
  readonly NextToken?: string;
}

export interface FacePair {
  readonly Similarity: number;
  readonly Face: Face;
  readonly OtherFace: Face;
}

export interface UserPair {
  readonly Similarity: number;
  readonly User: User;
  readonly OtherUser: User;
}

export interface Duplicates extends Page {
  readonly FacePairs?: readonly FacePair[];
  readonly UserPairs?: readonly UserPair[];
}

export interface SuggestedUser {
  readonly Face: Face;
  readonly FaceMatches: readonly FaceMatch[];
  readonly UserMatches: readonly UserMatch[];
}

export interface Suggestions extends Page {
  readonly SuggestedUsers: readonly SuggestedUser[];
}

export interface SignedReceipt {
  readonly Statement: string;
  readonly Signature: string;
  readonly KeyId: string;
}

export interface Receipts extends Page {
  readonly Receipts: readonly SignedReceipt[];
  readonly PublicKey: string;
}

export interface VideoJob {
  readonly JobId: string;
  readonly API: 'StartFaceSearch' | 'StartFaceDetection';
  readonly JobStatus: 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED';
  readonly StatusMessage?: string;
  readonly Progress: number;
  readonly CollectionId?: string;
  readonly Video?: { readonly S3Object?: { readonly Bucket?: string; readonly Name?: string } };
  readonly DurationMillis?: number;
}
