/**
 * How well a face can be read: whether its vector can be trusted. Told by the embedder that Recollect
 * brings, whichever face model makes the vectors, so that a level of quality means the same for all.
 */
import type { Embedding } from './embedder.ts';
import type { Sessions } from './sessions.ts';

export interface Legibility {
  /** {@link Embedding.norm} of the built-in embedder: 51 and more for 99 of 100 clean photographs. */
  readonly norm: number;
  /** {@link Embedding.symmetry} of the built-in embedder. */
  readonly symmetry: number;
  /** 0..1: how surely eyes, nose and mouth are open to view, behind no mask, bar or dark glasses. */
  readonly visibility: number;
}

/** Channels, rows and columns of the embedder's last map. */
const FEATURES_SHAPE = [128, 7, 7] as const;

/** @param readings of the built-in embedder, with their features. */
export async function legibilityOf(
  readings: readonly Embedding[],
  sessions: Sessions,
): Promise<Legibility[]> {
  if (readings.length === 0) return [];
  const size = FEATURES_SHAPE.reduce((product: number, length) => product * length, 1);
  const data = new Float32Array(readings.length * size);
  readings.forEach(({ features }, i) => {
    if (features?.length !== size) throw new TypeError('The built-in embedder gave no features');
    data.set(features, i * size);
  });
  const outputs = await sessions.run('visibility.onnx', 'features', {
    data,
    shape: [readings.length, ...FEATURES_SHAPE],
  });
  const visible = outputs('visible');
  return readings.map(({ norm, symmetry }, i) => ({ norm, symmetry, visibility: visible[i]! }));
}
