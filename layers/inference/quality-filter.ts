/**
 * QualityFilter: which faces are too poor to be told apart, and why. What each level asks for is in
 * the face model's entry of `models/manifest.json`.
 */
import manifest from '../../models/manifest.json' with { type: 'json' };
import type { DetectedFace } from './face.ts';
import type { Legibility } from './legibility.ts';

export type QualityFilter = 'NONE' | 'AUTO' | 'LOW' | 'MEDIUM' | 'HIGH';

export type QualityReason =
  | 'EXTREME_POSE'
  | 'LOW_BRIGHTNESS'
  | 'LOW_SHARPNESS'
  | 'LOW_CONFIDENCE'
  | 'SMALL_BOUNDING_BOX'
  | 'LOW_FACE_QUALITY';

const LEVELS = manifest.faceModels[0]!.quality;

/**
 * @param size of the upright image in pixels.
 * @param legibility as `Inference.embed` tells it; left out, the face is judged by how it looks alone.
 * @returns every reason for which the face fails the filter, in the API's order; none if it passes.
 */
export function qualityReasons(
  face: Pick<DetectedFace, 'box' | 'confidence' | 'presence' | 'agreement' | 'pose' | 'quality'>,
  size: { readonly width: number; readonly height: number },
  filter: QualityFilter,
  legibility?: Legibility,
): QualityReason[] {
  if (filter === 'NONE') return [];
  const least = LEVELS[filter];
  const { pose, quality, box } = face;
  const shortSide = Math.min(box.width * size.width, box.height * size.height);
  const failures: [boolean, QualityReason][] = [
    [Math.abs(pose.yaw) > least.yaw || Math.abs(pose.pitch) > least.pitch, 'EXTREME_POSE'],
    [quality.brightness < least.brightness, 'LOW_BRIGHTNESS'],
    [quality.sharpness < least.sharpness, 'LOW_SHARPNESS'],
    [face.confidence < least.confidence, 'LOW_CONFIDENCE'],
    [shortSide < least.size, 'SMALL_BOUNDING_BOX'],
    [
      face.presence < least.presence ||
        face.agreement < least.agreement ||
        (legibility !== undefined && isIllegible(legibility, least)),
      'LOW_FACE_QUALITY',
    ],
  ];
  return failures.filter(([failed]) => failed).map(([, reason]) => reason);
}

function isIllegible({ norm, symmetry, visibility }: Legibility, least: Legibility): boolean {
  return norm < least.norm || symmetry < least.symmetry || visibility < least.visibility;
}
