/** DetectFaces and CompareFaces, through the AWS SDK, with real photographs. */
import {
  CompareFacesCommand,
  type CompareFacesCommandInput,
  DetectFacesCommand,
} from '@aws-sdk/client-rekognition';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noFace, OTHERS, portrait, SAME_MAN, sample } from '../support/photos.ts';
import { failure, startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const detect = async (Bytes: Buffer) =>
  (await stack.rekognition.send(new DetectFacesCommand({ Image: { Bytes } }))).FaceDetails!;
const compare = (source: Buffer, target: Buffer, more: Partial<CompareFacesCommandInput> = {}) =>
  stack.rekognition.send(
    new CompareFacesCommand({
      SourceImage: { Bytes: source },
      TargetImage: { Bytes: target },
      ...more,
    }),
  );

describe('DetectFaces', () => {
  it('finds everyone', async () => {
    expect(await detect(await sample(5))).toHaveLength(5);
    expect(await detect(await sample(6))).toHaveLength(4);
  });

  it('finds nobody where nobody is', async () => {
    expect(await detect(await noFace())).toEqual([]);
  });

  it('sees a photograph that lies on its side as its EXIF says', async () => {
    const upright = await sample(6);
    const onItsSide = await sharp(upright)
      .rotate(90)
      .withMetadata({ orientation: 8 })
      .jpeg({ quality: 95 })
      .toBuffer();
    const [expected, seen] = [await detect(upright), await detect(onItsSide)];
    expect(seen).toHaveLength(expected.length);
    expect(seen[0]!.BoundingBox!.Left).toBeCloseTo(expected[0]!.BoundingBox!.Left!, 1);
    expect(seen[0]!.BoundingBox!.Top).toBeCloseTo(expected[0]!.BoundingBox!.Top!, 1);
  });

  it('orders a blurred and a darkened copy below the original', async () => {
    const original = await sample(6);
    const [sharpest] = await detect(original);
    const [blurred] = await detect(await sharp(original).blur(6).jpeg().toBuffer());
    const [darkened] = await detect(await sharp(original).linear(0.4, 0).jpeg().toBuffer());
    expect(blurred!.Quality!.Sharpness).toBeLessThan(sharpest!.Quality!.Sharpness! - 10);
    expect(darkened!.Quality!.Brightness).toBeLessThan(sharpest!.Quality!.Brightness! - 10);
  });
});

describe('CompareFaces', () => {
  it('matches the same person in another photograph and nobody else in it', async () => {
    const answer = await compare(await sample(1), await sample(3));
    expect(answer.FaceMatches).toHaveLength(1);
    expect(answer.UnmatchedFaces).toHaveLength(2);
    const [{ Similarity, Face } = {}] = answer.FaceMatches!;
    expect(Similarity).toBeGreaterThan(95);
    // She sits in the middle of the second photograph.
    expect(Face!.BoundingBox!.Left).toBeGreaterThan(0.4);
    expect(Face!.BoundingBox!.Left).toBeLessThan(0.7);
    expect(Face!.Landmarks).toHaveLength(5);
    expect(Face!.Pose).toBeDefined();
    expect(Face!.Quality).toBeDefined();
    expect(answer.SourceImageFace!.Confidence).toBeGreaterThan(90);
  });

  it('tells one man from others', async () => {
    const man = await portrait(SAME_MAN[0]);
    for (const cell of SAME_MAN.slice(1, 4)) {
      expect((await compare(man, await portrait(cell))).FaceMatches).toHaveLength(1);
    }
    for (const cell of OTHERS.slice(0, 4)) {
      const { FaceMatches, UnmatchedFaces } = await compare(man, await portrait(cell));
      expect([FaceMatches!.length, UnmatchedFaces!.length]).toEqual([0, 1]);
    }
  });

  it('calls a match what reaches the threshold exactly', async () => {
    const [one, other] = [await portrait(SAME_MAN[0]), await portrait(SAME_MAN[2])];
    const [{ Similarity } = {}] = (await compare(one, other, { SimilarityThreshold: 0 }))
      .FaceMatches!;
    const at = await compare(one, other, { SimilarityThreshold: Similarity });
    expect(at.FaceMatches).toHaveLength(1);
    const above = await compare(one, other, { SimilarityThreshold: Similarity! + 0.001 });
    expect(above.FaceMatches).toHaveLength(0);
  });

  it('needs a face in both photographs', async () => {
    const pairs = [
      [await noFace(), await sample(3)],
      [await sample(3), await noFace()],
    ] as const;
    for (const [source, target] of pairs) {
      expect(await failure(compare(source, target))).toEqual({
        name: 'InvalidParameterException',
        message: 'Request has invalid parameters',
        status: 400,
      });
    }
  });
});
