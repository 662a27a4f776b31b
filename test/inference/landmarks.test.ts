/** All landmarks of the API: against each other, and on a photograph that is turned and mirrored. */
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DetectedFace, Inference, type Landmarks } from '../../layers/inference/index.ts';
import service from '../protocol/rekognition-faces.service.json' with { type: 'json' };
import { SAMPLES } from './samples.ts';

const inference = new Inference({
  models: path.join(import.meta.dirname, '../../models'),
  threads: 1,
});
afterAll(() => inference.close());

/** Three women of whom each has turned the head another way. */
const photo = () => sharp(SAMPLES[2]).resize({ width: 960 });

async function see(image: Sharp) {
  const picture = await inference.read(await image.png({ compressionLevel: 1 }).toBuffer());
  return { picture, faces: await inference.findFaces(picture) };
}

let faces: DetectedFace[];
beforeAll(async () => {
  ({ faces } = await see(photo()));
  expect(faces).toHaveLength(3);
});

type Name = keyof Landmarks;

describe('the landmarks of an upright face', () => {
  test('are those of the API', () => {
    const names = service.shapes.LandmarkType.enum;
    expect(names).toHaveLength(30);
    for (const { landmarks } of faces)
      expect(Object.keys(landmarks).sort()).toEqual(names.toSorted());
  });

  test('go from left to right as their names say', () => {
    const rows: readonly (readonly Name[])[] = [
      [
        'leftEyeBrowLeft',
        'leftEyeBrowUp',
        'leftEyeBrowRight',
        'rightEyeBrowLeft',
        'rightEyeBrowUp',
        'rightEyeBrowRight',
      ],
      ['leftEyeLeft', 'leftPupil', 'leftEyeRight', 'rightEyeLeft', 'rightPupil', 'rightEyeRight'],
      ['leftEyeLeft', 'eyeLeft', 'leftEyeRight', 'rightEyeLeft', 'eyeRight', 'rightEyeRight'],
      ['noseLeft', 'nose', 'noseRight'],
      ['mouthLeft', 'mouthUp', 'mouthRight'],
      ['mouthLeft', 'mouthDown', 'mouthRight'],
      ['upperJawlineLeft', 'midJawlineLeft', 'chinBottom', 'midJawlineRight', 'upperJawlineRight'],
    ];
    for (const row of rows) expectAscending(row, 'x');
  });

  test('go from top to bottom as their names say', () => {
    const columns: readonly (readonly Name[])[] = [
      [
        'leftEyeBrowUp',
        'leftEyeUp',
        'leftPupil',
        'leftEyeDown',
        'noseLeft',
        'mouthLeft',
        'midJawlineLeft',
        'chinBottom',
      ],
      [
        'rightEyeBrowUp',
        'rightEyeUp',
        'rightPupil',
        'rightEyeDown',
        'noseRight',
        'mouthRight',
        'chinBottom',
      ],
      ['nose', 'mouthUp', 'mouthDown', 'chinBottom'],
      ['upperJawlineRight', 'midJawlineRight', 'chinBottom'],
    ];
    for (const column of columns) expectAscending(column, 'y');
  });
});

test('a mirrored face has mirrored landmarks with left and right exchanged', async () => {
  const mirrored = await see(photo().flop());
  const MIRROR = { left: 'right', right: 'left', Left: 'Right', Right: 'Left' } as const;
  for (const face of faces) {
    const { landmarks } = nearest(mirrored.faces, {
      x: 1 - face.landmarks.nose.x,
      y: face.landmarks.nose.y,
    });
    for (const [name, { x, y }] of Object.entries(face.landmarks)) {
      const counterpart = name.replace(/left|right|Left|Right/g, (side) => MIRROR[side as 'left']);
      const other = landmarks[counterpart as Name];
      expectNear(other, { x: 1 - x, y }, face, counterpart);
    }
  }
});

test.each([90, 180, 270])(
  'turned by %i degrees, every landmark stays with its part of the face',
  async (degrees) => {
    const turned = await see(photo().rotate(degrees));
    for (const face of faces) {
      const { landmarks } = nearest(turned.faces, turnPoint(face.landmarks.nose, degrees));
      for (const [name, place] of Object.entries(face.landmarks)) {
        const expected = turnPoint(place, degrees);
        expectNear(landmarks[name as Name], expected, face, `${name} at ${degrees}`);
      }
    }
  },
);

test('the gaze of a mirrored face has the other sign of yaw', async () => {
  const mirrored = await see(photo().flop());
  for (const { landmarks, gaze } of faces) {
    const other = nearest(mirrored.faces, { x: 1 - landmarks.nose.x, y: landmarks.nose.y });
    expect(Math.abs(other.gaze.yaw + gaze.yaw)).toBeLessThan(8);
    expect(Math.abs(other.gaze.pitch - gaze.pitch)).toBeLessThan(8);
  }
});

function expectAscending(names: readonly Name[], axis: 'x' | 'y'): void {
  for (const { landmarks } of faces) {
    const values = names.map((name) => landmarks[name][axis]);
    expect(values, names.join()).toEqual(values.toSorted((a, b) => a - b));
  }
}

interface Place {
  readonly x: number;
  readonly y: number;
}

function nearest(all: readonly DetectedFace[], { x, y }: Place): DetectedFace {
  const far = ({ landmarks: { nose } }: DetectedFace) => Math.hypot(nose.x - x, nose.y - y);
  return all.toSorted((a, b) => far(a) - far(b))[0]!;
}

/** Within a twelfth of the face's larger side, which is about half of an eye's width. */
function expectNear(found: Place, expected: Place, { box }: DetectedFace, name: string): void {
  const tolerance = Math.max(box.width, box.height) / 12;
  expect(Math.hypot(found.x - expected.x, found.y - expected.y), name).toBeLessThan(tolerance);
}

/** Where a place of the picture is after the picture was turned clockwise. */
function turnPoint({ x, y }: Place, degrees: number): Place {
  if (degrees === 90) return { x: 1 - y, y: x };
  if (degrees === 180) return { x: 1 - x, y: 1 - y };
  return { x: y, y: 1 - x };
}
