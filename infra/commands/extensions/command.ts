/** The command of an extension: `recollect search-all-faces-by-image` for SearchAllFacesByImage. */
import type { ExtensionContract } from '../../../layers/protocol/index.ts';
import { type Command, command, ENDPOINT, JSON_OUTPUT, text } from '../cli/index.ts';
import { flagOf, flagsOf } from './flags.ts';

/** How commands that call the API reach it. */
export const CONNECTION = {
  endpoint: ENDPOINT,
  profile: text({
    placeholder: 'NAME',
    help: 'of the AWS configuration, with the access key of Recollect',
  }),
  region: text({ placeholder: 'NAME', help: 'AWS_REGION or us-east-1 without it' }),
} as const;

export function extensionCommand(contract: ExtensionContract): Command {
  const { name, summary, input } = contract;
  return command({
    name: flagOf(name),
    summary,
    description: `POST /${name} and the SDK target Recollect.${name} do the same.\nAWS_ENDPOINT_URL_REKOGNITION does the same as --endpoint; see docs/extensions.md.`,
    options: { ...flagsOf(input), ...CONNECTION, json: JSON_OUTPUT },
    run: async ({ options, given }, surroundings) => {
      const { run } = await import('./run.ts');
      return run(contract, options, given, surroundings);
    },
  });
}
