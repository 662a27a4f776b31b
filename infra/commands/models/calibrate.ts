/** Calibrates an installed face model on photographs of people, or on the users of a collection. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { calibratedMap, type FaceModelEntry, Inference } from '../../../layers/inference/index.ts';
import { calibrate } from '../../../models/calibrate/calibrate.ts';
import type { EmbeddedPhotograph } from '../../../models/calibrate/embeddings.ts';
import { calibrateFolder, type FolderResult } from '../../../models/calibrate/folder.ts';
import { PeopleError } from '../../../models/calibrate/people.ts';
import { plot } from '../../../models/calibrate/plot.ts';
import { reportLines } from '../../../models/calibrate/report.ts';
import { compareAll } from '../../../models/calibrate/scores.ts';
import { TailError } from '../../../models/calibrate/tail.ts';
import { randomOf } from '../../../models/train/random.ts';
import { installedLoader, openFaceModels, readInstalled, rewrite } from '../../models/installed.ts';
import { MODELS } from '../../models/sample-faces.ts';
import { Failure, type Surroundings } from '../cli/index.ts';
import { openTarget } from '../operate/open.ts';

interface Request {
  readonly name: string;
  readonly folder: string | undefined;
  readonly collection: string | undefined;
  readonly plot: string | undefined;
  readonly data: string;
}

/** @throws Failure where there are too few people, or no such face model */
export async function calibrateModel(
  request: Request,
  surroundings: Surroundings,
): Promise<undefined> {
  const { name, data } = request;
  const { print } = surroundings;
  const faceModels = await openFaceModels(data);
  const entry = faceModels.entries.find(({ version }) => version === name);
  if (entry === undefined) {
    throw new Failure(`There is no face model ${name}; recollect models list shows what there is.`);
  }
  const { calibration, lines, picture } = await measured(request, entry, surroundings);
  for (const line of lines) print(line);
  if (request.plot !== undefined) await writeFile(request.plot, picture);
  const installed = (await readInstalled(data)).find(({ version }) => version === name);
  if (installed === undefined) {
    print(`\nThe face model ${name} comes with Recollect and keeps its own calibration.`);
    return;
  }
  await rewrite(data, { ...installed, calibration });
  print(
    `\nThe face model ${name} is calibrated. New collections get it with\n  recollect models default ${name}\nand a single one with the tag recollect:face-model=${name}.`,
  );
}

async function measured(
  request: Request,
  entry: FaceModelEntry,
  surroundings: Surroundings,
): Promise<Pick<FolderResult, 'calibration' | 'lines' | 'picture'>> {
  try {
    return request.folder === undefined
      ? await onUsers(request, entry)
      : await onFolder(request, request.folder, entry, surroundings);
  } catch (cause) {
    if (cause instanceof TailError || cause instanceof PeopleError) {
      throw new Failure(`${cause.message} The calibration stays as it was.`, { cause });
    }
    throw cause;
  }
}

async function onFolder(
  { data }: Request,
  folder: string,
  entry: FaceModelEntry,
  { say }: Surroundings,
): Promise<FolderResult> {
  const faceModels = await openFaceModels(data);
  const inference = new Inference({
    models: MODELS,
    threads: 2,
    faceModels,
    load: installedLoader(faceModels),
  });
  try {
    return await calibrateFolder({
      folder,
      source: path.basename(path.resolve(folder)),
      inference,
      model: entry,
      title: `Face model ${entry.version}`,
      random: random(),
      note: say,
    });
  } finally {
    await inference.close();
  }
}

/** The faces of a collection that belong to users: each user is a person. */
async function onUsers(
  { data, collection: id }: Request,
  { version }: FaceModelEntry,
): Promise<Pick<FolderResult, 'calibration' | 'lines' | 'picture'>> {
  const opened = await openTarget({ kind: 'folder', data });
  try {
    const collection = await opened.records.collections.get(id ?? '');
    if (collection.faceModel !== version) {
      throw new Failure(
        `The collection ${id} has the face model ${collection.faceModel}, not ${version}: its vectors say nothing of that.`,
      );
    }
    const embedded: EmbeddedPhotograph[] = [];
    for await (const face of opened.records.faces.all(collection)) {
      if (face.userId === undefined) continue;
      const embedding = { vector: face.vector, norm: 0, symmetry: 0 };
      embedded.push({ person: face.userId, file: face.externalImageId ?? face.id, embedding });
    }
    if (new Set(embedded.map(({ person }) => person)).size < 2) {
      throw new PeopleError(`The collection ${id} has no two users with faces.`);
    }
    const scores = compareAll(embedded, { isOnePerson: () => false });
    const calibration = calibrate(scores, `users of the collection ${id}`);
    const { cosineAt } = calibratedMap(calibration);
    return {
      calibration,
      lines: reportLines(scores, calibration, cosineAt, random()),
      picture: plot(`Face model ${version}`, scores, calibration, cosineAt),
    };
  } finally {
    await opened.close();
  }
}

function random(): () => number {
  const dice = randomOf('intervals');
  return () => dice.between(0, 1);
}
