/** Which face of a photograph is one that was stored. */
import type { DetectedFace, InferencePort, PictureHandle } from '../../layers/inference/index.ts';
import type { Face, FaceBox } from '../../layers/records/index.ts';
import { cosine } from '../../layers/vectors/index.ts';

/**
 * Boxes of one face overlap by more than this, intersection over union, even where another version of the detector
 * has drawn one of them; boxes of neighbours hardly overlap.
 */
const LEAST_OVERLAP = 0.4;

export interface StoredFaces {
  readonly faces: readonly Face[];
  /** The ImageId of the photograph. */
  readonly image: string;
  /**
   * What vectors of the stored face model, which is `faceModel`, have of a face in another copy of the photograph at
   * the least; undefined where that model is not installed any more.
   */
  readonly leastCosine: number | undefined;
  readonly faceModel: string;
}

/**
 * In the photograph itself, byte for byte, it is the face in its place; where several are in that place, the one
 * that looks most like it to the stored face model. In another copy it must be in its place and look like it.
 * @param found the faces of the picture
 * @returns by the stored face's id; those that the picture does not show are missing
 */
export async function sameFaces(
  inference: Pick<InferencePort, 'embed'>,
  picture: PictureHandle,
  found: readonly DetectedFace[],
  { faces, image, leastCosine, faceModel }: StoredFaces,
): Promise<ReadonlyMap<string, DetectedFace>> {
  const looks = new Map<DetectedFace, Float32Array>();
  const likeness = async (face: Face, candidate: DetectedFace): Promise<number> => {
    const known = looks.get(candidate);
    if (known !== undefined) return cosine(face.vector, known);
    const [embedding] = await inference.embed(picture, [candidate], faceModel);
    const vector = embedding?.vector ?? new Float32Array(face.vector.length);
    looks.set(candidate, vector);
    return cosine(face.vector, vector);
  };
  const same = new Map<string, DetectedFace>();
  for (const face of faces) {
    const inPlace = found
      .map((candidate) => ({ candidate, overlap: overlap(face.box, candidate.box) }))
      .filter((each) => each.overlap >= LEAST_OVERLAP)
      .sort((a, b) => b.overlap - a.overlap)
      .map(({ candidate }) => candidate);
    const [first] = inPlace;
    if (first === undefined) continue;
    const isOriginal = face.imageId === image;
    if (isOriginal && (inPlace.length === 1 || leastCosine === undefined)) same.set(face.id, first);
    if (same.has(face.id) || leastCosine === undefined) continue;
    let best = { candidate: first, cosine: Number.NEGATIVE_INFINITY };
    for (const candidate of inPlace) {
      const alike = await likeness(face, candidate);
      if (alike > best.cosine) best = { candidate, cosine: alike };
    }
    if (isOriginal || best.cosine >= leastCosine) same.set(face.id, best.candidate);
  }
  return same;
}

/** Intersection over union. */
export function overlap(a: FaceBox, b: FaceBox): number {
  const width = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left);
  const height = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top);
  if (width <= 0 || height <= 0) return 0;
  const both = width * height;
  return both / (a.width * a.height + b.width * b.height - both);
}
