/**
 * A collection is changed to another face model: nobody is lost, whatever dies, whoever writes meanwhile; what
 * answers is the old or the new and nothing in between; and what was given up or left behind is gone.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { followErasures, pendingErasures } from '../../functions/common/erasing.ts';
import { sweepUpgrades } from '../../functions/common/upgrading.ts';
import { collectGarbage } from '../../layers/vectors/index.ts';
import {
  enrolled,
  type Fields,
  idOf,
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

let world: UpgradeWorld;
beforeAll(async () => {
  world = await UpgradeWorld.open();
});
afterAll(() => world.close());

const begun = async (photographs = PHOTOGRAPHS) => {
  const here = world.environment();
  const { CollectionId, users } = await enrolled(here, photographs);
  const before = await told(here, CollectionId);
  const call = (Action: string, more: Fields = {}) =>
    here.send('UpgradeCollection', { CollectionId, Action, ...more });
  return { here, CollectionId, users, before, call };
};

/** What the sweep does when nobody can be reading any more what is cleared. */
const cleared = async () => {
  world.now += HOUR_MS;
  const { records } = world.environment();
  const jobs = { tailGrew: async () => undefined };
  const warn = (message: string, error: Error) => {
    throw new Error(message, { cause: error });
  };
  await sweepUpgrades({ records, jobs, clock: () => world.now, warn }, () => true);
};

/** What there is of the other slot: attributes of faces and users, entries of tails, manifests, shards. */
const shadows = async (generation: string) => {
  const items = (await world.scan()).filter(({ pk }) => String(pk).includes(generation));
  return {
    attributes: items.flatMap((item) => Object.keys(item).filter((name) => name.endsWith('B'))),
    partitions: items.map(({ pk }) => String(pk)).filter((pk) => /-b(#|$)|UPGRADE/.test(pk)),
    shards: (await world.keys()).filter(
      (key) => key.startsWith(`${generation}/`) && /-b\//.test(key),
    ),
  };
};
const NOTHING = { attributes: [], partitions: [], shards: [] };

it('keeps ids, users and whom searches find, and answers with the old model until the switch', async () => {
  const { here, CollectionId, before } = await begun();
  expect(before).toMatchObject({ model: OLD, models: [OLD], counts: [5, 3] });
  await upgraded(here, CollectionId, PHOTOGRAPHS, { until: 'PREPARE' });
  expect(await told(here, CollectionId)).toEqual(before);
  const { Upgrade } = await here.send('UpgradeCollection', { CollectionId });
  expect(Upgrade).toMatchObject({ State: 'READY', FacesWithoutVector: 0, UsersWithoutVector: 0 });
  await upgraded(here, CollectionId, PHOTOGRAPHS);
  expect(await told(here, CollectionId)).toEqual({ ...before, model: NEW, models: [NEW] });
  await cleared();
  expect(await told(here, CollectionId)).toEqual({ ...before, model: NEW, models: [NEW] });
  expect(await here.send('UpgradeCollection', { CollectionId })).toEqual({ FaceModelVersion: NEW });
  // And the same photographs are known by the ids that they had.
  expect(await index(here, CollectionId, PHOTOGRAPHS[0]!)).toHaveLength(2);
  expect((await told(here, CollectionId)).counts).toEqual([5, 3]);
});

it('is exported and imported under the same ids', async () => {
  const { here, CollectionId } = await begun();
  await upgraded(here, CollectionId, PHOTOGRAPHS);
  const { Collection, Faces } = await here.send('ExportCollection', { CollectionId });
  const { FaceModelVersion, FaceModelSha256, FaceIdModelVersion } = Collection as Fields;
  expect({ FaceModelVersion, FaceIdModelVersion }).toEqual({
    FaceModelVersion: NEW,
    FaceIdModelVersion: OLD,
  });
  const C = { CollectionId: `${CollectionId}-copy` };
  const model = { FaceModelVersion, FaceModelSha256, FaceIdModelVersion };
  await here.send('ImportCollection', { ...C, ...model, Create: true, Faces });
  for (const bytes of PHOTOGRAPHS) await index(here, C.CollectionId, bytes);
  expect(await here.send('DescribeCollection', C)).toMatchObject({
    FaceCount: 5,
    FaceModelVersion: NEW,
  });
});

it('folds what it prepares, and leads back again', async () => {
  const { here, CollectionId, before } = await begun();
  await upgraded(here, CollectionId, PHOTOGRAPHS, { until: 'PREPARE' });
  const { maintenance, records } = world.maintenance();
  const collection = await records.collections.get(CollectionId);
  for (const name of ['faces-b', 'users-b'] as const) {
    expect(await maintenance.fold(collection, name)).toMatchObject({ outcome: 'folded' });
  }
  await upgraded(here, CollectionId, PHOTOGRAPHS);
  const after = { ...before, model: NEW, models: [NEW] };
  expect(await told(here, CollectionId)).toEqual(after);
  await cleared();
  expect(await told(here, CollectionId)).toEqual(after);
  const back = { CollectionId, Action: 'BEGIN', FaceModelVersion: OLD };
  await here.send('UpgradeCollection', back);
  const { Faces } = await here.send('UpgradeCollection', { CollectionId, Action: 'LIST' });
  expect(Faces).toHaveLength(5);
});

const CALLS = 70;
/** All of them with `npm run test:faults`, else every fifth. */
const EVERY = process.env.RECOLLECT_DEATHS === 'all' ? 1 : 5;
const DEATHS = Array.from({ length: CALLS }, (_, call) =>
  (['before', 'after'] as const).map((when) => ({ call: call + 1, when })),
)
  .flat()
  .filter((_, i) => i % EVERY === 0);

describe('a process that dies', () => {
  it('at any of its calls leaves the old or the new, and whoever goes on comes to the end', async () => {
    const { here, CollectionId, before } = await begun();
    const after = { ...before, model: NEW, models: [NEW] };
    const whole = world.environment();
    await upgraded(whole, CollectionId, PHOTOGRAPHS);
    expect(await told(here, CollectionId)).toEqual(after);
    expect(whole.calls()).toBeLessThanOrEqual(CALLS);
    for (const dies of DEATHS.filter(({ call }) => call <= whole.calls())) {
      const again = await begun();
      await upgraded(world.dying(dies), again.CollectionId, PHOTOGRAPHS).catch(() => undefined);
      const between = await told(here, again.CollectionId);
      const isNew = between.model === NEW;
      const expected = isNew ? { ...again.before, model: NEW, models: [NEW] } : again.before;
      expect(between, `${dies.when} call ${dies.call}`).toEqual(expected);
      await upgraded(here, again.CollectionId, PHOTOGRAPHS);
      expect(await told(here, again.CollectionId)).toEqual({
        ...again.before,
        model: NEW,
        models: [NEW],
      });
    }
  }, 240_000);

  it('is rolled back without a trace', async () => {
    for (const call of [5, 15, 25, 35]) {
      const { here, CollectionId, before } = await begun();
      const dying = world.dying({ call, when: 'after' });
      await upgraded(dying, CollectionId, PHOTOGRAPHS, { until: 'PREPARE' }).catch(() => undefined);
      const { maintenance, records, store } = world.maintenance();
      const collection = await records.collections.get(CollectionId);
      await maintenance.fold(collection, 'faces-b');
      await here.send('UpgradeCollection', { CollectionId, Action: 'ABORT' });
      await here.send('UpgradeCollection', { CollectionId, Action: 'ABORT' });
      // By the clock of the store.
      const clock = () => Date.now() + HOUR_MS;
      const { generation } = collection;
      await collectGarbage({ records, store, generation, clock });
      expect(await told(here, CollectionId)).toEqual(before);
      expect(await shadows(generation)).toEqual(NOTHING);
      expect((await records.collections.get(CollectionId)).upgrade).toBeUndefined();
    }
  });
});

describe('who writes meanwhile', () => {
  it('indexes, deletes and changes users in both', async () => {
    const { here, CollectionId, users, call } = await begun();
    await upgraded(here, CollectionId, PHOTOGRAPHS, { until: 'EMBED' });
    const [eve] = await index(here, CollectionId, photograph('eve'));
    await upgraded(here, CollectionId, PHOTOGRAPHS, { until: 'PREPARE' });
    const [ada] = await index(here, CollectionId, photograph('ada.3'));
    const { ada: adas = [], zoe: zoes = [] } = users;
    await here.send('CreateUser', { CollectionId, UserId: 'eve' });
    await here.send('AssociateFaces', { CollectionId, UserId: 'eve', FaceIds: [eve] });
    await here.send('AssociateFaces', { CollectionId, UserId: 'ada', FaceIds: [ada] });
    const gone = adas[0]!;
    await here.send('DisassociateFaces', { CollectionId, UserId: 'ada', FaceIds: [gone] });
    await here.send('DeleteFaces', { CollectionId, FaceIds: [gone] });
    await here.send('DeleteUser', { CollectionId, UserId: 'zoe' });
    const before = await told(here, CollectionId);
    await call('COMMIT');
    const after = await told(here, CollectionId);
    expect(after).toEqual({ ...before, model: NEW, models: [NEW] });
    expect(after.found).toMatchObject({ [eve!]: 'eve', [ada!]: 'ada', [adas[1]!]: 'ada' });
    expect(after.found[gone]).toBeUndefined();
    expect(after.found[zoes[0]!]).toBeUndefined();
  });

  it('and began before it looks again', async () => {
    const here = world.environment();
    const { CollectionId, users } = await enrolled(here, PHOTOGRAPHS);
    const old = await here.records.collections.get(CollectionId);
    await here.send('UpgradeCollection', { CollectionId, Action: 'BEGIN', FaceModelVersion: NEW });
    const stale = { name: 'CollectionChangedError' };
    const encode = () => new Uint8Array();
    const encoder = { vector: encode, deletion: encode, ofFaces: () => new Float32Array() };
    const box = { left: 0, top: 0, width: 1, height: 1 };
    const id = '00000000-0000-4000-8000-000000000000';
    const vector = Float32Array.of(1);
    const face = { id, imageId: id, box, confidence: 99, faceModel: OLD, vector };
    await expect(here.records.faces.insert(old, [face], encode)).rejects.toMatchObject(stale);
    await expect(here.records.users.create(old, 'eve', undefined)).rejects.toMatchObject(stale);
    const change = { associated: [], disassociated: users['ada']!, vector: undefined };
    await expect(
      here.records.users.change(old, 'ada', undefined, encoder, async () => ({
        change,
        answer: true,
      })),
    ).rejects.toMatchObject(stale);
    await expect(here.records.users.delete(old, 'zoe', undefined, encoder)).rejects.toMatchObject(
      stale,
    );
    // A deletion needs nothing but to know of the other index.
    await here.send('DisassociateFaces', { CollectionId, UserId: 'zoe', FaceIds: users['zoe'] });
    const { deleted } = await here.records.faces.delete(old, users['zoe']!, encode);
    expect(deleted).toEqual(users['zoe']);
    expect(await here.records.tail.read(old.generation, 'faces-b')).toMatchObject([
      { kind: 'remove' },
    ]);
  });

  it('deletes for good: the receipt waits for what was prepared', async () => {
    const { here, CollectionId, users } = await begun();
    await upgraded(here, CollectionId, PHOTOGRAPHS, { until: 'PREPARE' });
    const { maintenance, records, store } = world.maintenance();
    const collection = await records.collections.get(CollectionId);
    await maintenance.fold(collection, 'faces-b');
    const FaceIds = users['zoe']!;
    await here.send('DisassociateFaces', { CollectionId, UserId: 'zoe', FaceIds });
    await here.send('DeleteFaces', { CollectionId, FaceIds });
    const follow = async () => {
      const work = { records, store, clock: () => world.now, backupDays: 0 };
      const all = await pendingErasures({ records });
      const own = all.filter(({ generation }) => generation === collection.generation);
      return followErasures(work, own);
    };
    expect(await follow()).toMatchObject({ settled: 0 });
    await maintenance.fold(collection, 'faces');
    expect(await follow()).toMatchObject({ settled: 0 });
    await maintenance.fold(collection, 'faces-b');
    world.now += HOUR_MS;
    await maintenance.fold(collection, 'faces-b');
    const clock = () => Date.now() + HOUR_MS;
    await collectGarbage({ records, store, generation: collection.generation, clock });
    expect(await follow()).toMatchObject({ pending: 0 });
  });
});

it('two at once come to the same', async () => {
  const { here, CollectionId, before } = await begun();
  const both = [world.environment(), world.environment()].map((each) =>
    upgraded(each, CollectionId, PHOTOGRAPHS).catch((error: Error) => error.name),
  );
  await Promise.all(both);
  await upgraded(here, CollectionId, PHOTOGRAPHS);
  expect(await told(here, CollectionId)).toEqual({ ...before, model: NEW, models: [NEW] });
});

describe('faces without a photograph', () => {
  const FOUND = PHOTOGRAPHS.slice(0, 1);

  it('are named, and refused', async () => {
    const { here, CollectionId, users, call } = await begun();
    const { Upgrade } = await upgraded(here, CollectionId, FOUND, { until: 'PREPARE' });
    expect(Upgrade).toMatchObject({ FacesWithoutVector: 3, UsersWithoutVector: 1 });
    const { Faces } = await call('LIST');
    const missing = new Set((Faces as { FaceId: string }[]).map(({ FaceId }) => FaceId));
    expect(missing).toEqual(new Set([users['ada']![1], users['bob']![1], users['zoe']![0]]));
    await expect(call('COMMIT')).rejects.toMatchObject({
      name: 'ConflictException',
      message: expect.stringMatching(/^3 faces .* 1 users would have no face left/),
    });
  });

  it('are dropped as told: in no answer from the switch on, then in no place, with a receipt', async () => {
    const { here, CollectionId, users, before, call } = await begun();
    await upgraded(here, CollectionId, FOUND, { until: 'PREPARE' });
    await call('COMMIT', { Missing: 'DROP' });
    const kept = [users['ada']![0]!, users['bob']![0]!];
    const after = await told(here, CollectionId);
    expect(Object.keys(after.owners).sort()).toEqual([...kept].sort());
    expect(after.found).toEqual({ [kept[0]!]: 'ada', [kept[1]!]: 'bob' });
    // Who is indexed again before the rest is gone stays.
    const [, again] = await index(here, CollectionId, PHOTOGRAPHS[1]!);
    expect(Object.keys(before.owners)).toContain(again);
    await cleared();
    const now = await told(here, CollectionId);
    expect(now.counts).toEqual([4, 3]);
    expect(Object.keys(now.owners)).toContain(again);
    const { records } = world.environment();
    const causes: string[] = [];
    for await (const { cause } of records.erasures.receipts(CollectionId)) causes.push(cause);
    expect(causes).toContain('UPGRADE');
    expect(await call('BEGIN', { FaceModelVersion: OLD })).toMatchObject({
      Upgrade: { State: 'FACES' },
    });
  });

  it('found later are prepared anew, users too', async () => {
    const { here, CollectionId, before } = await begun();
    await upgraded(here, CollectionId, FOUND, { until: 'PREPARE' });
    await upgraded(here, CollectionId, PHOTOGRAPHS);
    expect(await told(here, CollectionId)).toEqual({ ...before, model: NEW, models: [NEW] });
  });
});

it('finds a face by its place, and in another copy of the photograph by its looks', async () => {
  const { CollectionId, users, call } = await begun();
  expect(CollectionId).toBeDefined();
  await call('BEGIN', { FaceModelVersion: NEW });
  const embed = async (bytes: Buffer, FaceIds: string[]) => {
    const { EmbeddedFaces } = await call('EMBED', { Image: inline(bytes), FaceIds });
    return (EmbeddedFaces as { Outcome: string }[]).map(({ Outcome }) => Outcome);
  };
  const FaceIds = [users['ada']![0]!, users['bob']![0]!];
  // Somebody else in the same place, and the right ones elsewhere.
  expect(await embed(photograph('zoe', 'eve'), FaceIds)).toEqual(
    Array(2).fill('NOT_IN_PHOTOGRAPH'),
  );
  expect(await embed(photograph('bob', 'ada'), FaceIds)).toEqual(
    Array(2).fill('NOT_IN_PHOTOGRAPH'),
  );
  expect(await embed(photograph('ada', 'bob', 'eve'), FaceIds)).toEqual(Array(2).fill('EMBEDDED'));
  expect(
    await embed(PHOTOGRAPHS[0]!, [...FaceIds, '00000000-0000-4000-8000-000000000000']),
  ).toEqual(['EMBEDDED', 'EMBEDDED', 'NOT_FOUND']);
  expect(idOf(PHOTOGRAPHS[0]!)).not.toBe(idOf(photograph('ada', 'bob', 'eve')));
});

it('keeps out after it whom a vector kept out before', async () => {
  const { here, CollectionId, users } = await begun();
  await here.send('SuppressFaces', { CollectionId, FaceIds: users['zoe'], By: ['VECTOR'] });
  await upgraded(here, CollectionId, PHOTOGRAPHS);
  expect(await index(here, CollectionId, photograph('zoe.2', 'eve'))).toHaveLength(1);
});

it('is refused where it makes no sense, and changes nothing then', async () => {
  const { here, CollectionId, before, call } = await begun();
  const refused = (promise: Promise<unknown>) => expect(promise).rejects;
  await refused(call('BEGIN')).toMatchObject({ name: 'InvalidParameterException' });
  await refused(call('BEGIN', { FaceModelVersion: OLD })).toMatchObject({
    name: 'InvalidParameterException',
  });
  await refused(call('BEGIN', { FaceModelVersion: 'three' })).toMatchObject({
    name: 'FaceModelMissingError',
  });
  for (const action of ['LIST', 'PREPARE', 'COMMIT']) {
    await refused(call(action)).toMatchObject({ name: 'ConflictException' });
  }
  await refused(call('EMBED')).toMatchObject({ name: 'InvalidParameterException' });
  expect(await call('ABORT')).toEqual({ FaceModelVersion: OLD });
  await call('BEGIN', { FaceModelVersion: NEW });
  await call('BEGIN', { FaceModelVersion: NEW });
  await refused(call('COMMIT')).toMatchObject({ name: 'ConflictException' });
  const vectors = { CollectionId, FaceModelVersion: OLD, Faces: [] };
  await refused(here.send('ImportCollection', vectors)).toMatchObject({
    name: 'ConflictException',
  });
  expect(await told(here, CollectionId)).toEqual(before);
});
