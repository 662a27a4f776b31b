import {
  COMMON_ERRORS,
  IMAGE_ERRORS,
  list,
  members,
  operation,
  structure,
} from '../layers/protocol/index.ts';
import { faceDetails, requestedDetails } from './common/face-details.ts';
import type { Services } from './common/services.ts';

/** Describes the faces of a photograph, the largest first; nothing is stored. */
export const DetectFaces = operation({
  name: 'DetectFaces',
  input: structure({ Image: members.Image, Attributes: members.Attributes }, ['Image']),
  output: structure({
    FaceDetails: list(members.FaceDetail),
    OrientationCorrection: members.OrientationCorrection,
  }),
  errors: [...COMMON_ERRORS, ...IMAGE_ERRORS],
  uses: { records: [], shards: 'none', images: true, inference: true, jobs: [] },
  async handler({ Image, Attributes }, { inference, images, judgements }: Services) {
    const picture = await inference.read(await images.load(Image));
    const faces = await inference.findFaces(picture);
    const FaceDetails = await faceDetails(
      inference,
      picture,
      faces,
      requestedDetails(Attributes, judgements),
    );
    return { FaceDetails };
  },
});
