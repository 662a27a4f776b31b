/** Guarantee 1: a face that was acknowledged is found after any crash. The server is killed, and killed. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CreateCollectionCommand,
  DescribeCollectionCommand,
  IndexFacesCommand,
  SearchFacesCommand,
} from '@aws-sdk/client-rekognition';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { portrait, SAME_MAN } from '../support/photos.ts';
import { startServer } from '../support/server.ts';
import { rekognitionClient } from '../support/stack.ts';
import { rounds } from '../support/thorough.ts';

const ROUNDS = rounds(1, 4);
const WRITERS = 3;
const COLLECTION = 'killed';

let data: string;
beforeAll(async () => {
  data = await mkdtemp(path.join(tmpdir(), 'recollect-kill-'));
});
afterAll(() => rm(data, { recursive: true, force: true }));

it('finds every acknowledged face after each kill -9 in a stream of IndexFaces', async () => {
  const Bytes = await portrait(SAME_MAN[0]);
  const acknowledged = new Map<string, string>();
  // So small a limit keeps folds running while the server is killed.
  const start = () => startServer(data, { RECOLLECT_FOLD_AT: '3' });
  let server = await start();
  const first = rekognitionClient(server.endpoint);
  await first.send(new CreateCollectionCommand({ CollectionId: COLLECTION }));

  for (let round = 0; round < ROUNDS; round++) {
    const client = rekognitionClient(server.endpoint);
    let dead = false;
    const write = async (writer: number) => {
      for (let i = 0; !dead; i++) {
        const ExternalImageId = `${round}-${writer}-${i}`;
        try {
          const { FaceRecords } = await client.send(
            new IndexFacesCommand({
              CollectionId: COLLECTION,
              Image: { Bytes },
              ExternalImageId,
              QualityFilter: 'NONE',
            }),
          );
          acknowledged.set(FaceRecords![0]!.Face!.FaceId!, ExternalImageId);
        } catch (error) {
          if (!dead) throw error;
        }
      }
    };
    const writers = Array.from({ length: WRITERS }, (_, writer) => write(writer));
    const enough = acknowledged.size + 6 + round * 2;
    while (acknowledged.size < enough) await new Promise((resolve) => setTimeout(resolve, 7));
    dead = true;
    await server.stop('SIGKILL');
    await Promise.all(writers);

    server = await start();
    const survivor = rekognitionClient(server.endpoint);
    const [FaceId, own] = [...acknowledged][0]!;
    const { FaceMatches } = await survivor.send(
      new SearchFacesCommand({ CollectionId: COLLECTION, FaceId, FaceMatchThreshold: 99 }),
    );
    const found = new Set(FaceMatches!.map(({ Face }) => Face!.ExternalImageId!));
    expect([...acknowledged.values()].filter((id) => id !== own && !found.has(id))).toEqual([]);
    // What died before its answer may have been stored or not, but never half: counts and faces agree.
    const { FaceCount } = await survivor.send(
      new DescribeCollectionCommand({ CollectionId: COLLECTION }),
    );
    expect(FaceCount).toBe(found.size + 1);
    survivor.destroy();
    client.destroy();
  }
  first.destroy();
  expect(await server.stop('SIGINT')).toBe(0);
}, 120_000);
