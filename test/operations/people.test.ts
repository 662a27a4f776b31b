/** A collection put in order, through HTTP and as commands: pairs, groups, and users made one. */
import {
  AssociateFacesCommand,
  CreateCollectionCommand,
  CreateUserCommand,
  IndexFacesCommand,
  ListUsersCommand,
  SearchUsersCommand,
} from '@aws-sdk/client-rekognition';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { callExtension } from '../../infra/commands/extensions/client.ts';
import { OTHERS, portrait, SAME_MAN } from '../support/photos.ts';
import { ran } from '../support/recollect.ts';
import { failure, startStack, type TestStack } from '../support/stack.ts';

const CollectionId = 'people';

let stack: TestStack;
let man: string[];
let other: string;
beforeAll(async () => {
  vi.setConfig({ testTimeout: 120_000 });
  stack = await startStack();
  await stack.rekognition.send(new CreateCollectionCommand({ CollectionId }));
  man = [];
  for (const cell of SAME_MAN.slice(0, 4)) man.push(await index(await portrait(cell)));
  other = await index(await portrait(OTHERS[0]));
}, 120_000);
afterAll(() => stack.stop());

async function index(Bytes: Buffer): Promise<string> {
  const { FaceRecords } = await stack.rekognition.send(
    new IndexFacesCommand({ CollectionId, Image: { Bytes }, QualityFilter: 'NONE' }),
  );
  return FaceRecords![0]!.Face!.FaceId!;
}

const call = <T>(name: string, input: object) =>
  callExtension(stack.rekognition, name, { CollectionId, ...input }) as Promise<T>;

interface Named {
  readonly FaceId: string;
}
interface Suggestions {
  readonly SuggestedUsers: readonly {
    readonly Face: Named;
    readonly FaceMatches: readonly { readonly Face: Named; readonly Similarity: number }[];
    readonly UserMatches: readonly { readonly User: { readonly UserId: string } }[];
  }[];
}
const suggested = async () => {
  const { SuggestedUsers } = await call<Suggestions>('SuggestUsers', { SimilarityThreshold: 60 });
  return SuggestedUsers.map(({ Face, FaceMatches }) =>
    [Face, ...FaceMatches.map((match) => match.Face)].map(({ FaceId }) => FaceId).sort(),
  );
};

it('pairs of one person are found, page by page, and nobody else', async () => {
  const found: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await call<{
      FacePairs: { Face: Named; OtherFace: Named; Similarity: number }[];
      NextToken?: string;
    }>('FindDuplicates', { SimilarityThreshold: 60, MaxResults: 4, NextToken });
    for (const { Face, OtherFace, Similarity } of page.FacePairs) {
      expect(Similarity).toBeGreaterThanOrEqual(60);
      found.push([Face.FaceId, OtherFace.FaceId].sort().join());
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  const expected = man.flatMap((one, i) => man.slice(i + 1).map((two) => [one, two].sort().join()));
  expect(found.sort()).toEqual(expected.sort());
  const others = await failure(call('FindDuplicates', { SimilarityThreshold: 80, NextToken: 'x' }));
  expect(others.name).toBe('InvalidPaginationTokenException');
});

it('a person without a user is proposed as one, until they are', async () => {
  expect(await suggested()).toEqual([[...man].sort()]);
  for (const UserId of ['he', 'he.too']) {
    await stack.rekognition.send(new CreateUserCommand({ CollectionId, UserId }));
  }
  const associate = (UserId: string, FaceIds: string[]) =>
    stack.rekognition.send(
      new AssociateFacesCommand({ CollectionId, UserId, FaceIds, UserMatchThreshold: 0 }),
    );
  await associate('he', man.slice(0, 1));
  const { SuggestedUsers } = await call<Suggestions>('SuggestUsers', { SimilarityThreshold: 60 });
  expect(SuggestedUsers[0]?.UserMatches).toMatchObject([{ User: { UserId: 'he' } }]);
  await associate('he.too', man.slice(1));
  expect(await suggested()).toEqual([]);
});

it('users who are one person are found, made one, and two again', async () => {
  const { UserPairs } = await call<{ UserPairs: { User: object; OtherUser: object }[] }>(
    'FindDuplicates',
    { Of: 'USERS', SimilarityThreshold: 60 },
  );
  const ids = UserPairs.flatMap(({ User, OtherUser }) => [User, OtherUser]);
  expect(ids).toEqual(
    expect.arrayContaining(['he', 'he.too'].map((UserId) => ({ UserId, UserStatus: 'ACTIVE' }))),
  );
  const merge = ['merge-users', '--collection-id', CollectionId, '--user-id', 'he'];
  const run = (args: readonly string[]) =>
    ran([...args, '--endpoint', stack.endpoint, '--json'], {});
  const preview = await run([...merge, '--source-user-id', 'he.too', '--preview']);
  expect(preview).toMatchObject({ code: 0, said: '' });
  expect(JSON.parse(preview.printed)).toMatchObject({ FaceCount: 4 });
  const users = async () =>
    (await stack.rekognition.send(new ListUsersCommand({ CollectionId }))).Users!.map(
      ({ UserId }) => UserId,
    );
  expect((await users()).sort()).toEqual(['he', 'he.too']);
  const merged = JSON.parse((await run([...merge, '--source-user-id', 'he.too'])).printed);
  expect(merged.MergedFaces).toHaveLength(3);
  expect(await users()).toEqual(['he']);
  const search = async () => {
    const { UserMatches } = await stack.rekognition.send(
      new SearchUsersCommand({ CollectionId, FaceId: man[3], UserMatchThreshold: 60 }),
    );
    return UserMatches!.map(({ User }) => User!.UserId);
  };
  expect(await search()).toEqual(['he']);
  const undo = ['undo-merge-users', '--collection-id', CollectionId, '--merge-id'];
  const undone = JSON.parse((await run([...undo, merged.MergeId])).printed);
  expect(undone).toMatchObject({ UserId: 'he', SourceUserId: 'he.too', LostFaceIds: [] });
  expect(new Set(undone.ReturnedFaceIds)).toEqual(new Set(man.slice(1)));
  expect((await search()).sort()).toEqual(['he', 'he.too']);
  const again = await run([...undo, merged.MergeId]);
  expect(again.said).toContain(`The merge id: ${merged.MergeId} does not exist`);
  expect(other).not.toBe('');
});
