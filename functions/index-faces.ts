import type { DetectedFace, Picture, QualityFilter } from '../layers/inference/index.ts';
import { qualityReasons } from '../layers/inference/index.ts';
import type { Infer } from '../layers/protocol/index.ts';
import {
  COMMON_ERRORS,
  IMAGE_ERRORS,
  list,
  members,
  operation,
  string,
  structure,
} from '../layers/protocol/index.ts';
import { encodeShard } from '../layers/vectors/index.ts';
import { faceDetails, wanted } from './common/face-details.ts';
import { faceMember } from './common/face-members.ts';
import { faceId, imageId } from './common/identity.ts';
import type { Services } from './common/services.ts';

const FaceRecord = structure({ Face: members.Face, FaceDetail: members.FaceDetail });
const UnindexedFace = structure({ Reasons: list(members.Reason), FaceDetail: members.FaceDetail });

/**
 * Detects the faces of a photograph and stores those that are good enough, with their vectors. The same
 * photograph under the same ExternalImageId stores nothing twice and gets the same answer.
 */
export const IndexFaces = operation({
  name: 'IndexFaces',
  input: structure(
    {
      CollectionId: members.CollectionId,
      Image: members.Image,
      ExternalImageId: members.ExternalImageId,
      DetectionAttributes: members.Attributes,
      MaxFaces: members.MaxFacesToIndex,
      QualityFilter: members.QualityFilter,
    },
    ['CollectionId', 'Image'],
  ),
  output: structure({
    FaceRecords: list(FaceRecord),
    OrientationCorrection: members.OrientationCorrection,
    FaceModelVersion: string(),
    UnindexedFaces: list(UnindexedFace),
  }),
  errors: [
    ...COMMON_ERRORS,
    ...IMAGE_ERRORS,
    'ResourceNotFoundException',
    'ServiceQuotaExceededException',
  ],
  uses: { records: 'write', shards: 'none', images: true, inference: true, jobs: ['fold'] },
  async handler(input, { records, inference, images, jobs, judgements }: Services) {
    const { MaxFaces, QualityFilter = 'AUTO', ExternalImageId } = input;
    const collection = await records.collections.get(input.CollectionId);
    const { faceModel } = collection;
    const bytes = await images.load(input.Image);
    const picture = await inference.read(bytes);
    const judged = judge(await inference.findFaces(picture), picture, QualityFilter);
    const { admitted, refused } = admit(judged, picture, MaxFaces ?? Number.POSITIVE_INFINITY);
    const details = await faceDetails(
      inference,
      picture,
      [...admitted, ...refused.map(({ face }) => face)],
      wanted(input.DetectionAttributes, judgements),
    );

    const image = imageId(bytes);
    const vectors = await inference.embed(picture, admitted, faceModel);
    const faces = vectors.map((vector, i) => {
      const { box, confidence } = admitted[i]!;
      const id = faceId(faceModel, image, ExternalImageId, box, picture);
      return {
        id,
        imageId: image,
        externalImageId: ExternalImageId,
        box,
        confidence,
        faceModel,
        vector,
      };
    });
    const stored = await records.faces.insert(collection, faces, (added) =>
      encodeShard(faceModel, added[0]!.vector.length, added),
    );
    if (stored.length > 0) await jobs.tailGrew(collection, 'faces', stored.length);
    return {
      FaceRecords: stored.map((face, i) => ({
        Face: faceMember(face),
        FaceDetail: details[i],
      })),
      FaceModelVersion: faceModel,
      UnindexedFaces: refused.map(({ reasons }, i) => ({
        Reasons: [...reasons],
        FaceDetail: details[admitted.length + i],
      })),
    };
  },
});

interface Judged {
  readonly face: DetectedFace;
  /** None for a face that may be indexed. */
  readonly reasons: readonly Infer<typeof members.Reason>[];
}

function judge(faces: readonly DetectedFace[], picture: Picture, filter: QualityFilter): Judged[] {
  return faces.map((face) => ({ face, reasons: qualityReasons(face, picture, filter) }));
}

/**
 * Keeps at most `max` of the good faces. Those go first that would not pass the AUTO filter, then the
 * smallest. What remains is in the order given, largest first.
 */
function admit(
  judged: readonly Judged[],
  picture: Picture,
  max: number,
): { admitted: DetectedFace[]; refused: Judged[] } {
  const good = judged.filter(({ reasons }) => reasons.length === 0);
  const passesAuto = ({ face }: Judged) => qualityReasons(face, picture, 'AUTO').length === 0;
  const ranked = [...good.filter(passesAuto), ...good.filter((each) => !passesAuto(each))];
  const kept = new Set(ranked.slice(0, max));
  return {
    admitted: good.filter((each) => kept.has(each)).map(({ face }) => face),
    refused: judged.flatMap((each): Judged[] => {
      if (kept.has(each)) return [];
      return [each.reasons.length > 0 ? each : { face: each.face, reasons: ['EXCEEDS_MAX_FACES'] }];
    }),
  };
}
