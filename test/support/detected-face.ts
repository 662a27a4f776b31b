/** A face as it is found in a photograph, made up. */
import { LANDMARK_TYPES } from '../../functions/common/face-members.ts';
import type { Landmarks } from '../../layers/inference/face.ts';
import type { DetectedFace } from '../../layers/inference/index.ts';

/** One that passes every filter. @param left with the width a share of the photograph's */
export function detectedFace(left: number, width = 0.5): DetectedFace {
  const point = { x: left, y: 0.5 };
  return {
    box: { left, top: 0.1, width, height: 0.5 },
    confidence: 99.9,
    presence: 1,
    agreement: 1,
    gain: 1,
    landmarks: Object.fromEntries(
      LANDMARK_TYPES.map((type) => [type, point]),
    ) as unknown as Landmarks,
    mesh: new Float32Array(),
    pose: { roll: 0, yaw: 0, pitch: 0 },
    gaze: { yaw: 0, pitch: 0, confidence: 100 },
    quality: { brightness: 80, sharpness: 80 },
  };
}
