/**
 * A thread whose inference does what the first byte of a picture says; in one of 'faces' it finds two each time. The width of a picture is how many others
 * the thread holds, the height how many it has read.
 */
import { parentPort, threadId } from 'node:worker_threads';
import { EmbeddingError } from '../../../layers/inference/embedder.ts';
import {
  type DetectedFace,
  FaceModelMissingError,
  ImageFormatError,
  type InferencePort,
  type PictureHandle,
  serveInference,
} from '../../../layers/inference/index.ts';
import { landmarksOf } from '../../../layers/inference/landmarks.ts';
import { DEEDS, type Deed } from './deeds.ts';

interface FakePicture extends PictureHandle {
  readonly deed: Deed;
  readonly milliseconds: number;
}

const held = new Set<PictureHandle>();
/** In the order in which they were found; the confidence of each is its place. */
const found: DetectedFace[] = [];
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
    if (deed !== 'faces') return [];
    const two = [found.length, found.length + 1].map(faceOf);
    found.push(...two);
    return two;
  },
  async embed(_picture, faces, version = '') {
    if (version === 'whose') {
      return faces.map((face) => {
        const symmetry = found.includes(face) ? 1 : 0;
        const legibility = { norm: 0, symmetry, visibility: 0 };
        return { vector: new Float32Array(1), norm: face.confidence, symmetry, legibility };
      });
    }
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

function faceOf(place: number): DetectedFace {
  const mesh = new Float32Array(478 * 3);
  return {
    box: { left: 0, top: 0, width: 1, height: 1 },
    confidence: place,
    presence: 1,
    agreement: 1,
    gain: 1,
    landmarks: landmarksOf(mesh),
    mesh,
    pose: { roll: 0, yaw: 0, pitch: 0 },
    gaze: { yaw: 0, pitch: 0, confidence: 0 },
    quality: { brightness: 50, sharpness: 50 },
  };
}

if (parentPort !== null) serveInference(parentPort, inference);
