import {
  COMMON_ERRORS,
  IMAGE_ERRORS,
  list,
  members,
  operation,
  ServiceError,
  structure,
} from '../layers/protocol/index.ts';
import { cosine } from '../layers/vectors/index.ts';
import { admit } from './common/admission.ts';
import { boundingBox, faceDetail } from './common/face-members.ts';
import type { Services } from './common/services.ts';
import { NOTHING_TO_COMPARE } from './common/texts.ts';

/** Compares the largest face of one photograph with every face of another; nothing is stored. */
export const CompareFaces = operation({
  name: 'CompareFaces',
  input: structure(
    {
      SourceImage: members.Image,
      TargetImage: members.Image,
      SimilarityThreshold: members.Percent,
      QualityFilter: members.QualityFilter,
    },
    ['SourceImage', 'TargetImage'],
  ),
  output: structure({
    SourceImageFace: structure({
      BoundingBox: members.BoundingBox,
      Confidence: members.Percent,
    }),
    FaceMatches: list(structure({ Similarity: members.Percent, Face: members.ComparedFace })),
    UnmatchedFaces: list(members.ComparedFace),
    SourceImageOrientationCorrection: members.OrientationCorrection,
    TargetImageOrientationCorrection: members.OrientationCorrection,
  }),
  errors: [...COMMON_ERRORS, ...IMAGE_ERRORS],
  uses: { records: [], shards: 'none', images: true, inference: true, jobs: [] },
  async handler(input, { inference, images, faceModels }: Services) {
    const { SimilarityThreshold = 80, QualityFilter = 'NONE' } = input;
    const source = await inference.read(await images.load(input.SourceImage));
    const target = await inference.read(await images.load(input.TargetImage));
    const [sourceFace] = await inference.findFaces(source, { limit: 1 });
    const targetFaces = await inference.findFaces(target);
    if (sourceFace === undefined || targetFaces.length === 0) throw nothing();

    const most = Number.POSITIVE_INFINITY;
    const model = faceModels.get(faceModels.default);
    const options = { faceModel: model.version, filter: QualityFilter, most };
    const [sought] = (await admit(inference, source, [sourceFace], options)).admitted;
    if (sought === undefined) throw nothing();
    const { admitted: compared } = await admit(inference, target, targetFaces, options);
    const scored = compared.map(({ face, embedding: { vector } }) => ({
      Similarity: Math.fround(model.similarity(cosine(sought.embedding.vector, vector))),
      Face: faceDetail(face),
    }));
    return {
      SourceImageFace: {
        BoundingBox: boundingBox(sourceFace.box),
        Confidence: sourceFace.confidence,
      },
      FaceMatches: scored
        .filter(({ Similarity }) => Similarity >= SimilarityThreshold)
        .sort((a, b) => b.Similarity - a.Similarity),
      UnmatchedFaces: scored
        .filter(({ Similarity }) => Similarity < SimilarityThreshold)
        .map(({ Face }) => Face),
    };
  },
});

function nothing(): ServiceError {
  return new ServiceError('InvalidParameterException', NOTHING_TO_COMPARE);
}
