/**
 * Aligned faces to identity vectors: MobileFaceNet, or whatever embedder of the same input (112 x 112,
 * RGB, (value - 127.5) / 128) the face model names.
 */
import { ALIGNED_SIDE } from './alignment.ts';
import type { Sessions } from './sessions.ts';

/** Faces per run of the model: more gain no speed and cost memory. */
const BATCH = 16;

const MEAN = 127.5;
const SCALE = 128;

/**
 * @param aligned each ALIGNED_SIDE squared RGB values 0..255, interleaved.
 * @returns per face a vector of length 1; its dot product with another's is their cosine.
 */
export async function embedAligned(
  aligned: readonly Float32Array[],
  file: string,
  sessions: Sessions,
): Promise<Float32Array[]> {
  const vectors: Float32Array[] = [];
  for (let start = 0; start < aligned.length; start += BATCH) {
    const batch = aligned.slice(start, start + BATCH);
    const outputs = await sessions.run(file, 'face', {
      data: planes(batch),
      shape: [batch.length, 3, ALIGNED_SIDE, ALIGNED_SIDE],
    });
    const embedding = outputs('embedding');
    const dimension = embedding.length / batch.length;
    for (let i = 0; i < batch.length; i++) {
      vectors.push(normalise(embedding.subarray(i * dimension, (i + 1) * dimension)));
    }
  }
  return vectors;
}

/** Face by face, channel by channel. */
function planes(faces: readonly Float32Array[]): Float32Array {
  const area = ALIGNED_SIDE * ALIGNED_SIDE;
  const output = new Float32Array(faces.length * 3 * area);
  faces.forEach((face, n) => {
    for (let channel = 0; channel < 3; channel++) {
      const start = (n * 3 + channel) * area;
      for (let i = 0; i < area; i++) {
        output[start + i] = (face[i * 3 + channel]! - MEAN) / SCALE;
      }
    }
  });
  return output;
}

function normalise(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
