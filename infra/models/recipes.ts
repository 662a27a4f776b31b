/**
 * Recipes for embedders that are public and well known. All take the 112 x 112 face of the five-point template.
 * Sizes and hashes are those of the large-file pointers of their repositories.
 */
import type { Recipe } from './recipe.ts';

const ZOO =
  'https://media.githubusercontent.com/media/onnx/models/main/validated/vision/body_analysis/arcface/model';

const RAW = { channels: 'RGB', mean: 0, scale: 1 } as const;
const SIGNED = { channels: 'RGB', mean: 127.5, scale: 127.5 } as const;

export const RECIPES: ReadonlyMap<string, Recipe> = new Map<string, Recipe>([
  [
    'arcface-r100',
    {
      version: 'arcface-r100',
      url: `${ZOO}/arcfaceresnet100-8.onnx`,
      bytes: 261_036_388,
      sha256: 'f3a6bc281e72f88862f5748b53be3d76b3b48f8f1ab1f4a537941bdc4e1b01da',
      licence: { name: 'Apache-2.0', commercial: true, note: 'trained on MS-Celeb-1M' },
      convention: RAW,
      published: 'LFW 99.77, CFP-FP 94.2, AgeDB 97.9',
    },
  ],
  [
    'arcface-r100-int8',
    {
      version: 'arcface-int8',
      url: `${ZOO}/arcfaceresnet100-11-int8.onnx`,
      bytes: 65_707_645,
      sha256: '0d017cee05ec0456a296386cb5a3cef6647a871e40357ce0fbb10b37ca6250e1',
      licence: { name: 'Apache-2.0', commercial: true, note: 'trained on MS-Celeb-1M' },
      convention: RAW,
      published: 'LFW 99.80',
    },
  ],
  [
    'sface',
    {
      version: 'sface',
      url: 'https://media.githubusercontent.com/media/opencv/opencv_zoo/main/models/face_recognition_sface/face_recognition_sface_2021dec.onnx',
      bytes: 38_696_353,
      sha256: '0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79',
      licence: { name: 'Apache-2.0', commercial: true },
      convention: RAW,
    },
  ],
  [
    'auraface',
    {
      version: 'auraface',
      url: 'https://huggingface.co/fal/AuraFace-v1/resolve/main/glintr100.onnx',
      licence: {
        name: 'Apache-2.0',
        commercial: true,
        note: 'of this file alone; the others beside it are not for business',
      },
      convention: SIGNED,
      published: 'LFW 99.65, CFP-FP 95.2, AgeDB 96.1',
    },
  ],
  [
    'insightface-r50',
    {
      version: 'insightface-r50',
      licence: {
        name: 'insightface-non-commercial',
        commercial: false,
        note: 'w600k_r50.onnx of the pack buffalo_l; research only',
      },
      convention: SIGNED,
    },
  ],
  [
    'insightface-r100',
    {
      version: 'insightface-100',
      licence: {
        name: 'insightface-non-commercial',
        commercial: false,
        note: 'glintr100.onnx of the pack antelopev2; research only',
      },
      convention: SIGNED,
    },
  ],
]);
