/**
 * The face mesh: 478 vertices of one face in a picture, found by MediaPipe's attention mesh.
 *
 * The model looks at a square crop that must show the face within some 45 degrees of upright. Each crop is
 * a look; `reading.ts` decides which looks a face needs.
 */
import type { Box } from './face.ts';
import { type Pixels, type Similarity, sampleSquare } from './pixels.ts';
import { BASE_VERTICES, IRIS_POINTS, LEFT_EYE, LIPS, RIGHT_EYE } from './refinement.ts';
import type { Sessions } from './sessions.ts';

export interface Mesh {
  /** x y z of 478 vertices in pixels of the source; z is negative towards the camera. */
  readonly vertices: Float32Array;
  /** 0..1: whether the crop held a face. */
  readonly presence: number;
}

/** What one run of the model says of its crop. */
export interface Look extends Mesh {
  /** The features that all heads share: 6 rows of 6 places of 128 values. */
  readonly map: Float32Array;
}

/** A square region of the source: centre and side in pixels, angle in radians, clockwise. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly side: number;
  readonly angle: number;
}

const VERTICES = BASE_VERTICES + 2 * IRIS_POINTS;

/** Input side of the model in pixels. */
const CROP = 192;
const CHANNELS = 3;

/** The crop's side over the face's, for the detector's boxes as for the mesh's own extent (MediaPipe). */
const MARGIN = 1.5;

/** The outer corners of the eyes; the line through them gives the crop its angle. */
const EYE_LINE = [33, 263] as const;

/** The square around a detector's box that the model wants, turned by `angle`. */
export function regionOfBox({ left, top, width, height }: Box, angle: number): Region {
  return {
    x: left + width / 2,
    y: top + height / 2,
    side: Math.max(width, height) * MARGIN,
    angle,
  };
}

/** The square around a mesh, in the frame in which its eyes are level. */
export function regionOfMesh({ vertices }: Pick<Mesh, 'vertices'>): Region {
  const [left, right] = EYE_LINE.map((v) => ({ x: vertices[v * 3]!, y: vertices[v * 3 + 1]! }));
  const angle = Math.atan2(right!.y - left!.y, right!.x - left!.x);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  let [minU, maxU, minV, maxV] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let at = 0; at < BASE_VERTICES * 3; at += 3) {
    const u = cos * vertices[at]! + sin * vertices[at + 1]!;
    const v = cos * vertices[at + 1]! - sin * vertices[at]!;
    minU = Math.min(minU, u);
    maxU = Math.max(maxU, u);
    minV = Math.min(minV, v);
    maxV = Math.max(maxV, v);
  }
  const [u, v] = [(minU + maxU) / 2, (minV + maxV) / 2];
  return {
    x: cos * u - sin * v,
    y: sin * u + cos * v,
    side: Math.max(maxU - minU, maxV - minV) * MARGIN,
    angle,
  };
}

/** What is looked at, and by which gain its light is raised before the model sees it. */
export interface Sight {
  readonly region: Region;
  readonly gain: number;
}

/** Regions in a run of the model: of more, none is seen faster. */
const BATCH = 8;

/** Looks at regions of a picture. @returns what is seen in each, in order. */
export async function lookAt(
  pixels: Pixels,
  sights: readonly Sight[],
  sessions: Sessions,
): Promise<Look[]> {
  const looks: Look[] = [];
  for (let from = 0; from < sights.length; from += BATCH) {
    looks.push(...(await lookAtOnce(pixels, sights.slice(from, from + BATCH), sessions)));
  }
  return looks;
}

async function lookAtOnce(
  pixels: Pixels,
  sights: readonly Sight[],
  sessions: Sessions,
): Promise<Look[]> {
  const shape = [sights.length, CROP, CROP, CHANNELS];
  const size = CROP * CROP * CHANNELS;
  const outputs = await sessions.feed('mesh.onnx', 'crop', shape, (data) => {
    sights.forEach(({ region, gain }, i) => {
      const into = data.subarray(i * size, (i + 1) * size);
      sampleSquare(pixels, cropToSource(region), CROP, { gain, divisor: 255, into });
    });
  });
  return sights.map(({ region }, i) => {
    const share = (name: string) => {
      const values = outputs(name);
      const length = values.length / sights.length;
      return values.subarray(i * length, (i + 1) * length);
    };
    return lookOf(share, region);
  });
}

/** @param outputs what the model says of the region, by name. */
function lookOf(outputs: (name: string) => Float32Array, region: Region): Look {
  const toSource = cropToSource(region);
  const vertices = assemble(outputs);
  const scale = region.side / CROP;
  for (let at = 0; at < vertices.length; at += 3) {
    const [u, v, depth] = [vertices[at]!, vertices[at + 1]!, vertices[at + 2]!];
    vertices[at] = toSource.a * u - toSource.b * v + toSource.x;
    vertices[at + 1] = toSource.b * u + toSource.a * v + toSource.y;
    vertices[at + 2] = depth * scale;
  }
  return {
    vertices,
    presence: 1 / (1 + Math.exp(-outputs('faceFlag')[0]!)),
    map: outputs('map'),
  };
}

function cropToSource({ x, y, side, angle }: Region): Similarity {
  const a = (Math.cos(angle) * side) / CROP;
  const b = (Math.sin(angle) * side) / CROP;
  return { a, b, x: x - ((a - b) * CROP) / 2, y: y - ((b + a) * CROP) / 2 };
}

/** The base mesh with x and y of lips and eyes replaced by their own heads', and the irises appended. */
function assemble(outputs: (name: string) => Float32Array): Float32Array {
  const vertices = new Float32Array(VERTICES * 3);
  vertices.set(outputs('mesh'));
  const refine = (name: string, indices: readonly number[]) => {
    const refined = outputs(name);
    indices.forEach((vertex, i) => {
      vertices.set(refined.subarray(i * 2, i * 2 + 2), vertex * 3);
    });
  };
  refine('lips', LIPS);
  refine('leftEye', LEFT_EYE);
  refine('rightEye', RIGHT_EYE);
  const appendIris = (name: string, eye: readonly number[], start: number) => {
    const iris = outputs(name);
    const depth = eye.reduce((sum, vertex) => sum + vertices[vertex * 3 + 2]!, 0) / eye.length;
    for (let i = 0; i < IRIS_POINTS; i++) {
      vertices.set([iris[i * 2]!, iris[i * 2 + 1]!, depth], (start + i) * 3);
    }
  };
  appendIris('leftIris', LEFT_EYE, BASE_VERTICES);
  appendIris('rightIris', RIGHT_EYE, BASE_VERTICES + IRIS_POINTS);
  return vertices;
}
