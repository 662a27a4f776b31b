/** Calls an extension with what a command line gives, and prints the answer. */
import type { ExtensionContract } from '../../../layers/protocol/index.ts';
import { type Surroundings, withProgress } from '../cli/index.ts';
import { connectExtensions } from './client.ts';
import { inputOf } from './input.ts';
import { readable } from './print.ts';

/** @throws what the SDK throws, and the system's errors of files that are to be read */
export async function run(
  { name, input: shape }: ExtensionContract,
  options: Readonly<Record<string, unknown>>,
  given: ReadonlySet<string>,
  surroundings: Surroundings,
): Promise<undefined> {
  const { endpoint, profile, region, json } = options;
  const input = await inputOf(shape, options, given);
  const extensions = connectExtensions(
    { endpoint: asText(endpoint), profile: asText(profile), region: asText(region) },
    surroundings.environment,
  );
  try {
    const answer = await withProgress(
      surroundings,
      () => name,
      () => extensions.call(name, input),
    );
    surroundings.print(json === true ? JSON.stringify(answer, null, 2) : readable(answer));
  } finally {
    extensions.close();
  }
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
