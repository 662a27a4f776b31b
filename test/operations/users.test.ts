/** Users: creating, associating, finding and deleting them, through the AWS SDK, with real photographs. */
import {
  AssociateFacesCommand,
  type AssociateFacesCommandInput,
  CreateCollectionCommand,
  CreateUserCommand,
  DeleteFacesCommand,
  DeleteUserCommand,
  DescribeCollectionCommand,
  DisassociateFacesCommand,
  IndexFacesCommand,
  ListFacesCommand,
  ListUsersCommand,
  paginateListUsers,
  SearchFacesCommand,
  SearchUsersByImageCommand,
  type SearchUsersByImageCommandInput,
  SearchUsersCommand,
} from '@aws-sdk/client-rekognition';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noFace, OTHERS, portrait, SAME_MAN, sample } from '../support/photos.ts';
import { failure, startStack, type TestStack } from '../support/stack.ts';

const NOBODY = '00000000-0000-4000-8000-000000000000';
const CollectionId = 'people';

let stack: TestStack;
let man: string[];
/** The women of sample 1, from the largest face to the smallest, and the same ones in other pictures. */
let women: string[];
let others: string[];
beforeAll(async () => {
  stack = await startStack();
  await stack.rekognition.send(new CreateCollectionCommand({ CollectionId }));
  man = [];
  for (const cell of SAME_MAN.slice(0, 5)) man.push(...(await index(await portrait(cell))));
  others = [];
  for (const cell of OTHERS.slice(0, 3)) others.push(...(await index(await portrait(cell))));
  women = await index(await sample(1));
});
afterAll(() => stack.stop());

async function index(Bytes: Buffer): Promise<string[]> {
  const { FaceRecords } = await stack.rekognition.send(
    new IndexFacesCommand({ CollectionId, Image: { Bytes }, QualityFilter: 'NONE' }),
  );
  return FaceRecords!.map(({ Face }) => Face!.FaceId!);
}
const create = (UserId: string, ClientRequestToken?: string) =>
  stack.rekognition.send(new CreateUserCommand({ CollectionId, UserId, ClientRequestToken }));
const remove = (UserId: string, ClientRequestToken?: string) =>
  stack.rekognition.send(new DeleteUserCommand({ CollectionId, UserId, ClientRequestToken }));
const associate = (
  UserId: string,
  FaceIds: string[],
  more: Partial<AssociateFacesCommandInput> = {},
) =>
  stack.rekognition.send(
    new AssociateFacesCommand({ CollectionId, UserId, FaceIds, UserMatchThreshold: 0, ...more }),
  );
const disassociate = (UserId: string, FaceIds: string[], ClientRequestToken?: string) =>
  stack.rekognition.send(
    new DisassociateFacesCommand({ CollectionId, UserId, FaceIds, ClientRequestToken }),
  );
const search = (Bytes: Buffer, more: Partial<SearchUsersByImageCommandInput> = {}) =>
  stack.rekognition.send(
    new SearchUsersByImageCommand({ CollectionId, Image: { Bytes }, ...more }),
  );
const facesOf = async (UserId: string) =>
  (await stack.rekognition.send(new ListFacesCommand({ CollectionId, UserId }))).Faces!;
const statusOf = async (userId: string) => {
  const { Users } = await stack.rekognition.send(new ListUsersCommand({ CollectionId }));
  return Users!.find(({ UserId }) => UserId === userId)?.UserStatus;
};
const counts = async () => {
  const { FaceCount, UserCount } = await stack.rekognition.send(
    new DescribeCollectionCommand({ CollectionId }),
  );
  return { FaceCount, UserCount };
};

describe('three users with several photographs each', () => {
  const third = () => women[2]!;
  beforeAll(async () => {
    for (const user of ['man', 'woman', 'other']) await create(user);
    await associate('man', man);
    await associate('woman', [women[0]!]);
    await associate('other', [others[0]!]);
  });

  it('are found by a photograph that was not indexed, and a stranger matches nobody', async () => {
    const found = await search(await portrait(SAME_MAN[5]));
    expect(found.UserMatches!.map(({ User }) => User)).toEqual([
      { UserId: 'man', UserStatus: 'ACTIVE' },
    ]);
    expect(found.UserMatches![0]!.Similarity).toBeGreaterThan(95);
    expect(found.FaceModelVersion).toBe('1.0');
    expect(found.SearchedFace!.FaceDetail!.BoundingBox!.Width).toBeGreaterThan(0.2);
    expect(found.UnsearchedFaces).toEqual([]);
    const stranger = await search(await portrait(OTHERS[5]));
    expect(stranger.UserMatches).toEqual([]);
    expect(await facesOf('nobody')).toEqual([]);
    expect(stranger.SearchedFace).toBeDefined();
  });

  it('are at least as similar as by most of their single faces', async () => {
    const [byUser] = (await search(await portrait(SAME_MAN[5]))).UserMatches!;
    const [probe] = await index(await portrait(SAME_MAN[5]));
    const { FaceMatches } = await stack.rekognition.send(
      new SearchFacesCommand({ CollectionId, FaceId: probe, FaceMatchThreshold: 0 }),
    );
    const single = FaceMatches!
      .filter(({ Face }) => man.includes(Face!.FaceId!))
      .map(({ Similarity }) => Similarity!)
      .sort((a, b) => a - b);
    expect(single).toHaveLength(5);
    expect(byUser!.Similarity).toBeGreaterThan(single[2]!);
  });

  it('are found by a face of the collection and by another user, not by themselves', async () => {
    const byFace = await stack.rekognition.send(
      new SearchUsersCommand({ CollectionId, FaceId: man[0] }),
    );
    expect(byFace.SearchedFace).toEqual({ FaceId: man[0] });
    expect(byFace.SearchedUser).toBeUndefined();
    expect(byFace.UserMatches!.map(({ User }) => User!.UserId)).toEqual(['man']);
    const byUser = await stack.rekognition.send(
      new SearchUsersCommand({ CollectionId, UserId: 'man', UserMatchThreshold: 0 }),
    );
    expect(byUser.SearchedUser).toEqual({ UserId: 'man' });
    expect(byUser.UserMatches!.map(({ User }) => User!.UserId).sort()).toEqual(['other', 'woman']);
    const one = await stack.rekognition.send(
      new SearchUsersCommand({ CollectionId, UserId: 'man', UserMatchThreshold: 0, MaxUsers: 1 }),
    );
    expect(one.UserMatches).toEqual(byUser.UserMatches!.slice(0, 1));
  });

  it('let the face decide where both a face and a user are given', async () => {
    const both = await stack.rekognition
      .send(new SearchUsersCommand({ CollectionId, UserId: 'no one', FaceId: man[0] }))
      .catch((error: Error) => error.name);
    // A user id with a space is no user id at all.
    expect(both).toBe('ValidationException');
    const unknown = await stack.rekognition.send(
      new SearchUsersCommand({ CollectionId, UserId: 'no-one', FaceId: man[0] }),
    );
    expect(unknown.SearchedFace).toEqual({ FaceId: man[0] });
  });

  it('name the faces that were not searched for, with reasons', async () => {
    const found = await search(await sample(1), { UserMatchThreshold: 0 });
    expect(found.UserMatches!.map(({ User }) => User!.UserId)[0]).toBe('woman');
    expect(found.UnsearchedFaces!.map(({ Reasons }) => Reasons)).toEqual(
      women.slice(1).map(() => ['FACE_NOT_LARGEST']),
    );
    expect(found.UnsearchedFaces![0]!.FaceDetails!.BoundingBox!.Width).toBeGreaterThan(0);
    const blurred = await sharp(await portrait(SAME_MAN[5]))
      .blur(4)
      .png()
      .toBuffer();
    const strict = await search(blurred, { QualityFilter: 'HIGH' });
    expect(strict.UserMatches).toEqual([]);
    expect(strict.SearchedFace).toBeUndefined();
    expect(strict.UnsearchedFaces!.flatMap(({ Reasons }) => Reasons!)).toContain('LOW_SHARPNESS');
  });

  it('say nothing of a picture without a face, which is no error', async () => {
    const found = await search(await noFace());
    expect(found.UserMatches).toEqual([]);
    expect(found.UnsearchedFaces).toEqual([]);
    expect(found.SearchedFace).toBeUndefined();
  });

  it('stand in every answer that has a face', async () => {
    const { Faces } = await stack.rekognition.send(new ListFacesCommand({ CollectionId }));
    const users = Object.fromEntries(Faces!.map(({ FaceId, UserId }) => [FaceId, UserId]));
    for (const id of man) expect(users[id]).toBe('man');
    expect(users[others[2]!]).toBeUndefined();
    const { FaceMatches } = await stack.rekognition.send(
      new SearchFacesCommand({ CollectionId, FaceId: man[0] }),
    );
    const named = FaceMatches!.filter(({ Face }) => man.includes(Face!.FaceId!));
    expect(named.map(({ Face }) => Face!.UserId)).toEqual(named.map(() => 'man'));
    const again = await stack.rekognition.send(
      new IndexFacesCommand({
        CollectionId,
        Image: { Bytes: await portrait(SAME_MAN[0]) },
        QualityFilter: 'NONE',
      }),
    );
    expect(again.FaceRecords![0]!.Face!.UserId).toBe('man');
  });

  it('are listed page by page, and counted', async () => {
    const listed: string[] = [];
    for await (const page of paginateListUsers(
      { client: stack.rekognition, pageSize: 1 },
      { CollectionId },
    )) {
      expect(page.Users!.length).toBeLessThanOrEqual(1);
      listed.push(...page.Users!.map(({ UserId }) => UserId!));
    }
    expect(listed.sort()).toEqual(['man', 'other', 'woman']);
    expect((await counts()).UserCount).toBe(3);
  });

  it('keep their faces from deletion', async () => {
    const { FaceCount } = await counts();
    const answer = await stack.rekognition.send(
      new DeleteFacesCommand({ CollectionId, FaceIds: [man[0]!, third()] }),
    );
    expect(answer.DeletedFaces).toEqual([third()]);
    expect(answer.UnsuccessfulFaceDeletions).toEqual([
      { FaceId: man[0], UserId: 'man', Reasons: ['ASSOCIATED_TO_AN_EXISTING_USER'] },
    ]);
    expect((await counts()).FaceCount).toBe(FaceCount! - 1);
  });
});

describe('CreateUser', () => {
  it('says that there is such a user, unless the same request comes again', async () => {
    await create('twice', 'token-1');
    await create('twice', 'token-1');
    expect(await failure(create('twice'))).toEqual({
      name: 'ConflictException',
      message: 'The user id: twice already exists',
      status: 400,
    });
    expect(await failure(create('another', 'token-1'))).toEqual({
      name: 'IdempotentParameterMismatchException',
      message: 'The ClientRequestToken: token-1 you have supplied is already in use.',
      status: 400,
    });
    expect(await statusOf('twice')).toBe('CREATED');
    expect(await statusOf('another')).toBeUndefined();
  });

  it('wants a collection', async () => {
    const call = stack.rekognition.send(
      new CreateUserCommand({ CollectionId: 'none', UserId: 'someone' }),
    );
    expect(await failure(call)).toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('AssociateFaces', () => {
  it('tells which faces it could not associate, and why', async () => {
    await create('a');
    await create('b');
    await associate('a', [others[1]!]);
    const answer = await associate('b', [others[1]!, NOBODY, others[2]!, others[2]!]);
    expect(answer.AssociatedFaces).toEqual([{ FaceId: others[2] }]);
    expect(answer.UnsuccessfulFaceAssociations).toEqual([
      { FaceId: others[1], UserId: 'a', Reasons: ['ASSOCIATED_TO_A_DIFFERENT_USER'] },
      { FaceId: NOBODY, Reasons: ['FACE_NOT_FOUND'] },
    ]);
    expect(answer.UserStatus).toBe('UPDATING');
    expect(await statusOf('b')).toBe('ACTIVE');
    const again = await associate('b', [others[2]!]);
    expect(again.AssociatedFaces).toEqual([]);
    expect(again.UnsuccessfulFaceAssociations).toEqual([]);
    expect(again.UserStatus).toBe('ACTIVE');
    await remove('a');
    await remove('b');
  });

  it('wants likeness only of a user who has faces already, 75 unless told otherwise', async () => {
    await create('strict');
    const first = await associate('strict', [others[1]!, others[2]!], { UserMatchThreshold: 100 });
    expect(first.AssociatedFaces).toHaveLength(2);
    const second = await associate('strict', [women[1]!], { UserMatchThreshold: undefined });
    expect(second.AssociatedFaces).toEqual([]);
    const [refused] = second.UnsuccessfulFaceAssociations!;
    expect(refused).toMatchObject({ FaceId: women[1], Reasons: ['LOW_MATCH_CONFIDENCE'] });
    expect(refused!.Confidence).toBeGreaterThanOrEqual(0);
    expect(refused!.Confidence).toBeLessThan(75);
    const third = await associate('strict', [women[1]!], {
      UserMatchThreshold: refused!.Confidence,
    });
    expect(third.AssociatedFaces).toEqual([{ FaceId: women[1] }]);
    await remove('strict');
  });

  it('never creates a user, and knows the limits of a call', async () => {
    expect(await failure(associate('nobody', [others[1]!]))).toEqual({
      name: 'ResourceNotFoundException',
      message: 'The user id: nobody does not exist',
      status: 400,
    });
    expect(await statusOf('nobody')).toBeUndefined();
    const many = Array.from({ length: 101 }, () => NOBODY);
    expect(await failure(associate('nobody', many))).toMatchObject({ name: 'ValidationException' });
    expect(await failure(associate('nobody', []))).toMatchObject({ name: 'ValidationException' });
  });

  it('answers a repeated token as before, whatever has happened since', async () => {
    await create('again');
    const once = await associate('again', [others[1]!], { ClientRequestToken: 'token-2' });
    await disassociate('again', [others[1]!]);
    const twice = await associate('again', [others[1]!], { ClientRequestToken: 'token-2' });
    expect({ ...twice, $metadata: undefined }).toEqual({ ...once, $metadata: undefined });
    expect(await facesOf('again')).toEqual([]);
    const other = associate('again', [others[2]!], { ClientRequestToken: 'token-2' });
    expect(await failure(other)).toMatchObject({ name: 'IdempotentParameterMismatchException' });
    await remove('again');
  });

  it('gives a face that two calls claim to exactly one user', async () => {
    for (let round = 0; round < 5; round++) {
      const users = [`left-${round}`, `right-${round}`];
      for (const user of users) await create(user);
      const answers = await Promise.all(users.map((user) => associate(user, [others[1]!])));
      const winners = users.filter((_, i) => answers[i]!.AssociatedFaces!.length === 1);
      expect(winners).toHaveLength(1);
      const loser = answers.find(({ AssociatedFaces }) => AssociatedFaces!.length === 0)!;
      expect(loser.UnsuccessfulFaceAssociations).toEqual([
        { FaceId: others[1], UserId: winners[0], Reasons: ['ASSOCIATED_TO_A_DIFFERENT_USER'] },
      ]);
      const listed = await facesOf(winners[0]!);
      expect(listed.map(({ FaceId, UserId }) => [FaceId, UserId])).toEqual([
        [others[1], winners[0]],
      ]);
      for (const user of users) await remove(user);
    }
  });
});

describe('DisassociateFaces', () => {
  it("tells which faces are not the user's; a user without faces is found no more", async () => {
    await create('c');
    await create('d');
    await associate('c', [others[1]!]);
    await associate('d', [others[2]!]);
    const answer = await disassociate('c', [others[1]!, others[2]!, NOBODY, women[1]!]);
    expect(answer.DisassociatedFaces).toEqual([{ FaceId: others[1] }]);
    expect(answer.UnsuccessfulFaceDisassociations).toEqual([
      { FaceId: others[2], UserId: 'd', Reasons: ['ASSOCIATED_TO_A_DIFFERENT_USER'] },
      { FaceId: NOBODY, Reasons: ['FACE_NOT_FOUND'] },
    ]);
    expect(answer.UserStatus).toBe('UPDATING');
    expect(await statusOf('c')).toBe('CREATED');
    const found = await search(await portrait(OTHERS[1]), { UserMatchThreshold: 0 });
    const names = found.UserMatches!.map(({ User }) => User!.UserId);
    expect(names).toContain('d');
    expect(names).not.toContain('c');
    const nobody = await stack.rekognition.send(
      new SearchUsersCommand({ CollectionId, UserId: 'c', UserMatchThreshold: 0 }),
    );
    expect(nobody).toMatchObject({ UserMatches: [], SearchedUser: { UserId: 'c' } });
    await remove('c');
    await remove('d');
  });
});

describe('DeleteUser', () => {
  it('sets the faces free, which stay; then there is no such user', async () => {
    const before = await counts();
    await create('short-lived');
    await associate('short-lived', [others[1]!]);
    await remove('short-lived', 'token-3');
    expect(await counts()).toEqual(before);
    expect(await facesOf('short-lived')).toEqual([]);
    const { Faces } = await stack.rekognition.send(
      new ListFacesCommand({ CollectionId, FaceIds: [others[1]!] }),
    );
    expect(Faces![0]!.UserId).toBeUndefined();
    await remove('short-lived', 'token-3');
    expect(await failure(remove('short-lived'))).toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});

describe('SearchUsers', () => {
  it('wants a face or a user that there is', async () => {
    const searchUsers = (input: { UserId?: string; FaceId?: string }) =>
      failure(stack.rekognition.send(new SearchUsersCommand({ CollectionId, ...input })));
    expect(await searchUsers({})).toMatchObject({ name: 'InvalidParameterException' });
    expect(await searchUsers({ UserId: 'nobody' })).toMatchObject({
      name: 'ResourceNotFoundException',
    });
    expect(await searchUsers({ FaceId: NOBODY })).toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});
