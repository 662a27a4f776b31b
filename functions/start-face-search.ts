import {
  COMMON_ERRORS,
  members,
  operation,
  structure,
  VIDEO_ERRORS,
} from '../layers/protocol/index.ts';
import type { Services } from './common/services.ts';

/** Begins to look for the faces of a stored video in a collection. */
export const StartFaceSearch = operation({
  name: 'StartFaceSearch',
  input: structure(
    {
      Video: members.Video,
      ClientRequestToken: members.ClientRequestToken,
      FaceMatchThreshold: members.Percent,
      CollectionId: members.CollectionId,
      NotificationChannel: members.NotificationChannel,
      JobTag: members.JobTag,
    },
    ['Video', 'CollectionId'],
  ),
  output: structure({ JobId: members.JobId }),
  errors: [...COMMON_ERRORS, ...VIDEO_ERRORS, 'ResourceNotFoundException'],
  uses: {
    records: ['GetItem', 'PutItem', 'UpdateItem'],
    shards: 'none',
    images: true,
    inference: false,
    videos: 'start',
    jobs: [],
  },
  async handler(input, { videos, records }: Services) {
    const JobId = await videos.start('StartFaceSearch', input, async () => {
      const { id, generation, faceModel } = await records.collections.get(input.CollectionId);
      const threshold = input.FaceMatchThreshold ?? 80;
      return { collection: { id, generation, faceModel }, threshold };
    });
    return { JobId };
  },
});
