/** The shape of a face without its pose, on the canonical face and on photographs. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, expect, test } from 'vitest';
import { shapeOf } from '../../../layers/inference/attributes/shape.ts';
import { Inference } from '../../../layers/inference/index.ts';
import { SAMPLES } from '../samples.ts';

const inference = new Inference({
  models: path.join(import.meta.dirname, '../../../models'),
  threads: 1,
});
afterAll(() => inference.close());

const size = { width: 640, height: 480 };

/** A made-up mesh, in centimetres, y up, z towards the camera. */
const solid = Array.from({ length: 478 }, (_, i) => [
  6 * Math.sin(i),
  8 * Math.cos(1.3 * i),
  4 * Math.sin(2.1 * i),
]);

/** The mesh seen under a rotation Rz(-roll) Ry(yaw) Rx(-pitch), moved and scaled. */
function seen(pose: { roll: number; yaw: number; pitch: number }, scale: number) {
  const turn = ([x = 0, y = 0, z = 0]: readonly number[]) => {
    const rotate = (a: number, b: number, degrees: number) => {
      const angle = (degrees * Math.PI) / 180;
      return [
        a * Math.cos(angle) - b * Math.sin(angle),
        a * Math.sin(angle) + b * Math.cos(angle),
      ] as const;
    };
    const [y1, z1] = rotate(y, z, -pose.pitch);
    const [z2, x2] = rotate(z1, x, pose.yaw);
    const [x3, y3] = rotate(x2, y1, -pose.roll);
    return [x3, y3, z2];
  };
  const mesh = Float32Array.from(
    solid.flatMap((position) => {
      const [x = 0, y = 0, z = 0] = turn(position);
      return [
        (300 + scale * x) / size.width,
        (200 - scale * y) / size.height,
        (-scale * z) / size.width,
      ];
    }),
  );
  return { mesh, pose };
}

test('is the same whichever way the head is turned, and at any distance', () => {
  const front = shapeOf(seen({ roll: 0, yaw: 0, pitch: 0 }, 10), size);
  for (const pose of [
    { roll: 30, yaw: 0, pitch: 0 },
    { roll: 0, yaw: 40, pitch: 0 },
    { roll: 0, yaw: 0, pitch: -25 },
    { roll: -100, yaw: -20, pitch: 15 },
  ]) {
    const turned = shapeOf(seen(pose, 17), size);
    turned.forEach((value, i) => {
      expect(Math.abs(value - front[i]!)).toBeLessThan(1e-3);
    });
  }
});

test('of a photograph is that of the photograph turned upside down', async () => {
  const bytes = await readFile(SAMPLES[2]!);
  const shapes = [];
  for (const angle of [0, 180]) {
    const picture = await inference.read(
      await sharp(bytes).resize(960).rotate(angle).png().toBuffer(),
    );
    const faces = await inference.findFaces(picture);
    const [face] = faces.toSorted((a, b) => a.pose.yaw - b.pose.yaw);
    shapes.push(shapeOf(face!, picture.pixels));
  }
  const [upright, turned] = shapes;
  const differences = Array.from(upright!, (value, i) => Math.abs(value - turned![i]!));
  // In centimetres; the mesh itself changes a little.
  expect(differences.reduce((sum, one) => sum + one, 0) / differences.length).toBeLessThan(0.15);
});
