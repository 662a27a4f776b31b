/**
 * From an app's context to a cloud assembly: reads the settings, builds bundles and layer, makes the stack
 * and has it checked. Needs neither credentials nor Docker, nor the network once npm has fetched what the
 * layer needs for another architecture.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { App } from 'aws-cdk-lib';
import { Validations } from 'aws-cdk-lib';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { AwsSolutionsChecks } from 'cdk-nag';
import { operations } from '../../functions/operations.ts';
import { DEFAULT_FACE_MODEL } from '../../layers/inference/index.ts';
import { bundle } from './assets/bundles.ts';
import { entries } from './assets/entries.ts';
import { buildLayer } from './assets/layer.ts';
import { readConfiguration } from './configuration.ts';
import { RecollectStack } from './stack.ts';

/** @throws ConfigurationError, and what bundling, npm and the smoke test of the layer throw */
export async function synthesise(app: App): Promise<CloudAssembly> {
  const configuration = readConfiguration(app.node.getAllContext());
  // The CDK copies what it deploys, so the bundles are needed no longer than this.
  const folder = await mkdtemp(path.join(tmpdir(), 'recollect-bundles-'));
  try {
    const [bundles, layer] = await Promise.all([
      bundle(entries(operations), folder),
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
    return app.synth();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
