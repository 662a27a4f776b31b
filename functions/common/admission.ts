/**
 * Which faces of a photograph are kept, and what speaks against the others.
 *
 * Whether a vector can be trusted is known when it has been made, and making it is most of the work. So
 * faces are embedded in the order in which they would be kept, as many as are wanted and no more.
 */
import type {
  DetectedFace,
  EmbeddedFace,
  InferencePort,
  PictureHandle,
  QualityFilter,
} from '../../layers/inference/index.ts';
import { qualityReasons } from '../../layers/inference/index.ts';
import type { Infer, members } from '../../layers/protocol/index.ts';

type Reason = Infer<typeof members.Reason>;

export interface AdmittedFace {
  readonly face: DetectedFace;
  readonly embedding: EmbeddedFace;
}

export interface RefusedFace {
  readonly face: DetectedFace;
  readonly reasons: readonly Reason[];
}

export interface Admission {
  /** At most as many as wanted, largest first. */
  readonly admitted: readonly AdmittedFace[];
  /** The other faces, largest first. */
  readonly refused: readonly RefusedFace[];
}

export interface AdmissionOptions {
  readonly faceModel: string;
  readonly filter: QualityFilter;
  /** The most faces to keep. Those go first that would not pass the AUTO filter, then the smallest. */
  readonly most: number;
  /** Whether a face is kept out, whatever its quality; the API has no reason to give for that. */
  readonly isSuppressed?: (vector: Float32Array) => boolean;
}

/** @param faces of the picture, largest first */
export async function admit(
  inference: Pick<InferencePort, 'embed'>,
  picture: PictureHandle,
  faces: readonly DetectedFace[],
  { faceModel, filter, most, isSuppressed = () => false }: AdmissionOptions,
): Promise<Admission> {
  const reasons = new Map<DetectedFace, readonly Reason[]>();
  for (const face of faces) reasons.set(face, qualityReasons(face, picture, filter));
  const seemGood = faces.filter((face) => reasons.get(face)?.length === 0);
  const admitted = new Map<DetectedFace, AdmittedFace>();
  const waiting = autoFirst(seemGood, picture);
  while (waiting.length > 0 && admitted.size < most) {
    const next = waiting.splice(0, most - admitted.size);
    const embeddings = await inference.embed(picture, next, faceModel);
    next.forEach((face, i) => {
      const embedding = embeddings[i]!;
      const against = qualityReasons(face, picture, filter, embedding.legibility);
      reasons.set(face, against);
      if (against.length === 0 && !isSuppressed(embedding.vector))
        admitted.set(face, { face, embedding });
    });
  }
  for (const face of waiting) reasons.set(face, ['EXCEEDS_MAX_FACES']);
  return {
    admitted: faces.flatMap((face) => admitted.get(face) ?? []),
    refused: faces
      .filter((face) => !admitted.has(face))
      .map((face) => ({ face, reasons: reasons.get(face)! })),
  };
}

/** Keeps nobody of a photograph; of those whom the filter lets pass no reason is given. */
export function admitNobody(
  picture: PictureHandle,
  faces: readonly DetectedFace[],
  filter: QualityFilter,
): Admission {
  return {
    admitted: [],
    refused: faces.map((face) => ({ face, reasons: qualityReasons(face, picture, filter) })),
  };
}

function autoFirst(faces: readonly DetectedFace[], picture: PictureHandle): DetectedFace[] {
  const passesAuto = (face: DetectedFace) => qualityReasons(face, picture, 'AUTO').length === 0;
  return [...faces.filter(passesAuto), ...faces.filter((face) => !passesAuto(face))];
}
