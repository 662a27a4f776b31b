import type { DetectedFace, Picture, QualityFilter } from '../layers/inference/index.ts';
import { qualityReasons } from '../layers/inference/index.ts';
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
  uses: { records: 'none', shards: 'none', images: true, inference: true, jobs: [] },
  async handler(input, { inference, images, faceModels }: Services) {
    const { SimilarityThreshold = 80, QualityFilter = 'NONE' } = input;
    const source = await inference.read(await images.load(input.SourceImage));
    const target = await inference.read(await images.load(input.TargetImage));
    const [sourceFace] = await inference.findFaces(source, { limit: 1 });
    const targetFaces = await inference.findFaces(target);
    if (sourceFace === undefined || !passes(sourceFace, source, QualityFilter)) throw nothing();
    if (targetFaces.length === 0) throw nothing();

    const compared = targetFaces.filter((face) => passes(face, target, QualityFilter));
    const model = faceModels.get(faceModels.default);
    const [sourceEmbedding] = await inference.embed(source, [sourceFace], model.version);
    const targetEmbeddings = await inference.embed(target, compared, model.version);
    const { similarity } = model;
    const scored = compared.map((face, i) => ({
      Similarity: Math.fround(
        similarity(cosine(sourceEmbedding!.vector, targetEmbeddings[i]!.vector)),
      ),
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

function passes(face: DetectedFace, picture: Picture, filter: QualityFilter): boolean {
  return qualityReasons(face, picture, filter).length === 0;
}

function nothing(): ServiceError {
  return new ServiceError('InvalidParameterException', NOTHING_TO_COMPARE);
}
