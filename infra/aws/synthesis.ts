/**
 * From an app's context to a cloud assembly: reads the settings, builds bundles and layer, makes the stack
 * and has it checked. Needs neither credentials nor Docker, nor the network once npm has fetched what the
 * layer needs for another architecture.
 */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { App } from 'aws-cdk-lib';
import { Validations } from 'aws-cdk-lib';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { AwsSolutionsChecks } from 'cdk-nag';
import { operations as all, withoutVideo } from '../../functions/operations.ts';
import { BUILT_IN_ENTRIES, DEFAULT_FACE_MODEL, FaceModels } from '../../layers/inference/index.ts';
import { type InstalledModel, modelsFolder, NETWORK, readInstalled } from '../models/installed.ts';
import { bundle } from './assets/bundles.ts';
import { entries, WEB } from './assets/entries.ts';
import { buildLayer } from './assets/layer.ts';
import { buildVideoLayer } from './assets/video-layer.ts';
import { packWeb } from './assets/web-package.ts';
import { ConfigurationError, readConfiguration, type StackConfiguration } from './configuration.ts';
import { place } from './placement.ts';
import { Steps } from './progress.ts';
import { RecollectStack } from './stack.ts';

/**
 * @param say told of each step of work that takes more than two seconds. Default: nobody is
 * @throws ConfigurationError, and what bundling, npm and the smoke test of the layer throw
 */
export async function synthesise(
  app: App,
  say: (line: string) => void = () => undefined,
): Promise<CloudAssembly> {
  const steps = new Steps(say, () => performance.now());
  const configuration = readConfiguration(app.node.getAllContext());
  // The CDK copies what it deploys, so the bundles are needed no longer than this.
  const folder = await mkdtemp(path.join(tmpdir(), 'recollect-bundles-'));
  try {
    const { architecture, data, faceModel = DEFAULT_FACE_MODEL } = configuration;
    const operations = configuration.video ? all : withoutVideo;
    const isWeb = configuration.sdk === 'web-function';
    const chosen = await chosenModels(configuration);
    steps.begin(`Building the layer for ${architecture}`);
    const added = place(chosen, await bytesOf(await buildLayer(architecture)));
    const models = added.map(({ entry }) => entry);
    // What the functions would find out when it is too late.
    new FaceModels([...BUILT_IN_ENTRIES, ...models], faceModel);
    for (const { version } of models) {
      new FaceModels([...BUILT_IN_ENTRIES, ...models], version);
    }
    const inLayer = added
      .filter(({ place }) => place === 'layer')
      .map(({ name, entry: { version, embedder } }) => ({
        name,
        file: path.resolve(modelsFolder(data), version, NETWORK),
        sha256: embedder.sha256,
      }));
    const modules = entries(operations, isWeb, configuration.auditDays > 0);
    steps.begin(`Bundling ${modules.size} functions`);
    const [bundles, layer] = await Promise.all([
      bundle(modules, folder, { ADDED_FACE_MODELS: JSON.stringify(models) }),
      buildLayer(architecture, inLayer),
    ]);
    const decoder = configuration.video
      ? await buildVideoLayer(path.join(folder, 'video-layer'))
      : undefined;
    if (isWeb) steps.begin('Packing the web function');
    const web = isWeb
      ? await packWeb(bundles.folder(WEB), layer, path.join(folder, 'web-package'))
      : undefined;
    steps.begin('Writing the template');
    await nextTurn();
    new RecollectStack(app, {
      configuration,
      operations,
      faceModel,
      added,
      bundle: bundles.folder,
      layer,
      decoder,
      web,
    });
    steps.begin('Checking the template against the AWS Solutions rules');
    await nextTurn();
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    return app.synth();
  } finally {
    steps.end();
    await rm(folder, { recursive: true, force: true });
  }
}

/** @throws ConfigurationError where one of them was never added */
async function chosenModels({ faceModels, data }: StackConfiguration): Promise<InstalledModel[]> {
  if (faceModels.length === 0) return [];
  const installed = await readInstalled(data);
  const problems = faceModels
    .filter((name) => !installed.some(({ version }) => version === name))
    .map((name) => `There is no face model ${name} in ${data}: recollect models add`);
  if (problems.length > 0) throw new ConfigurationError(problems);
  return installed.filter(({ version }) => faceModels.includes(version));
}

async function bytesOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await stat(path.join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}
