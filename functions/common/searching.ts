/**
 * Searching a collection. While an upgrade keeps faces in the face model that they had, what is searched for is
 * embedded by both face models, each index answers by its own, and similarities, which mean the same for every face
 * model, put the answers together.
 */
import type {
  DetectedFace,
  EmbeddedFace,
  FaceModel,
  FaceModels,
  InferencePort,
  PictureHandle,
} from '../../layers/inference/index.ts';
import { type Collection, viewsOf } from '../../layers/records/index.ts';
import type { Embedded, Match, VectorIndex } from '../../layers/vectors/index.ts';
import { lowestCosine } from './face-members.ts';

/** A vector, by the version of the face model that made it. */
export type VectorsByModel = ReadonlyMap<string, Float32Array>;

export interface Found<T> {
  readonly record: T;
  /** As it is printed, 0..100. */
  readonly similarity: number;
}

export interface Search {
  /** None of a face model: those who have vectors of that one are not found. */
  readonly vectors: VectorsByModel;
  readonly limit: number;
  /** 0..100. */
  readonly threshold: number;
  /** An id that is not to be found. */
  readonly exclude?: string | undefined;
}

/** @returns the best, best first; a user who has two vectors is as similar as the better one says */
export async function search<T extends Embedded>(
  index: Pick<VectorIndex<T>, 'search'>,
  faceModels: FaceModels,
  collection: Collection,
  { vectors, limit, threshold, exclude }: Search,
): Promise<Found<T>[]> {
  let found: Found<T>[] = [];
  // In the order of the views: whoever moves from the one to the other meanwhile is in one answer at least.
  for (const view of viewsOf(collection)) {
    const vector = vectors.get(view.faceModel);
    if (vector === undefined) continue;
    const model = faceModels.get(view.faceModel);
    const matches = await index.search(view, {
      vector,
      limit,
      minCosine: lowestCosine(model, threshold),
      ...(exclude !== undefined && { exclude }),
    });
    found = merged(reaching(model, matches, threshold), found);
  }
  return found.slice(0, limit);
}

/** Matches whose similarity, as it is printed, reaches the threshold; the order stays. */
export function reaching<T>(
  model: Pick<FaceModel, 'similarity'>,
  matches: readonly Match<T>[],
  threshold: number,
): Found<T>[] {
  return matches.flatMap(({ record, cosine }) => {
    const similarity = Math.fround(model.similarity(cosine));
    return similarity >= threshold ? [{ record, similarity }] : [];
  });
}

/** Each once, by the better similarity; equal ones in the order given, as are all where there are no others. */
function merged<T extends Embedded>(own: readonly Found<T>[], others: readonly Found<T>[]) {
  if (others.length === 0) return [...own];
  const best = new Map<string, Found<T>>();
  for (const found of [...own, ...others]) {
    const known = best.get(found.record.id);
    if (known === undefined || known.similarity < found.similarity)
      best.set(found.record.id, found);
  }
  return [...best.values()].sort((a, b) => b.similarity - a.similarity);
}

/**
 * What goes over a collection record by record goes over one view after the other, those who are kept last: who is
 * compared with whom has vectors of one face model.
 * @param position undefined, or what `continued` gave
 */
export function viewAt(collection: Collection, position: string | undefined) {
  const views = viewsOf(collection).reverse();
  const isKept = position?.startsWith(KEPT) === true;
  const after = isKept ? position.slice(KEPT.length) : position;
  return {
    view: (isKept ? views[1] : views[0]) ?? collection,
    after: after === '' ? undefined : after,
    /** @param next where the view is gone on with; undefined at its end */
    continued(next: string | undefined): string | undefined {
      if (next !== undefined) return isKept ? `${KEPT}${next}` : next;
      return !isKept && views.length > 1 ? KEPT : undefined;
    },
  };
}

/** Before a position among those who are kept. */
const KEPT = '+';

/** What the face models that answer make of a face. @returns `own` of that of the collection */
export async function embeddedFor(
  inference: Pick<InferencePort, 'embed'>,
  picture: PictureHandle,
  collection: Collection,
  face: DetectedFace,
): Promise<{ readonly own: EmbeddedFace; readonly vectors: VectorsByModel }> {
  const [own] = await inference.embed(picture, [face], collection.faceModel);
  const [vectors] = await vectorsFor(inference, picture, collection, [{ face, embedding: own! }]);
  return { own: own!, vectors: vectors! };
}

/** Adds what the face model makes of faces in which others are kept. @returns in the order given */
export async function vectorsFor(
  inference: Pick<InferencePort, 'embed'>,
  picture: PictureHandle,
  collection: Collection,
  faces: readonly { readonly face: DetectedFace; readonly embedding: EmbeddedFace }[],
): Promise<VectorsByModel[]> {
  const vectors = faces.map(({ embedding }) => new Map([[collection.faceModel, embedding.vector]]));
  if (faces.length === 0) return vectors;
  for (const { faceModel } of viewsOf(collection).slice(0, -1)) {
    const found = faces.map(({ face }) => face);
    const embedded = await inference.embed(picture, found, faceModel);
    for (const [i, { vector }] of embedded.entries()) vectors[i]!.set(faceModel, vector);
  }
  return vectors;
}
