/** Shows face models, chooses the default, and removes what nobody uses. */
import { BUILT_IN_ENTRIES, type FaceModelEntry } from '../../../layers/inference/index.ts';
import { hasData } from '../../local/data-folder.ts';
import { megabytes } from '../../models/download.ts';
import {
  type InstalledModel,
  openFaceModels,
  readDefault,
  readInstalled,
  uninstall,
  writeDefault,
} from '../../models/installed.ts';
import { RECIPES } from '../../models/recipes.ts';
import { Failure, type Surroundings } from '../cli/index.ts';
import { openTarget } from '../operate/open.ts';

interface Where {
  readonly data: string;
}

export async function list(
  { data, json }: Where & { readonly json: boolean },
  { print }: Surroundings,
): Promise<undefined> {
  const [installed, chosen] = [await readInstalled(data), await readDefault(data)];
  if (json) {
    const described = [...BUILT_IN_ENTRIES, ...installed].map((entry) => ({
      ...entry,
      isDefault: entry.version === chosen,
    }));
    print(JSON.stringify({ models: described, recipes: Object.fromEntries(RECIPES) }, null, 2));
    return;
  }
  print('Face models:');
  for (const entry of BUILT_IN_ENTRIES) print(line(entry, chosen, 'comes with Recollect'));
  for (const model of installed) print(line(model, chosen, aboutAdded(model)));
  print('\nRecipes, for recollect models add:');
  for (const [name, { bytes, licence, published, url }] of RECIPES) {
    const about = [
      bytes === undefined ? 'size not known' : megabytes(bytes),
      licence.commercial ? licence.name : `${licence.name}: not for business`,
      published,
      licence.note,
      url === undefined ? 'you bring the file' : undefined,
    ];
    print(`  ${name.padEnd(18)} ${about.filter(Boolean).join('; ')}`);
  }
}

function line(entry: FaceModelEntry, chosen: string, about: string): string {
  const { version, dimension, embedder, calibration } = entry;
  const state =
    calibration === undefined ? 'not calibrated' : version === chosen ? 'default' : 'calibrated';
  return `  ${version.padEnd(18)} ${state}; ${dimension} numbers; ${megabytes(embedder.bytes)}; ${about}`;
}

function aboutAdded({ licence, origin, millisecondsPerFace }: InstalledModel): string {
  const time =
    millisecondsPerFace === undefined ? '' : `; ${millisecondsPerFace.toFixed(0)} ms a face`;
  return `${licence.name}${licence.commercial ? '' : ' (not for business)'}; from ${origin}${time}`;
}

/** @throws FaceModelMissingError unless it is installed and calibrated */
export async function choose(
  version: string,
  { data }: Where,
  { print }: Surroundings,
): Promise<undefined> {
  const models = await openFaceModels(data);
  try {
    models.get(version);
  } catch (cause) {
    throw new Failure(cause instanceof Error ? cause.message : String(cause), { cause });
  }
  await writeDefault(data, version);
  print(
    `New collections get the face model ${version}, once the service is started again. Those that exist keep theirs.`,
  );
}

/** @throws Failure while collections use it, or the service runs */
export async function remove(
  version: string,
  { data }: Where,
  { print }: Surroundings,
): Promise<undefined> {
  const installed = await readInstalled(data);
  if (!installed.some((model) => model.version === version)) {
    const isBuiltIn = BUILT_IN_ENTRIES.some((entry) => entry.version === version);
    throw new Failure(
      isBuiltIn
        ? `The face model ${version} comes with Recollect and stays.`
        : `There is no face model ${version} in ${data}; recollect models list shows what there is.`,
    );
  }
  const users = await collectionsWith(version, data);
  if (users.length > 0) {
    throw new Failure(
      `${users.length} collection${users.length === 1 ? ' still needs' : 's still need'} the face model ${version}: ${users.slice(0, 5).join(', ')}${users.length > 5 ? ', ...' : ''}. Delete them first, or upgrade them to another (recollect upgrade-collection); people who are suppressed by a vector of it need it too.`,
    );
  }
  if ((await readDefault(data)) === version) {
    throw new Failure(
      `${version} is what new collections get; choose another first: recollect models default ${BUILT_IN_ENTRIES[0]!.version}`,
    );
  }
  await uninstall(data, version);
  print(`The face model ${version} is removed.`);
}

/** Those that have it, are being upgraded to it, keep faces in it, or keep somebody out by a vector of it. */
async function collectionsWith(version: string, data: string): Promise<string[]> {
  if (!(await hasData(data))) return [];
  const opened = await openTarget({ kind: 'folder', data });
  try {
    const { collections, suppressions } = opened.records;
    const ids: string[] = [];
    for await (const { id } of collections.list()) {
      const collection = await collections.get(id);
      const suppressed = (await suppressions.vectors(collection)).map(({ faceModel }) => faceModel);
      const { faceModel, upgrade } = collection;
      const kept = upgrade?.phase === 'KEPT' ? upgrade.keptFaceModel : undefined;
      if ([faceModel, upgrade?.faceModel, kept, ...suppressed].includes(version)) {
        ids.push(id);
      }
    }
    return ids;
  } finally {
    await opened.close();
  }
}
