/** `recollect import`: indexes a folder of photographs, or those under a prefix of a bucket. */
import path from 'node:path';
import {
  type Asked,
  choice,
  command,
  DATA,
  ENDPOINT,
  flag,
  JSON_OUTPUT,
  text,
  urlProblem,
  whole,
} from '../cli/index.ts';
import { type ImportRequest, MOST_PARALLEL, QUALITY_FILTERS } from './request.ts';
import { readSource } from './source-address.ts';

const options = {
  collection: text({
    placeholder: 'ID',
    help: 'where the faces go',
    missing: 'Say where it goes: --collection ID.',
    problem: (id) =>
      /^[a-zA-Z0-9_.-]{1,255}$/.test(id)
        ? undefined
        : `A collection id has letters, digits, "_", "." and "-", not "${id}".`,
  }),
  create: flag({ help: 'creates the collection if there is none' }),
  'user-from-folder': flag({
    help: 'the folder that a photograph is in names a user; its largest face becomes theirs',
  }),
  'max-faces': whole({
    placeholder: 'N',
    name: 'The most faces',
    help: 'at most so many faces of each photograph',
    from: 1,
    to: 100,
  }),
  'quality-filter': choice({
    placeholder: 'FILTER',
    name: 'The quality filter',
    help: 'NONE, AUTO (as without it), LOW, MEDIUM or HIGH',
    choices: QUALITY_FILTERS,
  }),
  parallel: whole({
    placeholder: 'N',
    name: 'Requests at once',
    help: 'at most so many requests at once; as many as speed it up without it',
    from: 1,
    to: MOST_PARALLEL,
  }),
  'retry-rejected': flag({ help: 'tries again what was rejected before' }),
  journal: text({
    placeholder: 'FILE',
    help: 'where progress is kept; in the data folder without it, below imports',
  }),
  data: DATA,
  endpoint: ENDPOINT,
  's3-endpoint': text({
    placeholder: 'URL',
    help: 'where the bucket is listed; AWS_ENDPOINT_URL_S3 or AWS without it',
    problem: urlProblem,
  }),
  profile: text({
    placeholder: 'NAME',
    help: 'of the AWS configuration, with the access key of Recollect',
  }),
  region: text({ placeholder: 'NAME', help: 'AWS_REGION or us-east-1 without it' }),
  json: JSON_OUTPUT,
} as const;

export const importPhotographs = command({
  name: 'import',
  summary: 'indexes a folder of photographs, or a part of a bucket',
  description:
    'Interrupted (Ctrl-C) or killed, it goes on where it was when it is started again.\nAWS_ENDPOINT_URL_REKOGNITION does the same as --endpoint.',
  operands: {
    placeholder: 'FOLDER|s3://BUCKET/PREFIX',
    least: 1,
    most: 1,
    missing: 'Say what to import: a folder, or s3://bucket/prefix.',
    problem: (source) =>
      readSource(source) === undefined
        ? 'Say what to import: a folder, or s3://bucket/prefix.'
        : undefined,
  },
  options,
  run: async (asked, surroundings) => {
    const { run } = await import('./run.ts');
    return run(requestOf(asked), surroundings);
  },
});

/** What a command line that was checked asks for. */
export function requestOf({
  options: given,
  operands: [source = ''],
}: Asked<typeof options>): ImportRequest {
  return {
    source: readSource(source) ?? { kind: 'folder', folder: path.resolve(source) },
    collection: given.collection,
    create: given.create,
    userFromFolder: given['user-from-folder'],
    maxFaces: given['max-faces'],
    qualityFilter: given['quality-filter'],
    parallel: given.parallel,
    retryRejected: given['retry-rejected'],
    journal: given.journal,
    data: given.data,
    endpoint: given.endpoint,
    s3Endpoint: given['s3-endpoint'],
    profile: given.profile,
    region: given.region,
    json: given.json,
  };
}
