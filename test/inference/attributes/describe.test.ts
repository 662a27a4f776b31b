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
