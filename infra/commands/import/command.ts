/** What `npm run import` is asked to do: the command line, read and checked. Pure. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { isUrl } from '../connection.ts';

export type SourceAddress =
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string };

export interface ImportCommand {
  readonly source: SourceAddress;
  readonly collection: string;
  /** Whether the collection is created if there is none. */
  readonly create: boolean;
  /** Whether the folder that a photograph is in names a user, with whom its largest face is associated. */
  readonly userFromFolder: boolean;
  readonly maxFaces: number | undefined;
  readonly qualityFilter: QualityFilter | undefined;
  /** The most requests at once. */
  readonly parallel: number;
  readonly retryRejected: boolean;
  /** Where progress is kept. Default: a file of the data folder, for this source and collection. */
  readonly journal: string | undefined;
  readonly endpoint: string | undefined;
  readonly s3Endpoint: string | undefined;
  readonly profile: string | undefined;
  readonly region: string | undefined;
}

const QUALITY_FILTERS = ['NONE', 'AUTO', 'LOW', 'MEDIUM', 'HIGH'] as const;
export type QualityFilter = (typeof QUALITY_FILTERS)[number];

/** Everything that is wrong with a command line, in one message. */
export class ImportCommandError extends Error {
  override readonly name = 'ImportCommandError';
}

export const USAGE = `Usage:
  npm run import -- FOLDER --collection ID
  npm run import -- s3://BUCKET/PREFIX --collection ID

  --create            create the collection if there is none
  --user-from-folder  the folder that a photograph is in names a user; its largest face becomes theirs
  --max-faces N       at most so many faces of each photograph
  --quality-filter F  NONE, AUTO (the default), LOW, MEDIUM or HIGH
  --parallel N        at most so many requests at once; 4 by default
  --retry-rejected    try again what was rejected before
  --journal FILE      where progress is kept; by default in ./.recollect/imports

  --endpoint URL      of Recollect; else AWS_ENDPOINT_URL_REKOGNITION, else http://127.0.0.1:8000
  --s3-endpoint URL   where the bucket is listed; else AWS_ENDPOINT_URL_S3, else AWS
  --profile NAME      of the AWS configuration, with the access key of Recollect
  --region NAME       else AWS_REGION, else us-east-1

Interrupted (Ctrl-C) or killed, it goes on where it was when it is started again.`;

const COLLECTION_ID = /^[a-zA-Z0-9_.-]{1,255}$/;
const MOST_PARALLEL = 64;

/**
 * @param args without the program's own name
 * @throws ImportCommandError
 */
export function readImportCommand(args: readonly string[]): ImportCommand {
  const { values, positionals } = parse(args);
  const [source, ...operands] = positionals;
  const { collection, parallel, endpoint } = values;
  const maxFaces = values['max-faces'];
  const filter = values['quality-filter'];
  const s3Endpoint = values['s3-endpoint'];
  const qualityFilter = QUALITY_FILTERS.find((one) => one === filter);
  const address = source === undefined ? undefined : readSource(source);
  const problems = [
    ...(address === undefined ? ['Say what to import: a folder, or s3://bucket/prefix.'] : []),
    ...operands.map((operand) => `What is "${operand}"?`),
    ...(collection === undefined ? ['Say where it goes: --collection ID.'] : []),
    ...(collection === undefined || COLLECTION_ID.test(collection)
      ? []
      : [`A collection id has letters, digits, "_", "." and "-", not "${collection}".`]),
    ...(maxFaces === undefined || /^[1-9]\d{0,2}$/.test(maxFaces)
      ? []
      : [`The most faces must be a number from 1 to 999, not "${maxFaces}".`]),
    ...(filter === undefined || qualityFilter !== undefined
      ? []
      : [`The quality filter must be one of ${QUALITY_FILTERS.join(', ')}, not "${filter}".`]),
    ...(parallel === undefined || (/^[1-9]\d?$/.test(parallel) && Number(parallel) <= MOST_PARALLEL)
      ? []
      : [`Requests at once must be a number from 1 to ${MOST_PARALLEL}, not "${parallel}".`]),
    ...[endpoint, s3Endpoint].flatMap((url) =>
      url === undefined || isUrl(url) ? [] : [`An endpoint is an http or https URL, not "${url}".`],
    ),
  ];
  if (problems.length > 0 || address === undefined || collection === undefined) {
    throw new ImportCommandError(`${problems.join('\n')}\n\n${USAGE}`);
  }
  return {
    source: address,
    collection,
    create: values.create ?? false,
    userFromFolder: values['user-from-folder'] ?? false,
    maxFaces: maxFaces === undefined ? undefined : Number(maxFaces),
    qualityFilter,
    parallel: Number(parallel ?? 4),
    retryRejected: values['retry-rejected'] ?? false,
    journal: values.journal,
    endpoint,
    s3Endpoint,
    profile: values.profile,
    region: values.region,
  };
}

function readSource(text: string): SourceAddress | undefined {
  const match = /^s3:\/\/([^/]*)\/?(.*)$/s.exec(text);
  if (match === null)
    return text === '' ? undefined : { kind: 'folder', folder: path.resolve(text) };
  const [, bucket = '', prefix = ''] = match;
  return bucket === '' ? undefined : { kind: 's3', bucket, prefix };
}

function parse(args: readonly string[]) {
  try {
    const string = { type: 'string' } as const;
    const boolean = { type: 'boolean' } as const;
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        collection: string,
        create: boolean,
        'user-from-folder': boolean,
        'max-faces': string,
        'quality-filter': string,
        parallel: string,
        'retry-rejected': boolean,
        journal: string,
        endpoint: string,
        's3-endpoint': string,
        profile: string,
        region: string,
      },
    });
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new ImportCommandError(`${problem}\n\n${USAGE}`, { cause });
  }
}
