/** Exported files of collections that nobody indexed: faces with random vectors, users, and what is kept out. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { uuid5 } from '../../../functions/common/identity.ts';
import { FORMAT_VERSION, lineOf, Tally } from '../../../infra/commands/transfer/format.ts';
import { BUILT_IN_FACE_MODELS } from '../../../layers/inference/index.ts';
import { userKeyOf } from '../../../layers/records/index.ts';
import { Random } from '../../support/random.ts';

export interface Synthetic {
  readonly collectionId: string;
  readonly faces: number;
  readonly users: number;
  readonly facesPerUser: number;
  readonly seed: number;
  /** Of each kind: photographs, names and vectors that are kept out. Default: none. */
  readonly suppressions?: number;
  /** Of the format. Default: the one that is written. */
  readonly version?: number;
}

const NOON = Date.UTC(2026, 0, 1, 12);

const NAMESPACE = '5b0f7a04-6a2e-4b7c-9a55-0d3d7f3a9b10';

export async function writeSynthetic(file: string, what: Synthetic): Promise<void> {
  await pipeline(texts(what), createGzip({ level: 1 }), createWriteStream(file));
}

function* texts(what: Synthetic): Generator<string> {
  const { collectionId, faces, users, facesPerUser, seed } = what;
  const { suppressions = 0, version: format = FORMAT_VERSION } = what;
  const isTimed = format > 1;
  const { version, dimension, embedder } = BUILT_IN_FACE_MODELS.get(BUILT_IN_FACE_MODELS.default);
  const tally = new Tally();
  const write = (line: Parameters<typeof lineOf>[0]) => {
    const text = lineOf(line);
    tally.add(text, line);
    return text;
  };
  yield write({
    Collection: {
      Format: 'recollect-collection',
      Version: format,
      CollectionId: collectionId,
      FaceModelVersion: version,
      FaceModelSha256: embedder.sha256,
      Dimension: dimension,
      Tags: { purpose: 'test', 'recollect:face-model': version },
    },
  });
  const random = new Random(seed);
  const ids = Array.from({ length: faces }, (_, i) => uuid5(NAMESPACE, `${seed} ${i}`)).sort();
  for (const [i, FaceId] of ids.entries()) {
    yield write({
      Face: {
        FaceId,
        ImageId: uuid5(NAMESPACE, `image ${i}`),
        ...(i % 3 === 0 ? {} : { ExternalImageId: `photo-${i}` }),
        BoundingBox: {
          Width: random.next() / 3,
          Height: random.next() / 3,
          Left: random.next() / 2,
          Top: random.next() / 2,
        },
        Confidence: 99 + random.next(),
        EmbeddingNorm: 5 + random.next(),
        Vector: Buffer.from(unitVector(random, dimension).buffer).toString('base64'),
        ...(isTimed && { IndexedAt: NOON + i * 1001 }),
        ...(isTimed && i % 5 === 0 && { MatchedAt: NOON + i * 2003 }),
      },
    });
  }
  const userIds = Array.from({ length: users }, (_, i) => `user-${i}`);
  userIds.sort((a, b) => (userKeyOf(a) < userKeyOf(b) ? -1 : 1));
  for (const [i, UserId] of userIds.entries()) {
    // Backwards, so that their order is not that of the ids.
    const own = ids.slice(i * facesPerUser, (i + 1) * facesPerUser).reverse();
    yield write({ User: { UserId, FaceIds: own } });
  }
  for (const line of keptOut(suppressions)) yield write({ Suppression: line });
  const { Suppressions, ...end } = tally.end();
  yield lineOf({ End: isTimed ? tally.end() : end });
}

/** The photograph of this number is kept out. */
export const suppressedImage = (i: number): string => uuid5(NAMESPACE, `suppressed ${i}`);

function keptOut(count: number) {
  const { version, dimension, embedder } = BUILT_IN_FACE_MODELS.get(BUILT_IN_FACE_MODELS.default);
  const random = new Random(count);
  const digest = (text: string) => createHash('sha256').update(text).digest('base64url');
  return Array.from({ length: count }, (_, i) => [
    { SuppressionId: `image#${suppressedImage(i)}`, Kind: 'IMAGE', AddedAt: NOON + i },
    { SuppressionId: `external#${digest(`${i}`)}`, Kind: 'EXTERNAL_IMAGE_ID', AddedAt: NOON - i },
    {
      SuppressionId: `vector#${digest(`${version} ${i}`)}`,
      Kind: 'VECTOR',
      AddedAt: NOON + 2 * i,
      Similarity: 60 + i / 100,
      FaceModelVersion: version,
      FaceModelSha256: embedder.sha256,
      Vector: Buffer.from(unitVector(random, dimension).buffer).toString('base64'),
    },
  ])
    .flat()
    .sort((a, b) => (a.SuppressionId < b.SuppressionId ? -1 : 1));
}

function unitVector(random: Random, dimension: number): Float32Array {
  const values = Array.from({ length: dimension }, () => random.next() - 0.5);
  const length = Math.hypot(...values);
  return Float32Array.from(values, (value) => value / length);
}
