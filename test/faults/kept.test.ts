/**
 * An upgrade keeps the faces that found no photograph in the face model that their collection had: searches find
 * everybody, the one by the one and the other by the other model, before and after the other slot is pruned, whoever
 * dies or writes meanwhile; and whoever gets a photograph later, is dropped or is deleted leaves it for good.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { followErasures, pendingErasures } from '../../functions/common/erasing.ts';
import { sweepUpgrades } from '../../functions/common/upgrading.ts';
import { Agreement } from '../../infra/commands/operate/agreement.ts';
import { collectGarbage } from '../../layers/vectors/index.ts';
import {
  enrolled,
  type Fields,
  index,
  inline,
  NEW,
  OLD,
  photograph,
  told,
  UpgradeWorld,
  upgraded,
} from './upgrade-world.ts';

const HOUR_MS = 60 * 60 * 1000;
const PHOTOGRAPHS = [photograph('ada', 'bob'), photograph('ada.2', 'zoe'), photograph('bob.2')];
/** The only one that is there at the switch. */
const FOUND = PHOTOGRAPHS.slice(0, 1);
const ALL = ['faces', 'users', 'faces-b', 'users-b'] as const;

let world: UpgradeWorld;
beforeAll(async () => {
  // `upgrade.test.ts` does the same over sockets in a thorough run.
  world = await UpgradeWorld.inMemory();
});
afterAll(() => world.close());

type Environment = ReturnType<UpgradeWorld['environment']>;

const enrol = async (here: Environment = world.environment()) => {
  const { CollectionId, users } = await enrolled(here, PHOTOGRAPHS);
  const before = await told(here, CollectionId);
  const send = (name: string, more: Fields = {}) => here.send(name, { CollectionId, ...more });
  const call = (Action?: string, more: Fields = {}) =>
    send('UpgradeCollection', { ...(Action && { Action }), ...more });
  const { ada = [], bob = [], zoe = [] } = users;
  return { here, CollectionId, before, send, call, ada, bob, zoe };
};

const kept = async () => {
  const all = await enrol();
  await upgraded(all.here, all.CollectionId, FOUND, { Missing: 'KEEP' });
  // The same, but that the collection and the faces that found their photograph have the new face model.
  const after = { ...all.before, model: NEW, models: expect.arrayContaining([OLD, NEW]) };
  return { ...all, after };
};

const swept = async (environment = world.environment()) => {
  world.now += HOUR_MS;
  const { records } = environment;
  const jobs = { tailGrew: async () => undefined };
  const warn = (message: string, error: Error) => {
    throw new Error(message, { cause: error });
  };
  await sweepUpgrades({ records, jobs, clock: () => world.now, warn }, () => true);
};

const folded = async (CollectionId: string) => {
  const { maintenance, records } = world.maintenance();
  for (const name of ALL) {
    const collection = await records.collections.get(CollectionId);
    for (let left = 5; left > 0; left--) await maintenance.fold(collection, name);
  }
};

/** Who is found by another photograph of somebody: FaceIds, and UserIds, with similarities to one decimal. */
const foundBy = async (
  send: Awaited<ReturnType<typeof enrol>>['send'],
  person: string,
  most?: number,
) => {
  const Image = inline(photograph(person));
  const faces = await send('SearchFacesByImage', { Image, MaxFaces: most ?? 100 });
  const users = await send('SearchUsersByImage', { Image, MaxUsers: most ?? 100 });
  const all = await send('SearchAllFacesByImage', { Image, ...(most && { MaxFaces: most }) });
  const [searched] = all['SearchedFaces'] as Fields[];
  expect(searched!['FaceMatches']).toEqual(faces['FaceMatches']);
  return {
    faces: (faces['FaceMatches'] as { Similarity: number; Face: { FaceId: string } }[]).map(
      ({ Face }) => Face.FaceId,
    ),
    users: (users['UserMatches'] as { User: { UserId: string } }[]).map(({ User }) => User.UserId),
  };
};

/** In which slots there is a vector of a face or a user: `a` is the one of the old face model. */
const slotsIn = async (here: Environment, CollectionId: string) => {
  const { generation } = await here.records.collections.get(CollectionId);
  const items = (await world.scan()).filter(({ pk }) => String(pk).includes(generation));
  const slots = new Map<string, string>();
  for (const item of items) {
    const name = String(item['userId'] !== undefined && item['faceIds'] ? item['userId'] : item.sk);
    const held = ['vector' in item ? 'a' : '', 'vectorB' in item ? 'b' : ''].join('');
    if (held !== '') slots.set(name, held);
  }
  return Object.fromEntries(slots);
};

const disagreements = async ({ records }: Environment, CollectionId: string) => {
  const agreement = new Agreement(records, await records.collections.get(CollectionId));
  for await (const _ of agreement.allFaces());
  for await (const _ of agreement.allUsers());
  return agreement.disagreements();
};

it('finds everybody, before and after the other slot is pruned and folded', async () => {
  const { here, CollectionId, after, send, call, ada, bob, zoe } = await kept();
  const check = async () => {
    expect(await told(here, CollectionId)).toEqual(after);
    for (const [name, ids] of Object.entries({ ada, bob, zoe })) {
      const { faces, users } = await foundBy(send, `${name}.9`);
      expect({ faces: faces.sort(), users }).toEqual({ faces: [...ids].sort(), users: [name] });
      expect((await foundBy(send, `${name}.9`, 1)).faces).toHaveLength(1);
      // The photograph itself: the face that is kept and the face that is not are best for what they are of.
      expect((await foundBy(send, `${name}.2`, 1)).users).toEqual([name]);
    }
    expect((await foundBy(send, 'ada.2', 1)).faces).toEqual([ada[1]]);
    expect((await foundBy(send, 'ada', 1)).faces).toEqual([ada[0]]);
    expect(await disagreements(here, CollectionId)).toEqual([]);
  };
  expect(await call()).toMatchObject({
    FaceModelVersion: NEW,
    Upgrade: {
      State: 'KEPT',
      Outcome: 'COMMITTED',
      FacesWithoutVector: 3,
      UsersWithoutVector: 1,
      KeptFaceModelVersion: OLD,
    },
  });
  const { Faces } = await call('LIST');
  expect((Faces as { FaceId: string }[]).map(({ FaceId }) => FaceId).sort()).toEqual(
    [ada[1]!, bob[1]!, zoe[0]!].sort(),
  );
  await check();
  await folded(CollectionId);
  await check();
  await swept();
  await check();
  await folded(CollectionId);
  await check();
  await swept();
  expect(await slotsIn(here, CollectionId)).toEqual({
    ...{ [ada[0]!]: 'b', [ada[1]!]: 'a', [bob[0]!]: 'b', [bob[1]!]: 'a', [zoe[0]!]: 'a' },
    ...{ ada: 'ab', bob: 'ab', zoe: 'a' },
  });
  await check();
  expect(await call()).toMatchObject({ Upgrade: { State: 'KEPT', FacesWithoutVector: 3 } });
});

it('indexes by the new face model alone, and knows a photograph whose faces are kept', async () => {
  const { here, CollectionId, send, ada, zoe } = await kept();
  const [eve] = await index(here, CollectionId, photograph('eve'));
  expect(await index(here, CollectionId, PHOTOGRAPHS[1]!)).toEqual([ada[1], zoe[0]]);
  await swept();
  await folded(CollectionId);
  const slots = await slotsIn(here, CollectionId);
  expect(slots).toMatchObject({ [eve!]: 'b', [ada[1]!]: 'b', [zoe[0]!]: 'b', zoe: 'b', ada: 'b' });
  expect(await foundBy(send, 'zoe.9')).toEqual({ faces: zoe, users: ['zoe'] });
  expect((await foundBy(send, 'ada.9')).users).toEqual(['ada']);
  expect(await disagreements(here, CollectionId)).toEqual([]);
});

describe('who gets a photograph later', () => {
  it.each([
    ['right after the switch', false],
    ['long after it', true],
  ])('moves with the user, %s; when nobody is kept the upgrade is over', async (_, isLate) => {
    const { here, CollectionId, before, send, call, ada, bob, zoe } = await kept();
    if (isLate) await swept();
    const embed = (bytes: Buffer, FaceIds: string[]) =>
      call('EMBED', { Image: inline(bytes), FaceIds });
    const [first, second] = await Promise.all([
      embed(PHOTOGRAPHS[1]!, [ada[1]!, zoe[0]!]),
      embed(PHOTOGRAPHS[1]!, [zoe[0]!, ada[1]!]),
    ]);
    for (const { EmbeddedFaces } of [first, second]) {
      expect(EmbeddedFaces).toMatchObject([{ Outcome: 'EMBEDDED' }, { Outcome: 'EMBEDDED' }]);
    }
    expect(await foundBy(send, 'zoe.9')).toEqual({ faces: zoe, users: ['zoe'] });
    expect(await disagreements(here, CollectionId)).toEqual([]);
    await swept();
    expect(await slotsIn(here, CollectionId)).toMatchObject({ zoe: 'b', bob: 'ab', ada: 'b' });
    await embed(PHOTOGRAPHS[2]!, [bob[1]!]);
    expect(await told(here, CollectionId)).toEqual({ ...before, model: NEW, models: [NEW] });
    await folded(CollectionId);
    await swept();
    await swept();
    await swept();
    expect(await call()).toEqual({ FaceModelVersion: NEW });
    const slots = await slotsIn(here, CollectionId);
    expect(new Set(Object.values(slots))).toEqual(new Set(['b']));
    expect(await told(here, CollectionId)).toEqual({ ...before, model: NEW, models: [NEW] });
    expect(await call('BEGIN', { FaceModelVersion: OLD })).toMatchObject({
      Upgrade: { State: 'FACES' },
    });
  });
});

it('drops them later as told, with receipts', async () => {
  const { here, CollectionId, call, ada, bob, send } = await kept();
  await swept();
  await call('COMMIT', { Missing: 'DROP' });
  await call('COMMIT', { Missing: 'DROP' });
  expect(await call()).toMatchObject({ Upgrade: { State: 'CLEARING', Outcome: 'COMMITTED' } });
  expect(Object.keys((await told(here, CollectionId)).owners).sort()).toEqual(
    [ada[0]!, bob[0]!].sort(),
  );
  await swept();
  expect((await told(here, CollectionId)).counts).toEqual([2, 3]);
  expect(await foundBy(send, 'zoe.9')).toEqual({ faces: [], users: [] });
  expect(Object.values(await slotsIn(here, CollectionId))).toEqual(Array(4).fill('b'));
  const { records } = here;
  const causes = [];
  for await (const { cause } of records.erasures.receipts(CollectionId)) causes.push(cause);
  expect(causes).toContain('UPGRADE');
  expect(await call()).toEqual({ FaceModelVersion: NEW });
});

describe('who writes meanwhile', () => {
  it.each([
    ['before', false],
    ['after', true],
  ])('changes users of kept and other faces, %s the slot is pruned', async (_, isLate) => {
    const { here, CollectionId, send, ada, bob, zoe } = await kept();
    if (isLate) await swept();
    const fine = async () => expect(await disagreements(here, CollectionId)).toEqual([]);
    // A user of whom only a kept face is left, and one who gets a kept one.
    await send('DisassociateFaces', { UserId: 'ada', FaceIds: [ada[0]] });
    await fine();
    expect((await foundBy(send, 'ada.9')).users).toEqual(['ada']);
    const back = await send('AssociateFaces', { UserId: 'ada', FaceIds: [ada[0]] });
    // Nothing tells whether they are the same: their vectors cannot be compared.
    expect(back['UnsuccessfulFaceAssociations']).toEqual([
      { FaceId: ada[0], Reasons: ['LOW_MATCH_CONFIDENCE'] },
    ]);
    const told0 = { UserId: 'ada', FaceIds: [ada[0]], UserMatchThreshold: 0 };
    expect((await send('AssociateFaces', told0))['AssociatedFaces']).toHaveLength(1);
    await send('DisassociateFaces', { UserId: 'ada', FaceIds: [ada[1]] });
    expect((await foundBy(send, 'ada.9')).users).toEqual(['ada']);
    await send('AssociateFaces', { UserId: 'ada', FaceIds: [ada[1]], UserMatchThreshold: 0 });
    await fine();
    // Kept faces are compared with kept ones.
    await send('DisassociateFaces', { UserId: 'zoe', FaceIds: zoe });
    expect((await foundBy(send, 'zoe.9')).users).toEqual([]);
    await send('CreateUser', { UserId: 'zoe.2' });
    await send('AssociateFaces', { UserId: 'zoe.2', FaceIds: zoe });
    const other = { UserId: 'zoe.2', FaceIds: [bob[1]], UserMatchThreshold: 75 };
    await send('DisassociateFaces', { UserId: 'bob', FaceIds: [bob[1]] });
    const judged = await send('AssociateFaces', other);
    expect(judged['UnsuccessfulFaceAssociations']).toMatchObject([
      { Confidence: expect.any(Number), Reasons: ['LOW_MATCH_CONFIDENCE'] },
    ]);
    expect((await foundBy(send, 'zoe.9')).users).toEqual(['zoe.2']);
    await fine();
    const preview = await send('MergeUsers', {
      ...{ UserId: 'zoe', SourceUserId: 'zoe.2', Preview: true },
    });
    expect(preview['FaceCount']).toBe(1);
    const { MergeId } = await send('MergeUsers', { UserId: 'ada', SourceUserId: 'zoe.2' });
    await fine();
    await send('UndoMergeUsers', { MergeId });
    await fine();
    expect((await foundBy(send, 'zoe.9')).users).toEqual(['zoe.2']);
    await send('DeleteUser', { UserId: 'zoe.2' });
    expect((await foundBy(send, 'zoe.9')).users).toEqual([]);
    await send('DeleteFaces', { FaceIds: zoe });
    expect((await foundBy(send, 'zoe.9')).faces).toEqual([]);
    await swept();
    await folded(CollectionId);
    await fine();
    expect((await foundBy(send, 'ada.9')).users).toEqual(['ada']);
    expect((await told(here, CollectionId)).counts).toEqual([4, 3]);
  });

  it('and began before the switch looks again', async () => {
    const { here, CollectionId, zoe } = await enrol();
    await upgraded(here, CollectionId, FOUND, { until: 'PREPARE' });
    const old = await here.records.collections.get(CollectionId);
    await upgraded(here, CollectionId, FOUND, { Missing: 'KEEP' });
    const encode = () => new Uint8Array();
    const encoder = { vector: encode, deletion: encode, ofFaces: () => new Float32Array() };
    const stale = { name: 'CollectionChangedError' };
    await expect(here.records.users.delete(old, 'zoe', undefined, encoder)).rejects.toMatchObject(
      stale,
    );
    const vectors = [{ id: zoe[0]!, faceModel: NEW, vector: Float32Array.of(1) }];
    await expect(here.records.faces.give(old, vectors, encode)).rejects.toMatchObject(stale);
  });

  it('deletes kept faces for good', async () => {
    const { here, CollectionId, send, zoe } = await kept();
    await swept();
    await folded(CollectionId);
    await send('DisassociateFaces', { UserId: 'zoe', FaceIds: zoe });
    await send('DeleteFaces', { FaceIds: zoe });
    await folded(CollectionId);
    world.now += HOUR_MS;
    await folded(CollectionId);
    const { records, store } = world.maintenance();
    const { generation } = await here.records.collections.get(CollectionId);
    await collectGarbage({ records, store, generation, clock: () => Date.now() + HOUR_MS });
    const work = { records, store, clock: () => world.now, backupDays: 0 };
    const own = (await pendingErasures({ records })).filter(
      (erasure) => erasure.generation === generation,
    );
    expect(own.length).toBeGreaterThan(0);
    expect(await followErasures(work, own)).toMatchObject({ pending: 0 });
  });
});

it('names pairs and groups of the one and of the other face model', async () => {
  const { here, CollectionId, send } = await kept();
  const more = [photograph('zoe.3'), photograph('zoe.4'), photograph('zoe.5')];
  for (const bytes of more) await index(here, CollectionId, bytes);
  const pages = async (name: string, member: string, input: Fields = {}) => {
    const found: unknown[] = [];
    let NextToken: string | undefined;
    do {
      const page = await send(name, { ...input, NextToken });
      found.push(...((page[member] as unknown[] | undefined) ?? []));
      NextToken = page['NextToken'] as string | undefined;
    } while (NextToken !== undefined);
    return found;
  };
  const pairs = { SimilarityThreshold: 80, MaxResults: 1 };
  // Of the three new ones of zoe; of ada, bob and zoe there is one of each face model.
  expect(await pages('FindDuplicates', 'FacePairs', pairs)).toHaveLength(3);
  expect(await pages('SuggestUsers', 'SuggestedUsers')).toHaveLength(1);
});

it('refuses what it cannot do, and says what to do', async () => {
  const { call, send } = await kept();
  const conflict = (message: RegExp) => ({
    name: 'ConflictException',
    message: expect.stringMatching(message),
  });
  await expect(call('BEGIN', { FaceModelVersion: OLD })).rejects.toMatchObject(
    conflict(/kept in the face model 1\.0; EMBED their photographs, or COMMIT with DROP/),
  );
  expect(await call('BEGIN', { FaceModelVersion: NEW })).toMatchObject({
    Upgrade: { State: 'KEPT' },
  });
  await expect(call('ABORT')).rejects.toMatchObject(conflict(/is committed/));
  await expect(send('ExportCollection')).rejects.toMatchObject(
    conflict(/kept in the face model 1\.0/),
  );
  expect(await call('PREPARE')).toMatchObject({ Upgrade: { State: 'KEPT' } });
  expect(await call('COMMIT')).toMatchObject({ Upgrade: { State: 'KEPT' } });
  expect(await call('COMMIT', { Missing: 'KEEP' })).toMatchObject({ Upgrade: { State: 'KEPT' } });
});

/** Of the calls at which a process can die, one in so many. */
const EVERY = process.env['RECOLLECT_DEATHS'] === 'all' ? 1 : 9;

describe('a process that dies', () => {
  const history = async (here: Environment, CollectionId: string) => {
    const call = (Action: string, more: Fields = {}) =>
      here.send('UpgradeCollection', { CollectionId, Action, ...more });
    const { upgrade } = await here.records.collections.get(CollectionId);
    if (upgrade?.phase === 'READY') await call('COMMIT', { Missing: 'KEEP' });
    await swept(here);
    const { Faces } = await call('LIST');
    const FaceIds = (Faces as { FaceId: string }[]).map(({ FaceId }) => FaceId);
    if (FaceIds.length > 0) await call('EMBED', { Image: inline(PHOTOGRAPHS[1]!), FaceIds });
    await swept(here);
  };

  it('at any of its calls loses nobody, and whoever goes on comes to the end', async () => {
    const prepared = async () => {
      const all = await enrol();
      await upgraded(all.here, all.CollectionId, FOUND, { until: 'PREPARE' });
      return all;
    };
    const counted = world.environment();
    await history(counted, (await prepared()).CollectionId);
    for (let call = 1; call <= counted.calls(); call += EVERY) {
      for (const when of ['before', 'after'] as const) {
        const { here, CollectionId, before, send, zoe } = await prepared();
        await history(world.dying({ call, when }), CollectionId).catch(() => undefined);
        const where = `${when} call ${call}`;
        const { model } = await told(here, CollectionId);
        const expected = { ...before, model, models: expect.any(Array) };
        expect(await told(here, CollectionId), where).toEqual(expected);
        expect(await foundBy(send, 'zoe.9'), where).toEqual({ faces: zoe, users: ['zoe'] });
        await history(here, CollectionId);
        expect(await told(here, CollectionId), where).toEqual({ ...expected, model: NEW });
        expect(await foundBy(send, 'zoe.9'), where).toEqual({ faces: zoe, users: ['zoe'] });
        expect(await disagreements(here, CollectionId), where).toEqual([]);
        expect(await slotsIn(here, CollectionId), where).toMatchObject({ zoe: 'b', ada: 'b' });
      }
    }
  }, 240_000);
});
