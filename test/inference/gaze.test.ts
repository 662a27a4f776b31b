/** Gaze: eyes built from their geometry, turned with a head, looking somewhere else. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Pose } from '../../layers/inference/face.ts';
import { gazeOf } from '../../layers/inference/gaze.ts';

const RADIANS = Math.PI / 180;
/** Pixels between the corners of an eye. */
const WIDTH = 40;
/** What the module documents of an eye, in widths: 10.5 of 27 mm, and where the centre of rotation lies. */
const RADIUS = 0.39;
const CENTRE = { outward: 0.03, up: 0.057, behindForYaw: 0.22, behindForPitch: 0.04 };

type Vector = readonly [number, number, number];

interface Look {
  /** Degrees, against the camera. */
  readonly yaw: number;
  readonly pitch: number;
}

/** Rz Ry Rx in the API's signs, of axes x to image-right, y up, z towards the camera. */
function turn([x, y, z]: Vector, { roll, yaw, pitch }: Pose): Vector {
  const [r, p, q] = [-roll * RADIANS, yaw * RADIANS, -pitch * RADIANS];
  const [x1, y1, z1] = [x, y * Math.cos(q) - z * Math.sin(q), y * Math.sin(q) + z * Math.cos(q)];
  const [x2, y2, z2] = [
    x1 * Math.cos(p) + z1 * Math.sin(p),
    y1,
    z1 * Math.cos(p) - x1 * Math.sin(p),
  ];
  return [x2 * Math.cos(r) - y2 * Math.sin(r), x2 * Math.sin(r) + y2 * Math.cos(r), z2];
}

const STRAIGHT = { roll: 0, yaw: 0, pitch: 0 };

/** A mesh with two eyes only: corners and lids move with the head, irises with the gaze. */
function eyes(head: Pose, look: Look, { width = WIDTH, opening = 0.28 } = {}): Float32Array {
  const mesh = new Float32Array(478 * 3);
  const put = (vertex: number, [x, y, z]: Vector) =>
    mesh.set([500 + x * width, 400 - y * width, -z * width], vertex * 3);
  const gaze: Vector = [
    Math.sin(look.yaw * RADIANS) * Math.cos(look.pitch * RADIANS),
    Math.sin(look.pitch * RADIANS),
    Math.cos(look.yaw * RADIANS) * Math.cos(look.pitch * RADIANS),
  ];
  const upright = { roll: head.roll, yaw: 0, pitch: 0 };
  for (const [x, corners, lids, iris] of [
    [-1.2, [33, 133], [159, 145], 468],
    [1.2, [362, 263], [386, 374], 473],
  ] as const) {
    put(corners[0], turn([x - 0.5, 0, 0], head));
    put(corners[1], turn([x + 0.5, 0, 0], head));
    put(lids[0], turn([x, opening / 2, 0], head));
    put(lids[1], turn([x, -opening / 2, 0], head));
    // A vector turns by its parts: what yaw does to the depth shows in x, what pitch does to it in y.
    const { roll, ...aside } = head;
    const level = { ...aside, roll: 0 };
    const outward = Math.sign(x) * CENTRE.outward;
    const eye = turn([x, 0, 0], level);
    const byYaw = turn([outward, CENTRE.up, -CENTRE.behindForYaw], level);
    const byPitch = turn([outward, CENTRE.up, -CENTRE.behindForPitch], level);
    const centre = turn([eye[0] + byYaw[0], eye[1] + byPitch[1], eye[2]], { ...STRAIGHT, roll });
    const ahead = turn(gaze, upright);
    put(iris, [
      centre[0] + RADIUS * ahead[0],
      centre[1] + RADIUS * ahead[1],
      centre[2] + RADIUS * ahead[2],
    ]);
  }
  return mesh;
}

const angle = (limit: number) => fc.double({ min: -limit, max: limit, noNaN: true });
const head = fc.record({ roll: angle(180), yaw: angle(50), pitch: angle(40) });
const look = fc.record({ yaw: angle(55), pitch: angle(40) });
const CAMERA = { yaw: 0, pitch: 0 };

describe('the direction', () => {
  test('is that of the irises, however the head is turned', () => {
    fc.assert(
      fc.property(head, look, fc.double({ min: 2, max: 300, noNaN: true }), (pose, at, width) => {
        const { yaw, pitch } = gazeOf(eyes(pose, at, { width }), pose);
        expect(yaw).toBeCloseTo(at.yaw, 1);
        expect(pitch).toBeCloseTo(at.pitch, 1);
      }),
    );
  });

  test('signs: an iris nearer to the right corner looks to image-right, one below down', () => {
    const mesh = eyes(STRAIGHT, CAMERA);
    for (const iris of [468, 473]) {
      mesh[iris * 3]! += 6;
      mesh[iris * 3 + 1]! += 4;
    }
    const { yaw, pitch } = gazeOf(mesh, STRAIGHT);
    expect(yaw).toBeGreaterThan(15);
    expect(pitch).toBeLessThan(-10);
  });

  test('of a mirrored face has the other sign of yaw and the same pitch', () => {
    fc.assert(
      fc.property(
        head,
        look,
        fc.array(angle(4), { minLength: 4, maxLength: 4 }),
        (pose, at, noise) => {
          const mesh = eyes(pose, at);
          for (const [i, vertex] of [468, 473, 33, 386].entries()) mesh[vertex * 3]! += noise[i]!;
          const gaze = gazeOf(mesh, pose);
          const other = gazeOf(mirrored(mesh), { ...pose, roll: -pose.roll, yaw: -pose.yaw });
          expect(other.yaw).toBeCloseTo(-gaze.yaw, 1);
          expect(other.pitch).toBeCloseTo(gaze.pitch, 1);
          expect(other.confidence).toBeCloseTo(gaze.confidence, 1);
        },
      ),
    );
  });

  test('is finite and within the API, whatever the mesh', () => {
    const any = fc.double({ min: -2000, max: 2000, noNaN: true });
    const VERTICES = [33, 133, 159, 145, 263, 362, 386, 374, 468, 473];
    fc.assert(
      fc.property(fc.array(any, { minLength: 30, maxLength: 30 }), head, (values, pose) => {
        const mesh = new Float32Array(478 * 3);
        VERTICES.forEach((vertex, i) => {
          mesh.set(values.slice(i * 3, i * 3 + 3), vertex * 3);
        });
        const { yaw, pitch, confidence } = gazeOf(mesh, pose);
        expect(Math.abs(yaw)).toBeLessThanOrEqual(90);
        expect(Math.abs(pitch)).toBeLessThanOrEqual(90);
        expect(confidence).toBeGreaterThanOrEqual(0);
        expect(confidence).toBeLessThanOrEqual(80);
      }),
      { examples: [[Array<number>(30).fill(0), STRAIGHT]] },
    );
  });
});

describe('the confidence', () => {
  const confidence = (mesh: Float32Array, pose: Pose = STRAIGHT) => gazeOf(mesh, pose).confidence;

  test('is modest at best', () => {
    expect(confidence(eyes(STRAIGHT, CAMERA))).toBeCloseTo(80, 1);
  });

  test.each([
    [
      'the more the eyes are shut',
      [0.28, 0.18, 0.12, 0.05].map((opening) => eyes(STRAIGHT, CAMERA, { opening })),
    ],
    ['the smaller the eyes are', [40, 18, 9, 3].map((width) => eyes(STRAIGHT, CAMERA, { width }))],
  ])('falls %s, to 0', (_, meshes) => {
    expectFallingToZero(meshes.map((mesh) => confidence(mesh)));
  });

  test('falls the more the head is seen from aside, to 0', () => {
    for (const sign of [1, -1]) {
      const poses = [0, 35, 50, 61].map((yaw) => ({ ...STRAIGHT, yaw: sign * yaw }));
      expectFallingToZero(poses.map((pose) => confidence(eyes(pose, CAMERA), pose)));
    }
  });

  test('falls when the eyes do not agree', () => {
    const mesh = eyes(STRAIGHT, CAMERA);
    mesh[468 * 3]! += 8;
    const squint = confidence(mesh);
    expect(squint).toBeLessThan(70);
    expect(squint).toBeGreaterThan(0);
  });
});

function expectFallingToZero(values: readonly number[]): void {
  expect(values).toEqual(values.toSorted((a, b) => b - a));
  expect(new Set(values).size).toBe(values.length);
  expect(values.at(-1)).toBe(0);
}

/** As in a mirror: x negated, and every vertex at the place of its counterpart. */
function mirrored(mesh: Float32Array): Float32Array {
  const result = new Float32Array(mesh.length);
  const pairs = [
    [33, 263],
    [133, 362],
    [159, 386],
    [145, 374],
    [468, 473],
  ] as const;
  for (const [a, b] of [...pairs, ...pairs.map(([a, b]) => [b, a] as const)]) {
    result.set([-mesh[a * 3]!, mesh[a * 3 + 1]!, mesh[a * 3 + 2]!], b * 3);
  }
  return result;
}
