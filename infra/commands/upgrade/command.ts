/** `recollect upgrade-collection`: a collection to another face model, from the photographs of its owner. */
import { upgradeCollection as contract } from '../../../functions/extensions/contracts/upgrade-collection.ts';
import { choice, command, flag, JSON_OUTPUT, text, urlProblem, whole } from '../cli/index.ts';
import { CONNECTION } from '../extensions/command.ts';
import { readSource } from '../import/source-address.ts';

const MISSING = ['refuse', 'keep', 'drop'] as const;
const PLACEHOLDER = '{ExternalImageId}';

export const upgradeCollection = command({
  name: 'upgrade-collection',
  summary: contract.summary,
  description:
    'Goes through the photographs and prepares the vectors of the other face model, while those\nthere are answer. Interrupted (Ctrl-C) or killed, it goes on where it was when it is started again.\nNothing changes for anybody before --commit; --abort takes everything back until then.\nIts key must allow UpgradeCollection. See docs/extensions.md.',
  options: {
    'collection-id': text({
      placeholder: 'ID',
      help: 'what to upgrade',
      missing: 'Say what to upgrade: --collection-id ID.',
    }),
    'face-model-version': text({ placeholder: 'VERSION', help: 'the face model it leads to' }),
    from: text({
      placeholder: 'SOURCE',
      help: 'the photographs: a folder, or s3://bucket/prefix',
      problem: (source) =>
        readSource(source) === undefined ? 'A folder, or s3://bucket/prefix.' : undefined,
    }),
    template: text({
      placeholder: 'NAME',
      help: `which photograph a face is of, such as ${PLACEHOLDER}.jpg; by its bytes without it`,
      problem: (name) =>
        name.includes(PLACEHOLDER) ? undefined : `A template has ${PLACEHOLDER} in it.`,
    }),
    missing: choice({
      placeholder: 'WHAT',
      name: 'Of faces without a photograph',
      help: 'refuse to commit (as without it), keep them in the old face model, or drop them',
      choices: MISSING,
      fallback: 'refuse',
    }),
    commit: flag({ help: 'switches to the new face model when everything is prepared' }),
    abort: flag({ help: 'takes back what was prepared' }),
    parallel: whole({
      placeholder: 'N',
      name: 'Requests at once',
      help: 'at most so many requests at once; 4 without it',
      from: 1,
      to: 64,
      fallback: 4,
    }),
    's3-endpoint': text({
      placeholder: 'URL',
      help: 'where the bucket is; AWS_ENDPOINT_URL_S3 or AWS without it',
      problem: urlProblem,
    }),
    ...CONNECTION,
    json: JSON_OUTPUT,
  },
  run: async ({ options }, surroundings) => {
    const { run } = await import('./run.ts');
    const { from } = options;
    const missing = MISSING.find((choice) => choice === options.missing) ?? 'refuse';
    return run(
      {
        collection: options['collection-id'],
        faceModel: options['face-model-version'],
        source: from === undefined ? undefined : readSource(from),
        template: options.template,
        missing,
        isCommitting: options.commit,
        isAborting: options.abort,
        parallel: options.parallel,
        s3Endpoint: options['s3-endpoint'],
        endpoint: options.endpoint,
        profile: options.profile,
        region: options.region,
        json: options.json,
      },
      surroundings,
    );
  },
});
