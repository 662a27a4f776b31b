/**
 * MediaPipe's canonical face for the head pose: the landmarks a pose is fitted to, with their
 * weights and their places on a face of average size.
 *
 * The source is `geometry_pipeline_metadata_landmarks.binarypb`, a `GeometryPipelineMetadata`
 * message (mediapipe/modules/face_geometry/protos/geometry_pipeline_metadata.proto) that MediaPipe's
 * own package carries inside a bundle made by Emscripten's file packager.
 */
import { Message } from '../../../layers/inference/onnx/protobuf.ts';
import type { SourceFiles } from '../sources/packages.ts';

const METADATA = 'geometry_pipeline_metadata_landmarks.binarypb';

/** `VERTEX_PT` vertices: x, y, z, then two texture coordinates. */
const FLOATS_PER_VERTEX = 5;

export function buildCanonicalFace(files: SourceFiles): Uint8Array {
  const loader = files.read('face_mesh_solution_packed_assets_loader.js');
  const bundle = files.read('face_mesh_solution_packed_assets.data');
  const face = readGeometry(unpack(bundle, new TextDecoder().decode(loader), METADATA));
  return new TextEncoder().encode(format(face));
}

interface FacePoint {
  landmark: number;
  weight: number;
  position: number[];
}

/** Cuts one file out of an Emscripten bundle by the byte range that its loader names. */
function unpack(bundle: Uint8Array, loader: string, fileName: string): Uint8Array {
  const entry = new RegExp(`${fileName}", "start": (\\d+), "end": (\\d+)`).exec(loader);
  if (!entry) throw new Error(`the loader names no ${fileName}`);
  return bundle.subarray(Number(entry[1]), Number(entry[2]));
}

function readGeometry(metadata: Uint8Array): FacePoint[] {
  const message = new Message(metadata);
  const mesh = message.messages(1)[0];
  if (!mesh) throw new Error(`${METADATA} holds no canonical mesh`);
  const vertices = mesh.floats(3);
  return message.messages(2).map((basis) => {
    const landmark = basis.integer(1);
    const weight = basis.floats(2)[0] ?? 0;
    const start = landmark * FLOATS_PER_VERTEX;
    return { landmark, weight, position: vertices.slice(start, start + 3) };
  });
}

/** JSON with one point a line; numbers are the shortest decimals that name the same float32. */
function format(points: FacePoint[]): string {
  const lines = points.map(({ landmark, weight, position }) => {
    const [x, y, z] = position.map(shortest);
    return `    { "landmark": ${landmark}, "weight": ${shortest(weight)}, "position": [${x}, ${y}, ${z}] }`;
  });
  return `{
  "description": "Landmarks of the 468-point face mesh that a head pose is fitted to: weight in the fit, and position on the canonical face in centimetres, x towards image-right, y up, z towards the camera.",
  "origin": "@mediapipe/face_mesh@0.4.1657299874, ${METADATA}",
  "licence": "Apache-2.0, Copyright 2020 The MediaPipe Authors",
  "points": [
${lines.join(',\n')}
  ]
}
`;
}

function shortest(value: number): string {
  for (let digits = 1; digits <= 9; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === value) return text;
  }
  return String(value);
}
