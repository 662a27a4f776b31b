import {
  COMMON_ERRORS,
  members,
  operation,
  structure,
  VIDEO_ERRORS,
} from '../layers/protocol/index.ts';
import type { Services } from './common/services.ts';

/** Begins to look for the faces of a stored video. */
export const StartFaceDetection = operation({
  name: 'StartFaceDetection',
  input: structure(
    {
      Video: members.Video,
      ClientRequestToken: members.ClientRequestToken,
      NotificationChannel: members.NotificationChannel,
      FaceAttributes: members.FaceAttributes,
      JobTag: members.JobTag,
    },
    ['Video'],
  ),
  output: structure({ JobId: members.JobId }),
  errors: [...COMMON_ERRORS, ...VIDEO_ERRORS],
  uses: {
    records: ['GetItem', 'PutItem', 'UpdateItem'],
    shards: 'none',
    images: true,
    inference: false,
    videos: 'start',
    jobs: [],
  },
  async handler(input, { videos }: Services) {
    const JobId = await videos.start('StartFaceDetection', input, async () => ({
      attributes: input.FaceAttributes ?? 'DEFAULT',
    }));
    return { JobId };
  },
});
