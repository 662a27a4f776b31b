/**
 * The CDK app: reads the settings, builds bundles and layer, and makes the stack. Needs neither network
 * nor credentials nor Docker, once npm has fetched what the layer needs for another architecture.
 */
import path from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { operations } from '../functions/operations.ts';
import { DEFAULT_FACE_MODEL } from '../layers/inference/index.ts';
import { bundle } from './assets/bundles.ts';
import { entries } from './assets/entries.ts';
import { buildLayer } from './assets/layer.ts';
import { ConfigurationError, readConfiguration } from './configuration.ts';
import { RecollectStack } from './stack.ts';

const BUNDLES = path.resolve(import.meta.dirname, '../.cache/bundles');

async function main(): Promise<void> {
  const app = new App();
  const configuration = readConfiguration(app.node.getAllContext());
  const [bundles, layer] = await Promise.all([
    bundle(entries(operations), BUNDLES),
    buildLayer(configuration.architecture),
  ]);
  new RecollectStack(app, {
    configuration,
    operations,
    faceModel: DEFAULT_FACE_MODEL,
    bundle: bundles.folder,
    layer,
  });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
}

main().catch((error: unknown) => {
  console.error(error instanceof ConfigurationError ? error.message : error);
  process.exitCode = 1;
});
