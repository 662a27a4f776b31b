/** Aligned faces to identity vectors, by whichever embedder a face model names. */
import { facesAndMirrors } from './convention.ts';
import type { Embedder } from './face-model.ts';
import type { FloatTensor, Sessions } from './sessions.ts';

/**
 * Faces per run of a network that takes any number: the maps of more do not fit into a core's cache, and cost a
 * third more time a face. Those of a fixed number are filled from so many.
 */
const BATCH = 1;
const FILLING = 8;

/** What the embedder says of one face. */
export interface Embedding {
  /** Identity of the face: length 1, its dot product with another's is their cosine. */
  readonly vector: Float32Array;
  /**
   * Length of the raw output, mean of the face and its mirror image, in the embedder's own unit: it falls
   * with everything that makes a face hard to read (Meng et al., "MagFace", CVPR 2021).
   */
  readonly norm: number;
  /** Cosine between the face and its mirror image: near 1 for a face that is well aligned and evenly lit. */
  readonly symmetry: number;
  /** Of the face as it is, where the convention names such an output. */
  readonly features?: Float32Array | undefined;
}

/** The network answered with something that is no embedding. */
export class EmbeddingError extends Error {
  override readonly name = 'EmbeddingError';
}

/**
 * Each face is embedded as it is and mirrored, and the mean direction of both is its vector: for six
 * milliseconds, the mirror image takes a tenth of the false rejections at low false match rates.
 *
 * @param aligned each `side` squared RGB values 0..255, interleaved.
 * @returns the embedding of each face, in order.
 * @throws EmbeddingError when an output is not finite, or has no direction
 */
export async function embedAligned(
  aligned: readonly Float32Array[],
  { file, convention }: Embedder,
  sessions: Sessions,
): Promise<Embedding[]> {
  const { input, output, features, batch } = convention;
  const embeddings: Embedding[] = [];
  const most = batch === 'any' ? BATCH : FILLING;
  for (let start = 0; start < aligned.length; start += most) {
    const faces = aligned.slice(start, start + most);
    const { data, shape } = facesAndMirrors(faces, convention);
    const raw: Float32Array[] = [];
    const maps: Float32Array[] = [];
    for (const part of portions(data, shape, batch)) {
      const outputs = await sessions.run(file, input, part);
      raw.push(...each(outputs(output), part.shape[0]!));
      if (features !== undefined) maps.push(...each(outputs(features), part.shape[0]!));
    }
    for (let i = 0; i < faces.length; i++) {
      const embedding = merged(raw[2 * i]!, raw[2 * i + 1]!);
      if (!(embedding.norm > 0 && embedding.vector.every(Number.isFinite))) {
        throw new EmbeddingError(`${file} gave no vector for a face: it is not finite, or zero.`);
      }
      embeddings.push({ ...embedding, features: maps[2 * i] });
    }
  }
  return embeddings;
}

/** The share of each image in what a network gives for several. */
function each(values: Float32Array, count: number): Float32Array[] {
  const length = values.length / count;
  return Array.from({ length: count }, (_, i) => values.subarray(i * length, (i + 1) * length));
}

/** As many at once as the network takes; the last portion of a fixed number is filled up with zeros. */
function* portions(
  data: Float32Array,
  [count = 0, ...one]: readonly number[],
  batch: number | 'any',
): Generator<FloatTensor> {
  const size = data.length / count;
  const most = batch === 'any' ? count : batch;
  for (let from = 0; from < count; from += most) {
    const part = data.subarray(from * size, (from + most) * size);
    if (part.length === most * size) {
      yield { data: part, shape: [most, ...one] };
    } else {
      const filled = new Float32Array(most * size);
      filled.set(part);
      yield { data: filled, shape: [most, ...one] };
    }
  }
}

function merged(face: Float32Array, mirrored: Float32Array): Embedding {
  const [a, b] = [normalise(face), normalise(mirrored)];
  return {
    vector: normalise(a.map((value, k) => value + b[k]!)),
    norm: (lengthOf(face) + lengthOf(mirrored)) / 2,
    symmetry: a.reduce((sum, value, k) => sum + value * b[k]!, 0),
  };
}

function lengthOf(vector: Float32Array): number {
  let square = 0;
  for (const value of vector) square += value * value;
  return Math.sqrt(square);
}

function normalise(vector: Float32Array): Float32Array {
  const length = lengthOf(vector);
  return vector.map((value) => value / length);
}
