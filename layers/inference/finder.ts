/**
 * One picture's faces with their meshes: the detector says where, the landmark model says what
 * exactly, which way up the picture is, and which of the detector's boxes hold no face.
 */
import { type Detection, Detector } from './detector.ts';
import type { Box } from './face.ts';
import { glanceMesh, type Mesh, refineMesh } from './mesh.ts';
import { findUprightView, type Viewer } from './orientation.ts';
import type { Pixels } from './pixels.ts';
import type { Sessions } from './sessions.ts';

export interface FoundFace {
  readonly detection: Detection;
  readonly mesh: Mesh;
}

/**
 * On a crop that shows enough, the landmark model knows a face from a shadow better than the detector
 * does, but it also denies full profiles, of which the detector is sure. Below this presence and score,
 * with at least this many pixels to judge by, it is no face: over 54 hand-checked pictures this takes
 * no face and a third of the false ones.
 */
const VETO = { presence: 0.1, score: 0.98, shortSide: 24 } as const;

/** @returns at most `limit` faces, largest box first. */
export async function findFaces(
  pixels: Pixels,
  limit: number,
  sessions: Sessions,
): Promise<FoundFace[]> {
  const detector = new Detector(pixels, sessions);
  const glances = new Map<Detection, Promise<Mesh>>();
  const glance = (detection: Detection): Promise<Mesh> => {
    const angle = (-detection.turns * Math.PI) / 2;
    const mesh =
      glances.get(detection) ??
      glanceMesh(pixels, inPixels(detection.box, pixels), angle, sessions);
    glances.set(detection, mesh);
    return mesh;
  };
  const viewer: Viewer = {
    glance: (turns) => detector.glance(turns),
    presence: async (candidate) => (await glance(candidate)).presence,
  };
  const view = await findUprightView(viewer);
  const detections = await detector.finish(view.candidates, view.turns);
  const faces: FoundFace[] = [];
  for (const detection of detections.sort(largestFirst)) {
    if (faces.length === limit) break;
    const mesh = await refineMesh(pixels, await glance(detection), sessions);
    if (!vetoed(detection, mesh, pixels)) faces.push({ detection, mesh });
  }
  return faces;
}

function vetoed({ box, score }: Detection, { presence }: Mesh, pixels: Pixels): boolean {
  const { width, height } = inPixels(box, pixels);
  return (
    presence < VETO.presence && score < VETO.score && Math.min(width, height) >= VETO.shortSide
  );
}

/** By area; of equal boxes, the upper and then the left one. */
function largestFirst({ box: a }: Detection, { box: b }: Detection): number {
  return b.width * b.height - a.width * a.height || a.top - b.top || a.left - b.left;
}

function inPixels(box: Box, { width, height }: Pixels): Box {
  return {
    left: box.left * width,
    top: box.top * height,
    width: box.width * width,
    height: box.height * height,
  };
}
