/** What becomes of a face that was read: which of two looks at it counts, and whether it is one. */
import type { Detection } from './detector.ts';
import type { Box } from './face.ts';
import type { Pixels } from './pixels.ts';
import type { QuarterTurns } from './raster.ts';
import { CERTAIN, type Reading, rollOfMesh, trustIn } from './reading.ts';
import type { Roll } from './roll.ts';
import { sameReading } from './same-reading.ts';

export interface FoundFace extends Reading {
  readonly detection: Detection;
  /** By which its light is raised before it is looked at. */
  readonly gain: number;
}

/**
 * On a crop that shows enough, the landmark model knows a face from a shadow better than the detector
 * does, but it also denies full profiles, of which the detector is sure. Below this presence and score,
 * with at least this many pixels to judge by, it is no face: over 54 hand-checked pictures this takes
 * no face and a third of the false ones.
 */
const VETO = { presence: 0.1, score: 0.98, shortSide: 24 } as const;

/** Faces that do not stand, or were seen in a view of their own, must be surer. */
const TURNED_THRESHOLD = 0.9;
export const TURNED_TRUST = 0.5;

/** What was seen of a face by two looks: the box of the one that saw it upright, the higher score of two such. */
export function better(face: FoundFace, again: Detection): Detection {
  const { detection } = face;
  if (trustIn(face) < TURNED_TRUST) return detection;
  if (!seenUpright(face, detection)) return seenUpright(face, again) ? again : detection;
  if (!seenUpright(face, again)) return detection;
  // The first look from a side is a glance; what a closer one sees fits better.
  const box = detection.plain ? detection.box : again.box;
  return { ...detection, box, score: Math.max(detection.score, again.score) };
}

/** Whether two faces whose boxes differ were read at the same features, and surely. */
export function readAlike(face: FoundFace, other: FoundFace): boolean {
  const isSure = Math.min(trustIn(face), trustIn(other)) >= TURNED_TRUST;
  return isSure && sameReading(face.mesh, other.mesh);
}

/** Of two boxes around the same features: the one of which the detector is surer. */
export function fitsBetter({ detection }: FoundFace, other: FoundFace): boolean {
  return detection.score > other.detection.score;
}

function seenUpright({ mesh }: Reading, { angle }: Detection): boolean {
  return Math.cos(rollOfMesh(mesh) - angle) >= Math.SQRT1_2;
}

export function standsUpright({ mesh }: Reading): boolean {
  return uprightTurns({ mesh }) === 0;
}

/** The quarter turns, clockwise, that bring a face nearest to upright. */
export function uprightTurns({ mesh }: Pick<Reading, 'mesh'>): QuarterTurns {
  return ((4 - (Math.round(rollOfMesh(mesh) / (Math.PI / 2)) & 3)) & 3) as QuarterTurns;
}

/** Whether a face was seen for certain, and not upright. */
function looksTurned({ angle, certainty }: Roll): boolean {
  return certainty >= CERTAIN && Math.cos(angle) < 0.5;
}

export function accepted(face: FoundFace, pixels: Pixels): boolean {
  const { detection, mesh, firstSight } = face;
  if (trustIn(face) >= TURNED_TRUST) {
    return detection.score >= TURNED_THRESHOLD || (detection.plain && standsUpright(face));
  }
  // Profiles and tiny faces, which the mesh does not know: the detector alone must be sure, and nothing
  // may speak against their standing upright.
  if (!detection.plain || !standsUpright(face)) return false;
  const { width, height } = inPixels(detection.box, pixels);
  if (Math.min(width, height) < VETO.shortSide) return true;
  if (looksTurned(firstSight)) return false;
  return mesh.presence >= VETO.presence || detection.score >= VETO.score;
}

/** By area; of equal boxes, the upper and then the left one. */
export function largerFirst({ box: a }: Detection, { box: b }: Detection): number {
  return b.width * b.height - a.width * a.height || a.top - b.top || a.left - b.left;
}

export function inPixels(box: Box, { width, height }: Pixels): Box {
  return {
    left: box.left * width,
    top: box.top * height,
    width: box.width * width,
    height: box.height * height,
  };
}
