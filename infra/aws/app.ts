/** The CDK app, which `cdk synth` and `cdk deploy` run. */
import { App } from 'aws-cdk-lib';
import { ConfigurationError } from './configuration.ts';
import { synthesise } from './synthesis.ts';

synthesise(new App(), (line) => console.error(line)).catch((error: unknown) => {
  console.error(error instanceof ConfigurationError ? error.message : error);
  process.exitCode = 1;
});
