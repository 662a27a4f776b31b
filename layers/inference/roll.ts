/**
 * Which way up a face is, over the full circle, without landmarks: a small network on the features that
 * the mesh has computed anyway. It was fitted to crops turned by known angles (`models/train/roll`).
 */
import type { Look } from './mesh.ts';
import type { Sessions } from './sessions.ts';

export interface Roll {
  /** Radians, clockwise, -pi..pi: how far the face in the crop is turned. */
  readonly angle: number;
  /** About 1 where one direction stands out, 0 where none does, as on what is no face. */
  readonly certainty: number;
}

/** Of one look. */
const MAP_SHAPE = [6, 6, 128] as const;
const MAP_LENGTH = MAP_SHAPE.reduce((product: number, length) => product * length, 1);

/** @returns the roll that is seen in each look, in order. */
export async function rollsOf(
  looks: readonly Pick<Look, 'map'>[],
  sessions: Sessions,
): Promise<Roll[]> {
  if (looks.length === 0) return [];
  const data = new Float32Array(looks.length * MAP_LENGTH);
  looks.forEach(({ map }, i) => {
    data.set(map, i * MAP_LENGTH);
  });
  const shape = [looks.length, ...MAP_SHAPE];
  const directions = (await sessions.run('roll.onnx', 'map', { data, shape }))('direction');
  return looks.map((_, i) => {
    const [cosine, sine] = [directions[2 * i]!, directions[2 * i + 1]!];
    return { angle: Math.atan2(sine, cosine), certainty: Math.hypot(cosine, sine) };
  });
}
