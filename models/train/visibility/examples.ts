/**
 * What the visibility head is fitted to: the features of faces as they are, of the same seen worse, which is no
 * reason to refuse them, and of the same behind covers.
 */
import sharp from 'sharp';
import { alignFace } from '../../../layers/inference/alignment.ts';
import { embedAligned } from '../../../layers/inference/embedder.ts';
import { BUILT_IN_FACE_MODELS, DEFAULT_FACE_MODEL } from '../../../layers/inference/face-model.ts';
import type { Mesh } from '../../../layers/inference/mesh.ts';
import type { Pixels } from '../../../layers/inference/pixels.ts';
import type { Photograph, Reader, UprightFace } from '../people.ts';
import { type Random, randomOf } from '../random.ts';
import { COVERS, type Cover, covered } from './covers.ts';

export type Sight = 'asIs' | 'worse' | Cover;
export const SIGHTS: readonly Sight[] = ['asIs', 'worse', ...COVERS];

export interface VisibilityExample {
  readonly person: string;
  readonly sight: Sight;
  readonly features: Float32Array;
}

/** Boxes are off by as much when a face is found behind a cover. */
const OFF = 0.06;

export async function examplesOf(
  photograph: Photograph,
  face: UprightFace,
  reader: Reader,
): Promise<VisibilityExample[]> {
  const examples: VisibilityExample[] = [];
  for (const sight of SIGHTS) {
    const name = `${photograph.file} ${Math.round(face.box.left)} ${sight}`;
    const random = randomOf(name);
    const pixels = await seen(photograph.picture.pixels, face, sight, random, name);
    const scale = pixels.width / photograph.picture.pixels.width;
    const mesh = await reader.refined({ pixels }, offBox(face.box, scale, random), face.roll);
    examples.push({
      person: photograph.person,
      sight,
      features: await featuresOf(pixels, mesh, reader),
    });
  }
  return examples;
}

async function seen(
  pixels: Pixels,
  face: UprightFace,
  sight: Sight,
  random: Random,
  name: string,
): Promise<Pixels> {
  switch (sight) {
    case 'asIs':
      return pixels;
    case 'worse':
      return worse(pixels, face, random);
    default:
      return covered(pixels, face.mesh.vertices, sight, random, name);
  }
}

/** Smaller, darker, softer or badly saved, or several of these; and every other face mirrored. */
async function worse(pixels: Pixels, { box }: UprightFace, random: Random): Promise<Pixels> {
  const longer = Math.max(box.width, box.height);
  const scale = random.chance(0.6) ? Math.min(1, random.between(26, 80) / longer) : 1;
  const width = Math.max(8, Math.round(pixels.width * scale));
  const height = Math.max(8, Math.round(pixels.height * scale));
  const image = sharp(pixels.data, {
    raw: { width: pixels.width, height: pixels.height, channels: 3 },
  }).resize({ width, height, fit: 'fill' });
  if (random.chance(0.4)) image.linear(random.between(0.3, 1.3), 0);
  if (random.chance(0.3)) image.blur(random.between(0.4, 1.2));
  const saved = await image.jpeg({ quality: Math.round(random.between(25, 95)) }).toBuffer();
  return { data: await sharp(saved).raw().toBuffer(), width, height };
}

function offBox(box: UprightFace['box'], scale: number, random: Random): UprightFace['box'] {
  const off = () => random.between(-OFF, OFF);
  return {
    left: (box.left + off() * box.width) * scale,
    top: (box.top + off() * box.height) * scale,
    width: box.width * scale * (1 + off()),
    height: box.height * scale * (1 + off()),
  };
}

async function featuresOf(pixels: Pixels, mesh: Mesh, { sessions }: Reader): Promise<Float32Array> {
  const { width, height } = pixels;
  const ratios = mesh.vertices.map((value, i) => value / (i % 3 === 1 ? height : width));
  const aligned = alignFace(pixels, { mesh: ratios, gain: 1 });
  const embedder = BUILT_IN_FACE_MODELS.embedder(DEFAULT_FACE_MODEL);
  const [embedding] = await embedAligned([aligned], embedder, sessions);
  if (!embedding?.features) throw new Error('The embedder gives no features');
  return Float32Array.from(embedding.features);
}
