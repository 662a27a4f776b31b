/** `npm run show -- photo.jpg out.png`: draws what Recollect sees on a photograph. */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Inference } from '../../../layers/inference/index.ts';
import { readCommand, ShowError } from './command.ts';
import { show } from './show.ts';

const MODELS = path.resolve(import.meta.dirname, '../../../models');

async function main(): Promise<void> {
  const command = readCommand(process.argv.slice(2));
  const inference = new Inference({ models: MODELS, threads: availableParallelism() });
  console.log(await show(command, inference));
  await inference.close();
}

main().catch((error: unknown) => {
  console.error(error instanceof ShowError ? error.message : error);
  process.exit(1);
});
