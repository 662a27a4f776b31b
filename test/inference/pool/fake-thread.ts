/**
 * A thread whose inference does what the first byte of a picture says. The width of a picture is how many others
 * the thread holds, the height how many it has read.
 */
import { parentPort, threadId } from 'node:worker_threads';
import { EmbeddingError } from '../../../layers/inference/embedder.ts';
import {
  FaceModelMissingError,
  ImageFormatError,
  type InferencePort,
  type PictureHandle,
  serveInference,
} from '../../../layers/inference/index.ts';
import { DEEDS, type Deed } from './deeds.ts';

interface FakePicture extends PictureHandle {
  readonly deed: Deed;
  readonly milliseconds: number;
}

const held = new Set<PictureHandle>();
let read = 0;

const inference: InferencePort = {
  async read([deed = 0, milliseconds = 0]) {
    const picture: FakePicture = {
      width: held.size,
      height: ++read,
      deed: DEEDS[deed]!,
      milliseconds,
    };
    if (picture.deed === 'damaged') {
      throw new ImageFormatError('It is damaged', { cause: new RangeError('at byte 7') });
    }
    held.add(picture);
    return picture;
  },
  hold: ({ data }) => inference.read(data),
  async findFaces(picture) {
    const { deed, milliseconds } = picture as FakePicture;
    const until = performance.now() + milliseconds;
    while (performance.now() < until);
    if (deed === 'exit') process.exit(1);
    if (deed === 'memory') {
      for (const all: number[][] = []; ; ) all.push(Array.from({ length: 1e5 }, Math.random));
    }
    return [];
  },
  async embed(_picture, _faces, version = '') {
    if (version === 'none') throw new FaceModelMissingError(`There is no ${version}`);
    throw Object.assign(new EmbeddingError('no vector'), { code: threadId });
  },
  async describe() {
    throw 'no error at all';
  },
  release(picture) {
    held.delete(picture);
  },
  close: async () => undefined,
};

if (parentPort !== null) serveInference(parentPort, inference);
