/** Who is kept out of a collection by what somebody resembles. */
import { ServiceError } from '../../layers/protocol/index.ts';
import type { Collection, SuppressionKind } from '../../layers/records/index.ts';
import { cosine } from '../../layers/vectors/index.ts';
import type { Services } from './services.ts';

/** Suppressed vectors a collection may have: each is compared with each face that is to be indexed. */
const MOST_SUPPRESSED_VECTORS = 10_000;

/** Whom a collection keeps out by what they resemble. */
export interface Suppression {
  /** Those of whose vectors there are some. One that was suppressed before an upgrade stays out after it. */
  readonly faceModels: readonly string[];
  /** Whether somebody with this vector is kept out, as far as vectors of that face model tell. */
  isSuppressed(faceModel: string, vector: Float32Array): boolean;
}

/** @throws FaceModelMissingError where there are vectors of a face model that is not installed any more */
export async function suppression(
  { records, faceModels }: Pick<Services, 'records' | 'faceModels'>,
  collection: Collection,
): Promise<Suppression> {
  const suppressed = (await records.suppressions.vectors(collection)).map((each) => ({
    faceModel: each.faceModel,
    vector: each.vector,
    least: faceModels.get(each.faceModel).cosineAt(each.similarity),
  }));
  return {
    faceModels: [...new Set(suppressed.map(({ faceModel }) => faceModel))],
    isSuppressed: (faceModel, vector) =>
      suppressed.some(
        (each) => each.faceModel === faceModel && cosine(vector, each.vector) >= each.least,
      ),
  };
}

/** @throws ServiceError ServiceQuotaExceededException */
export async function refuseIfFull(
  { records }: Pick<Services, 'records'>,
  collection: Collection,
  added: readonly { readonly kind: SuppressionKind }[],
): Promise<void> {
  const vectors = added.filter(({ kind }) => kind === 'VECTOR').length;
  if (vectors === 0) return;
  const there = await records.suppressions.vectors(collection);
  if (there.length + vectors <= MOST_SUPPRESSED_VECTORS) return;
  throw new ServiceError(
    'ServiceQuotaExceededException',
    `A collection may have ${MOST_SUPPRESSED_VECTORS} suppressed vectors, and this one has ${there.length}; suppress by IMAGE or EXTERNAL_IMAGE_ID, or delete some.`,
  );
}
