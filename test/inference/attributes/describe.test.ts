/** Judging real faces: what runs for what is wanted, and what must come out on photographs that leave no doubt. */
import { copyFile, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ATTRIBUTES,
  type Attribute,
  type Attributes,
  type DetectedFace,
  Inference,
  type Picture,
} from '../../../layers/inference/index.ts';
import { portrait, SAME_MAN, sample } from '../../support/photos.ts';

const models = path.join(import.meta.dirname, '../../../models');
const runs: string[] = [];
const inference = new Inference({ models, threads: 1, observe: (file) => runs.push(file) });
afterAll(() => inference.close());

const ALL = new Set<Attribute>(ATTRIBUTES);

/** Rows and columns of portraits: who wears dark glasses, who laughs with teeth, who is in earnest. */
const SUNGLASSES = [
  [1, 1],
  [1, 15],
  [2, 0],
  [2, 7],
] as const;
const LAUGHING = [
  [1, 6],
  [1, 12],
  [2, 3],
  [3, 7],
  [4, 1],
  [5, 13],
] as const;
const EARNEST = [
  [4, 0],
  [5, 12],
  [3, 3],
] as const;

interface Seen {
  readonly picture: Picture;
  /** From left to right. */
  readonly faces: DetectedFace[];
}

async function see(bytes: Uint8Array): Promise<Seen> {
  const picture = await inference.read(bytes);
  const faces = await inference.findFaces(picture);
  return { picture, faces: faces.toSorted((a, b) => a.box.left - b.box.left) };
}

async function judged(bytes: Uint8Array): Promise<Attributes[]> {
  const { picture, faces } = await see(bytes);
  return inference.describe(picture, faces, ALL);
}

/** The largest face of a portrait. */
async function judgedPortrait(cell: readonly [number, number]): Promise<Attributes> {
  const picture = await inference.read(await portrait(cell));
  const faces = await inference.findFaces(picture, { limit: 1 });
  const [attributes] = await inference.describe(picture, faces, ALL);
  return attributes!;
}

let three: Seen;
beforeAll(async () => {
  three = await see(await sample(3));
});

describe('what runs', () => {
  const ran = async (...wanted: Attribute[]) => {
    runs.length = 0;
    const described = await inference.describe(three.picture, three.faces, new Set(wanted));
    expect(described).toHaveLength(3);
    return runs.toSorted();
  };
  const times = (count: number, file: string) => Array.from({ length: count }, () => file);

  test('nothing, when nothing is wanted', async () => {
    expect(await ran()).toEqual([]);
    expect(await inference.describe(three.picture, three.faces, new Set())).toEqual([{}, {}, {}]);
  });

  test('nothing, without a face', async () => {
    runs.length = 0;
    expect(await inference.describe(three.picture, [], ALL)).toEqual([]);
    expect(runs).toEqual([]);
  });

  test('the backbone once a face, whatever it is for', async () => {
    const once = times(3, 'faceres.onnx');
    expect(await ran('AGE_RANGE')).toEqual(once);
    expect(await ran('SMILE')).toEqual(once);
    expect(await ran(...ATTRIBUTES.filter((one) => one !== 'EMOTIONS'))).toEqual(once);
  });

  test('the network for expressions for emotions alone', async () => {
    const both = [...times(3, 'emotion.onnx'), ...times(3, 'faceres.onnx')];
    expect(await ran('EMOTIONS')).toEqual(both);
    expect(await ran(...ATTRIBUTES)).toEqual(both);
  });
});

describe('describe', () => {
  test('judges a face the same alone, among others, and for fewer attributes', async () => {
    const { picture, faces } = three;
    const together = await inference.describe(picture, faces, ALL);
    expect(await inference.describe(picture, faces.toReversed(), ALL)).toEqual(
      together.toReversed(),
    );
    const [alone] = await inference.describe(picture, [faces[1]!], ALL);
    expect(alone).toEqual(together[1]);
    const some = new Set<Attribute>(['EYEGLASSES', 'EMOTIONS', 'AGE_RANGE']);
    const [fewer] = await inference.describe(picture, [faces[1]!], some);
    const { eyeglasses, emotions, ageRange } = alone!;
    expect(fewer).toEqual({ eyeglasses, emotions, ageRange });
  });

  test('refuses damaged weights, needs none for age, and reads them again once repaired', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'attributes-'));
    try {
      for (const file of ['faceres.onnx', 'emotion.onnx']) {
        await symlink(path.join(models, file), path.join(folder, file));
      }
      const weights = path.join(folder, 'attributes.json');
      const whole = await readFile(path.join(models, 'attributes.json'), 'utf8');
      await writeFile(weights, whole.replace(/"biases": \[\s*-?\d/, '$&1'));
      const other = new Inference({ models: folder, threads: 1 });
      const ask = (attribute: Attribute) =>
        other.describe(three.picture, three.faces, new Set([attribute]));
      await expect(ask('SMILE')).rejects.toThrow(/digest/);
      expect((await ask('AGE_RANGE'))[0]?.ageRange).toBeDefined();
      await copyFile(path.join(models, 'attributes.json'), weights);
      expect((await ask('SMILE'))[0]?.smile).toBeDefined();
      await other.close();
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('photographs that leave no doubt', () => {
  test('dark glasses', async () => {
    for (const cell of SUNGLASSES) {
      const { sunglasses, eyeglasses, faceOccluded, eyesOpen } = await judgedPortrait(cell);
      const values = [sunglasses, eyeglasses, faceOccluded].map((one) => one?.value);
      expect(values, String(cell)).toEqual([true, false, true]);
      expect(eyesOpen?.confidence, String(cell)).toBeLessThan(70);
    }
  });

  test('a clean-shaven man who looks into the camera, six times', async () => {
    for (const cell of SAME_MAN) {
      const judgement = await judgedPortrait(cell);
      const { sunglasses, eyeglasses, beard, mustache, faceOccluded, mouthOpen } = judgement;
      for (const one of [sunglasses, eyeglasses, beard, mustache, faceOccluded, mouthOpen]) {
        expect(one?.value, String(cell)).toBe(false);
      }
      expect(judgement.eyesOpen?.value).toBe(true);
      expect(judgement.gender?.value).toBe('Male');
    }
  });

  test('a man with a grey goatee', async () => {
    const { beard, mustache, ageRange } = await judgedPortrait([5, 5]);
    expect([beard?.value, mustache?.value]).toEqual([true, true]);
    const { ageRange: younger } = await judgedPortrait([5, 13]);
    expect(ageRange!.low).toBeGreaterThan(younger!.low + 10);
  });

  test('women who laugh, and women who do not', async () => {
    for (const cell of LAUGHING) {
      const { smile, mouthOpen, emotions } = await judgedPortrait(cell);
      expect([smile?.value, mouthOpen?.value], String(cell)).toEqual([true, true]);
      expect(emotions?.[0]?.type).toBe('HAPPY');
      expect(emotions?.[0]?.confidence).toBeGreaterThan(80);
    }
    for (const cell of EARNEST) {
      const { smile, mouthOpen } = await judgedPortrait(cell);
      expect([smile?.value, mouthOpen?.value], String(cell)).toEqual([false, false]);
    }
  });

  test('nobody among the women of a photograph has a beard or glasses', async () => {
    for (const number of [1, 3, 6] as const) {
      for (const { beard, mustache, eyeglasses, sunglasses } of await judged(
        await sample(number),
      )) {
        for (const one of [beard, mustache, eyeglasses, sunglasses]) expect(one?.value).toBe(false);
      }
    }
  });
});

describe('what cannot be told', () => {
  const sureness = ({ emotions = [], ageRange: _, ...judgements }: Attributes) =>
    Math.max(
      ...Object.values(judgements).map(({ confidence }) => confidence),
      ...emotions.map(({ confidence }) => confidence),
    );

  test('a profile is judged with less confidence than a face from the front', async () => {
    const { picture, faces } = await see(await sample(2));
    const described = await inference.describe(picture, faces, ALL);
    const [profile, front] = described.map(sureness);
    expect(Math.abs(faces[0]!.pose.yaw)).toBeGreaterThan(50);
    expect(profile).toBeLessThan(85);
    expect(front).toBeGreaterThan(98);
  });

  test('nor a face of a few pixels', async () => {
    const whole = await portrait([5, 13]);
    const surenesses: number[] = [];
    for (const side of [416, 60, 26]) {
      const small = await sharp(whole).resize(side).png().toBuffer();
      const bytes = await sharp(small)
        .extend({ top: 40, bottom: 40, left: 40, right: 40, background: '#777' })
        .png()
        .toBuffer();
      const [described] = await judged(bytes);
      if (described) surenesses.push(sureness(described));
    }
    expect(surenesses).toHaveLength(3);
    expect(surenesses).toEqual(surenesses.toSorted((a, b) => b - a));
    expect(surenesses.at(-1)).toBeLessThan(95);
  });
});
