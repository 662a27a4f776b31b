/** Loads the models, shows one photograph, and prints what is seen on it. */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Inference } from '../../../layers/inference/index.ts';
import { type Surroundings, withProgress } from '../cli/index.ts';
import { type ShowRequest, show } from './show.ts';

const MODELS = path.resolve(import.meta.dirname, '../../../models');

/** @throws ShowError */
export async function run(
  request: ShowRequest & { readonly json: boolean },
  surroundings: Surroundings,
): Promise<number> {
  const inference = new Inference({ models: MODELS, threads: availableParallelism() });
  try {
    const { lines, details } = await withProgress(
      surroundings,
      () => `Looking at ${request.photo}`,
      () => show(request, inference),
    );
    surroundings.print(request.json ? JSON.stringify(details, null, 2) : lines.join('\n'));
  } finally {
    await inference.close();
  }
  return 0;
}
