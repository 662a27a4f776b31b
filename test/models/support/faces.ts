/** Real faces: crops of the sample photographs of `@vladmandic/face-api`, as the models want them. */
import { createRequire } from 'node:module';
import path from 'node:path';
import sharp from 'sharp';

const PHOTOGRAPHS = path.join(
  path.dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')),
  'demo',
);

/** Faces in the photographs: file, and the centre and height of the head in pixels. */
const FACES = [
  { file: 'sample1.jpg', x: 1565, y: 345, height: 250 },
  { file: 'sample2.jpg', x: 1545, y: 292, height: 230 },
  { file: 'sample3.jpg', x: 1192, y: 360, height: 315 },
] as const;

/** The photograph as raw RGB, stretched to the given size. */
export async function photograph(width: number, height: number): Promise<Buffer> {
  const file = path.join(PHOTOGRAPHS, FACES[0].file);
  return sharp(file).resize(width, height, { fit: 'fill' }).removeAlpha().raw().toBuffer();
}

/**
 * Square crops of the faces, raw RGB, one after the other by row and pixel.
 * @param size side of a crop in pixels
 * @param margin side of the square over the height of the head
 */
export async function faceCrops(size: number, margin: number): Promise<Buffer[]> {
  return Promise.all(
    FACES.map(({ file, x, y, height }) => {
      const side = Math.round(height * margin);
      const square = {
        left: Math.max(0, Math.round(x - side / 2)),
        top: Math.max(0, Math.round(y - side / 2)),
        width: side,
        height: side,
      };
      const picture = sharp(path.join(PHOTOGRAPHS, file)).extract(square);
      return picture.resize(size, size).removeAlpha().raw().toBuffer();
    }),
  );
}

/** Scales interleaved RGB to floats, `(value - mean) / deviation`, in the same order. */
export function normalise(rgb: Buffer, mean: number, deviation: number): Float32Array {
  return Float32Array.from(rgb, (value) => (value - mean) / deviation);
}

/** Interleaved RGB to one plane a channel. */
export function planes(interleaved: Float32Array): Float32Array {
  const size = interleaved.length / 3;
  return interleaved.map((_, i) => interleaved[(i % size) * 3 + Math.floor(i / size)] ?? 0);
}
