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

const MAP_SHAPE = [1, 6, 6, 128] as const;

export async function rollOf({ map }: Pick<Look, 'map'>, sessions: Sessions): Promise<Roll> {
  const outputs = await sessions.run('roll.onnx', 'map', { data: map, shape: MAP_SHAPE });
  const [cosine = 0, sine = 0] = outputs('direction');
  return { angle: Math.atan2(sine, cosine), certainty: Math.hypot(cosine, sine) };
}
