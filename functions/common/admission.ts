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
import type { Suppression } from './suppression.ts';

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
  /** Who is kept out, whatever the quality of the face; the API has no reason to give for that. */
  readonly suppression?: Suppression;
}

/** @param faces of the picture, largest first */
export async function admit(
  inference: Pick<InferencePort, 'embed'>,
  picture: PictureHandle,
  faces: readonly DetectedFace[],
  { faceModel, filter, most, suppression }: AdmissionOptions,
): Promise<Admission> {
  const reasons = new Map<DetectedFace, readonly Reason[]>();
  for (const face of faces) reasons.set(face, qualityReasons(face, picture, filter));
  const seemGood = faces.filter((face) => reasons.get(face)?.length === 0);
  const admitted = new Map<DetectedFace, AdmittedFace>();
  const waiting = autoFirst(seemGood, picture);
  while (waiting.length > 0 && admitted.size < most) {
    const next = waiting.splice(0, most - admitted.size);
    const embeddings = await inference.embed(picture, next, faceModel);
    const good = next.flatMap((face, i) => {
      const embedding = embeddings[i]!;
      const against = qualityReasons(face, picture, filter, embedding.legibility);
      reasons.set(face, against);
      return against.length === 0 ? [{ face, embedding }] : [];
    });
    const keptOut = await suppressed(inference, picture, good, faceModel, suppression);
    for (const each of good) if (!keptOut.has(each)) admitted.set(each.face, each);
  }
  for (const face of waiting) reasons.set(face, ['EXCEEDS_MAX_FACES']);
  return {
    admitted: faces.flatMap((face) => admitted.get(face) ?? []),
    refused: faces
      .filter((face) => !admitted.has(face))
      .map((face) => ({ face, reasons: reasons.get(face)! })),
  };
}

/** Those who are kept out. What was suppressed before an upgrade is compared with what that face model makes of a face. */
async function suppressed(
  inference: Pick<InferencePort, 'embed'>,
  picture: PictureHandle,
  good: readonly AdmittedFace[],
  faceModel: string,
  suppression: Suppression | undefined,
): Promise<ReadonlySet<AdmittedFace>> {
  const keptOut = new Set<AdmittedFace>();
  if (suppression === undefined || good.length === 0) return keptOut;
  const faces = good.map(({ face }) => face);
  for (const version of suppression.faceModels) {
    const isSame = version === faceModel;
    const embeddings = isSame
      ? good.map(({ embedding }) => embedding)
      : await inference.embed(picture, faces, version);
    good.forEach((each, i) => {
      if (suppression.isSuppressed(version, embeddings[i]!.vector)) keptOut.add(each);
    });
  }
  return keptOut;
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
