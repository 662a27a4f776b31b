import {
  decodeToken,
  encodeToken,
  extension,
  type Infer,
  ServiceError,
} from '../../layers/protocol/index.ts';
import { type Collection, keptOf, shadowOf } from '../../layers/records/index.ts';
import { FACE_MODEL_TAG } from '../common/chosen-face-model.ts';
import { imageId } from '../common/identity.ts';
import { moveKept } from '../common/keeping.ts';
import { sameFaces } from '../common/same-face.ts';
import type { Services } from '../common/services.ts';
import { INVALID_PARAMETERS } from '../common/texts.ts';
import { timeForAPage } from '../common/time-limit.ts';
import { clearUpgrade, isClearable, prepareUpgrade } from '../common/upgrading.ts';
import { facesTail } from '../common/users.ts';
import { withCollection } from '../common/with-collection.ts';
import { upgradeCollection } from './contracts/upgrade-collection.ts';

type Input = Infer<typeof upgradeCollection.input>;
type Output = Infer<typeof upgradeCollection.output>;
type Action = (services: Services, collection: Collection, input: Input) => Promise<Output>;

const DEFAULT_PAGE = 1000;

/** Another copy of a photograph must show somebody whom one stranger in a million resembles as much. */
const LEAST_SIMILARITY = 99;

export const UpgradeCollection = extension(upgradeCollection, async (input, services: Services) => {
  const answer = await withCollection(services, input.CollectionId, async (collection) =>
    input.Action === undefined ? {} : ACTIONS[input.Action](services, collection, input),
  );
  return { ...described(await services.records.collections.get(input.CollectionId)), ...answer };
});

function described({ faceModel, upgrade }: Collection): Output {
  return {
    FaceModelVersion: faceModel,
    Upgrade: upgrade && {
      FaceModelVersion: upgrade.faceModel,
      State: upgrade.phase,
      StartTimestamp: new Date(upgrade.startedAt),
      FacesWithoutVector: upgrade.missing?.faces,
      UsersWithoutVector: upgrade.missing?.users,
      KeptFaceModelVersion: upgrade.phase === 'KEPT' ? upgrade.keptFaceModel : undefined,
      Outcome: upgrade.outcome,
    },
  };
}

const begin: Action = async ({ records, faceModels }, collection, { FaceModelVersion }) => {
  if (FaceModelVersion === undefined) {
    throw new ServiceError('InvalidParameterException', INVALID_PARAMETERS);
  }
  const { version } = faceModels.get(FaceModelVersion);
  const { id, faceModel, upgrade } = collection;
  if (upgrade?.outcome !== undefined && upgrade.faceModel === version && faceModel === version) {
    return {};
  }
  if (upgrade?.phase === 'KEPT') {
    throw conflict(
      `Faces of ${id} are kept in the face model ${upgrade.keptFaceModel}; EMBED their photographs, or COMMIT with DROP, then begin.`,
    );
  }
  if (upgrade?.phase === 'CLEARING') {
    throw conflict(
      `What the last upgrade of ${id} has left is being cleared, which begins a quarter of an hour after it; try again then.`,
    );
  }
  if (upgrade !== undefined && upgrade.faceModel !== version) {
    throw conflict(
      `The collection ${id} is being upgraded to the face model ${upgrade.faceModel}; commit or abort that first.`,
    );
  }
  if (faceModel === version) {
    throw new ServiceError(
      'InvalidParameterException',
      `The collection has the face model ${version} already.`,
    );
  }
  if (upgrade === undefined) await records.upgrades.begin(collection, version);
  return {};
};

const list: Action = async ({ records }, collection, { NextToken, MaxResults = DEFAULT_PAGE }) => {
  const kept = keptOf(collection);
  const [place, view] = kept ? [kept, collection] : [collection, requireUpgrade(collection)];
  const scope = ['UpgradeCollection', collection.generation, view.faceModel];
  const proceed = timeForAPage();
  const Faces: NonNullable<Output['Faces']> = [];
  const after = decodeToken(scope, NextToken);
  for await (const { line, lacks } of records.faces.lacking(place, view, after)) {
    const { id, imageId: ImageId, externalImageId: ExternalImageId } = line;
    if (lacks) Faces.push({ FaceId: id, ImageId, ExternalImageId });
    if (Faces.length < MaxResults && proceed()) continue;
    return { Faces, NextToken: encodeToken(scope, id) };
  }
  return { Faces };
};

const embed: Action = async (services, collection, { Image, FaceIds = [] }) => {
  if (Image === undefined || FaceIds.length === 0) {
    throw new ServiceError('InvalidParameterException', INVALID_PARAMETERS);
  }
  const { records, inference, images, faceModels } = services;
  const kept = keptOf(collection);
  const view = kept ? collection : requireUpgrade(collection);
  const ids = [...new Set(FaceIds)];
  const faces = await records.faces.getMany(collection, ids);
  const done = new Set((await records.faces.vectorsOf(view, ids)).map(({ id }) => id));
  const wanted = faces.filter(({ id }) => !done.has(id));
  const bytes = await images.load(Image);
  if (wanted.length > 0) {
    const picture = await inference.read(bytes);
    const found = await inference.findFaces(picture);
    const { faceModel } = kept ?? collection;
    const isInstalled = faceModels.entries.some(({ version }) => version === faceModel);
    const same = await sameFaces(inference, picture, found, {
      faces: wanted,
      image: imageId(bytes),
      leastCosine: isInstalled ? faceModels.get(faceModel).cosineAt(LEAST_SIMILARITY) : undefined,
      faceModel,
    });
    const distinct = [...new Set(same.values())];
    const embedded =
      distinct.length > 0 ? await inference.embed(picture, distinct, view.faceModel) : [];
    inference.release(picture);
    const vectors = [...same].flatMap(([id, face]) => {
      const { vector, norm } = embedded[distinct.indexOf(face)] ?? {};
      return vector ? [{ id, faceModel: view.faceModel, vector, norm }] : [];
    });
    if (kept) await moveKept(services, collection, vectors);
    else await give(services, collection, view, vectors);
    for (const { id } of vectors) done.add(id);
  }
  const there = new Set(faces.map(({ id }) => id));
  return {
    EmbeddedFaces: ids.map((FaceId) => {
      if (!there.has(FaceId)) return { FaceId, Outcome: 'NOT_FOUND' };
      return { FaceId, Outcome: done.has(FaceId) ? 'EMBEDDED' : 'NOT_IN_PHOTOGRAPH' };
    }),
  };
};

/** Where it has been prepared already, that is done anew: users must know of every vector. */
async function give(
  { records, jobs }: Services,
  collection: Collection,
  view: Collection,
  vectors: Parameters<Services['records']['faces']['give']>[1],
): Promise<void> {
  if (vectors.length === 0) return;
  if (collection.upgrade?.phase !== 'FACES') {
    await records.upgrades.reopen(collection);
    const now = await records.collections.get(collection.id);
    const again = requireUpgrade(now);
    return give({ records, jobs } as Services, now, again, vectors);
  }
  const { given } = await records.faces.give(view, vectors, facesTail);
  if (given.length > 0) await jobs.tailGrew(collection, 'faces', given.length);
}

const prepare: Action = async (services, collection) => {
  // Who is kept moves with the user: there is nothing left to prepare.
  if (keptOf(collection)) return {};
  requireUpgrade(collection);
  const { records } = services;
  if (collection.upgrade?.phase === 'FACES') await records.upgrades.prepare(collection);
  const now = await records.collections.get(collection.id);
  if (now.upgrade?.phase === 'PREPARING') await prepareUpgrade(services, now, timeForAPage());
  return {};
};

const commit: Action = async ({ records }, collection, { Missing = 'REFUSE' }) => {
  const { id, upgrade, tags } = collection;
  if (upgrade?.phase === 'KEPT' && Missing === 'DROP') await records.upgrades.release(collection);
  if (upgrade?.outcome === 'COMMITTED') return {};
  const view = requireUpgrade(collection);
  if (upgrade?.phase !== 'READY') {
    throw conflict(`The upgrade of ${id} is not ready; PREPARE it until it is.`);
  }
  const { faces = 0, users = 0 } = upgrade.missing ?? {};
  if (faces > 0 && Missing === 'REFUSE') {
    throw conflict(
      `${faces} faces of ${id} have no vector of the face model ${view.faceModel}, and ${users} users would have no face left: EMBED their photographs, KEEP them in the face model that they have, or DROP them.`,
    );
  }
  const isTagged = tags[FACE_MODEL_TAG] !== undefined;
  await records.upgrades.commit(
    collection,
    { ...tags, ...(isTagged && { [FACE_MODEL_TAG]: view.faceModel }) },
    Missing === 'KEEP' && faces > 0 ? 'keep' : 'drop',
  );
  return {};
};

const abort: Action = async (services, collection) => {
  const { records } = services;
  const { id, upgrade } = collection;
  if (upgrade === undefined) return {};
  if (upgrade.outcome === 'COMMITTED') {
    throw conflict(
      `The upgrade of ${id} is committed; an upgrade to the face model it had leads back.`,
    );
  }
  if (upgrade.outcome === undefined) await records.upgrades.abort(collection);
  const now = await records.collections.get(id);
  if (isClearable(now, 0)) await clearUpgrade(services, now, timeForAPage());
  return {};
};

const ACTIONS: Readonly<Record<NonNullable<Input['Action']>, Action>> = {
  BEGIN: begin,
  LIST: list,
  EMBED: embed,
  PREPARE: prepare,
  COMMIT: commit,
  ABORT: abort,
};

/** @returns the collection as it will be */
function requireUpgrade(collection: Collection): Collection {
  const view = shadowOf(collection);
  if (view !== undefined) return view;
  throw conflict(`No upgrade of ${collection.id} is under way; BEGIN one.`);
}

function conflict(message: string): ServiceError {
  return new ServiceError('ConflictException', message);
}
