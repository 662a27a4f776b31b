/**
 * Where the eyes look, from where the irises lie between the corners of the eyes.
 *
 * An eye is a ball that turns about its centre C. The middle M of its corners moves with the head; in the
 * frame of the head C lies at a fixed place c from M. The iris lies at C plus RADIUS times the direction of
 * gaze g, so, in the picture plane and in widths of the eye,
 *
 *     iris - M = R c + RADIUS g        and        g = (iris - M - R c) / RADIUS
 *
 * with R the rotation of the head. So the gaze is that in front of the camera, not that within the head: an
 * eye that looks straight ahead of the head has the yaw and pitch of the head, and one that looks into the
 * camera has 0 and 0. The roll of the head is taken out before, as it is for the other angles of a pose.
 *
 * RADIUS is anatomy: in Gullstrand's eye the pupil lies 10.5 mm before the centre of rotation, and the corners of
 * MediaPipe's canonical face are 27 mm apart. Where C lies was fitted to group photographs whose people look
 * into the camera with their heads turned up to 40 degrees (33 faces, eyes of 15 pixels and more; Theil-Sen
 * slopes): their gaze then comes out at 0 with a standard deviation of 3.2 degrees of yaw and 2.4 of pitch. It
 * lies less far behind for pitch than for yaw because the mesh's irises follow the lids. How far somebody
 * looks past the camera was measured on nobody, hence the modest confidence.
 */
import type { Gaze, Pose } from './face.ts';

const RADIUS = 0.39;
/** Of the centre of rotation against the middle of the corners, in widths of the eye. */
const CENTRE = { outward: 0.03, up: 0.057, behindForYaw: 0.22, behindForPitch: 0.04 } as const;

/** Vertices of the mesh, the image-left eye first; `outward` is its direction along x. */
const EYES = [
  { corners: [33, 133], lids: [159, 145], iris: 468, outward: -1 },
  { corners: [362, 263], lids: [386, 374], iris: 473, outward: 1 },
] as const;

/** No more is claimed even of a large, open, frontal pair of eyes. */
const HIGHEST_CONFIDENCE = 80;
/** Where each doubt begins to lower the confidence and where it leaves nothing. */
const DOUBTS = {
  /** Distance of the lids in widths of the eye; the median of press photographs is 0.28. */
  shut: { from: 0.2, to: 0.08 },
  /** Width of an eye in pixels; the model sees an eye at about 24. */
  small: { from: 24, to: 4 },
  /** Degrees of yaw of the head. */
  profile: { from: 25, to: 60 },
  /** Degrees between the two eyes. */
  disagreement: { from: 8, to: 60 },
} as const;

const RADIANS = Math.PI / 180;
/** The sine of an eye's turn is cut here, at 70 degrees, beyond which no iris is seen. */
const LARGEST_SINE = 0.94;
/** In pixels: an eye of no width has no direction, but must not become a NaN. */
const SMALLEST_WIDTH = 1e-6;

interface Eye {
  /** Horizontal and vertical component of the direction, to image-right and up. */
  readonly x: number;
  readonly y: number;
  /** Width as it appears, in the unit of the vertices: an eye seen from aside tells less. */
  readonly seen: number;
  readonly opening: number;
}

/** @param vertices x y z of a mesh in pixels: x to image-right, y down, z away from the camera. */
export function gazeOf(vertices: Float32Array, pose: Pose): Gaze {
  const [left, right] = [eyeOf(vertices, pose, EYES[0]), eyeOf(vertices, pose, EYES[1])];
  const share = left.seen / Math.max(left.seen + right.seen, SMALLEST_WIDTH);
  const mean = (of: (eye: Eye) => number) => share * of(left) + (1 - share) * of(right);
  const length = Math.max(
    1,
    Math.hypot(
      mean(({ x }) => x),
      mean(({ y }) => y),
    ) / LARGEST_SINE,
  );
  const [x, y] = [mean((eye) => eye.x) / length, mean((eye) => eye.y) / length];
  const confidence =
    HIGHEST_CONFIDENCE *
    trust(
      DOUBTS.shut,
      mean(({ opening }) => opening),
    ) *
    trust(DOUBTS.small, Math.max(left.seen, right.seen)) *
    trust(DOUBTS.profile, Math.abs(pose.yaw)) *
    trust(DOUBTS.disagreement, Math.abs(left.x - right.x) / RADIANS);
  return {
    yaw: Math.atan2(x, Math.sqrt(1 - x * x - y * y)) / RADIANS,
    pitch: Math.asin(y) / RADIANS,
    confidence,
  };
}

function eyeOf(vertices: Float32Array, pose: Pose, eye: (typeof EYES)[number]): Eye {
  const roll = pose.roll * RADIANS;
  const [cos, sin] = [Math.cos(roll), Math.sin(roll)];
  /** A vertex with y up, and turned back by the roll. */
  const at = (vertex: number) => {
    const [x, y, z] = [vertices[vertex * 3]!, vertices[vertex * 3 + 1]!, vertices[vertex * 3 + 2]!];
    return { x: cos * x + sin * y, y: sin * x - cos * y, z };
  };
  const [a, b, iris] = [at(eye.corners[0]), at(eye.corners[1]), at(eye.iris)];
  const [upper, lower] = [at(eye.lids[0]), at(eye.lids[1])];
  const seen = Math.hypot(a.x - b.x, a.y - b.y);
  const width = Math.max(Math.hypot(seen, a.z - b.z), SMALLEST_WIDTH);
  const centre = turnedCentre(pose, eye.outward);
  return {
    x: ((iris.x - (a.x + b.x) / 2) / width - centre.x) / RADIUS,
    y: ((iris.y - (a.y + b.y) / 2) / width - centre.y) / RADIUS,
    seen,
    opening: Math.hypot(upper.x - lower.x, upper.y - lower.y) / width,
  };
}

/** R c: where the centre of the eye is in the picture plane when the head is turned, in widths of the eye. */
function turnedCentre(pose: Pose, outward: number) {
  const [yaw, pitch] = [pose.yaw * RADIANS, pose.pitch * RADIANS];
  const { up, behindForYaw, behindForPitch } = CENTRE;
  return {
    x:
      outward * CENTRE.outward * Math.cos(yaw) -
      (behindForYaw * Math.cos(pitch) + up * Math.sin(pitch)) * Math.sin(yaw),
    y: up * Math.cos(pitch) - behindForPitch * Math.sin(pitch),
  };
}

/** 1 before the doubt begins, 0 where it is complete, a straight line between. */
function trust({ from, to }: { readonly from: number; readonly to: number }, value: number) {
  return Math.max(0, Math.min(1, (value - to) / (from - to)));
}
