/** Calibrating: on the users of a collection, on folders, and what is refused. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AssociateFaces } from '../../../functions/associate-faces.ts';
import type { Services } from '../../../functions/common/services.ts';
import { openTarget } from '../../../infra/commands/operate/open.ts';
import { startLocal } from '../../../infra/local/stack.ts';
import {
  install,
  openFaceModels,
  readInstalled,
  rewrite,
} from '../../../infra/models/installed.ts';
import { BUILT_IN_ENTRIES, USUAL_CONVENTION } from '../../../layers/inference/index.ts';
import { encodeShard } from '../../../layers/vectors/index.ts';
import { Random } from '../../support/random.ts';
import { ran } from '../../support/recollect.ts';

const [PEOPLE, EACH, DIMENSION] = [170, 2, 64];
const CALL = { region: 'eu-central-1', accountId: '000000000000', requestId: 'r' };

let data: string;
beforeAll(async () => {
  data = await mkdtemp(path.join(tmpdir(), 'recollect-calibrate-'));
  const network = path.join(data, 'network');
  await writeFile(network, 'stands for a network that is not run');
  const convention = { ...USUAL_CONVENTION, input: 'data', output: 'fc1' };
  const embedder = { file: 'model.onnx', bytes: 36, sha256: '0'.repeat(64), convention };
  const licence = { name: 'MIT', commercial: true };
  await install(
    data,
    { version: 'own', dimension: DIMENSION, embedder, licence, origin: 'test' },
    network,
  );
  await rewrite(data, {
    ...(await readInstalled(data))[0]!,
    calibration: BUILT_IN_ENTRIES[0]!.calibration,
  });
  const stack = await startLocal({ host: '127.0.0.1', port: 0, s3Port: 0, data, foldAt: 1000 });
  await stack.close();
}, 60_000);
afterAll(() => rm(data, { recursive: true, force: true }));

async function enrol(): Promise<void> {
  const opened = await openTarget({ kind: 'folder', data });
  const { records, faceModels } = opened;
  const collection = await records.collections.create('staff', 'own', {});
  const random = new Random(5);
  const services = { records, faceModels, jobs: { tailGrew: async () => undefined } };
  for (let person = 0; person < PEOPLE; person++) {
    const centre = random.unitVector(DIMENSION);
    const faces = Array.from({ length: EACH }, () => {
      const noise = random.unitVector(DIMENSION);
      const raw = centre.map((value, i) => value + 0.4 * noise[i]!);
      const length = Math.hypot(...raw);
      const id = random.uuid();
      const box = { left: 0, top: 0, width: 1, height: 1 };
      const vector = raw.map((value) => value / length);
      return { id, imageId: id, box, confidence: 99, faceModel: 'own', vector };
    });
    await records.faces.insert(collection, faces, (added) => encodeShard('own', DIMENSION, added));
    const UserId = `person-${person}`;
    await records.users.create(collection, UserId, undefined);
    const FaceIds = faces.map(({ id }) => id);
    const body = { CollectionId: 'staff', UserId, FaceIds, UserMatchThreshold: 0 };
    await AssociateFaces.prepare(JSON.stringify(body)).run(
      services as unknown as Services,
      CALL as never,
    );
  }
  await opened.close();
}

it('takes the users of a collection, writes the knots, and draws', async () => {
  await enrol();
  // As it is before the first calibration.
  const { calibration: _, ...model } = (await readInstalled(data))[0]!;
  await rewrite(data, model);
  const picture = path.join(data, 'plot.svg');
  // The collection cannot be opened by a service now, but its vectors are there.
  const { code, printed, said } = await ran([
    ...['models', 'calibrate', 'own', '--collection', 'staff'],
    ...['--data', data, '--plot', picture],
  ]);
  expect({ code, said }).toEqual({ code: 0, said: '' });
  expect(printed).toMatch(
    /340 photographs of 170 people.*\n170 pairs of one person, 57,460 of strangers/,
  );
  expect(printed).toMatch(/models default own/);
  expect(await readFile(picture, 'utf8')).toMatch(
    /^<svg [\s\S]*generalised Pareto fit[\s\S]*<\/svg>\n$/,
  );

  const calibrated = (await openFaceModels(data)).get('own');
  // Cosines of unrelated directions in 64 dimensions are about normal with a deviation of 1 / 8: 1 in 1,000 is at .386
  // of a normal, and 1 in a million at .594.
  expect(calibrated.cosineAt(40)).toBeGreaterThan(0.34);
  expect(calibrated.cosineAt(40)).toBeLessThan(0.42);
  expect(calibrated.cosineAt(99)).toBeGreaterThan(0.48);
  expect(calibrated.cosineAt(99)).toBeLessThan(0.68);
  expect(await ran(['models', 'default', 'own', '--data', data])).toMatchObject({ code: 0 });
  const listed = await ran(['models', 'list', '--data', data]);
  expect(listed.printed).toMatch(/own +default; 64 numbers; 0\.0 MB; MIT; from test/);
  expect(listed.printed).toMatch(/arcface-r100 +261 MB; Apache-2\.0; LFW 99\.77/);
  expect(listed.printed).toMatch(/insightface-r50 .*not for business.*you bring the file/);
}, 120_000);

it('refuses collections of another model, and too few people, and changes nothing', async () => {
  const before = await readInstalled(data);
  const other = await ran(['models', 'calibrate', '1.0', '--collection', 'staff', '--data', data]);
  expect(other).toMatchObject({
    code: 1,
    said: expect.stringContaining('has the face model own, not 1.0'),
  });
  const folder = path.join(data, 'people');
  await mkdir(path.join(folder, 'ada'), { recursive: true });
  const few = await ran(['models', 'calibrate', 'own', folder, '--data', data]);
  expect(few).toMatchObject({
    code: 1,
    said: expect.stringMatching(/has no people: .*a subfolder.*The calibration stays as it was/),
  });
  expect((await ran(['models', 'calibrate', 'nobody', folder, '--data', data])).said).toMatch(
    /no face model nobody/,
  );
  expect(await ran(['models', 'calibrate', 'own', '--data', data])).toMatchObject({ code: 2 });
  expect(await readInstalled(data)).toEqual(before);
});
