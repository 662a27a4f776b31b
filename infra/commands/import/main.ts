/** `npm run import`: indexes a folder of photographs, or those under a prefix of a bucket. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { RekognitionClient } from '@aws-sdk/client-rekognition';
import { S3Client } from '@aws-sdk/client-s3';
import { connection, isLocal, LOCAL_S3_ENDPOINT } from '../connection.ts';
import { type ImportCommand, ImportCommandError, readImportCommand } from './command.ts';
import { rejectedCsv } from './csv.ts';
import { GivenUpError, runImport } from './importer.ts';
import { Journal, JournalError } from './journal.ts';
import { Pace } from './pace.ts';
import { duration, Progress } from './progress.ts';
import { NoCollectionError, Service } from './service.ts';
import { FolderSource, S3Source, type Source } from './source.ts';

/** A group photograph on a slow machine takes some seconds. */
const REQUEST_TIMEOUT_MS = 120_000;
const INTERRUPTED = 130;

async function main(): Promise<number> {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const command = readImportCommand(process.argv.slice(2));
  const api = connection(command, process.env, 'REKOGNITION');
  const client = new RekognitionClient({
    ...api,
    // Whether and when to repeat a request is decided here.
    maxAttempts: 1,
    requestHandler: { requestTimeout: REQUEST_TIMEOUT_MS },
  });
  const service = new Service(client, command.collection, command);
  await service.requireCollection(command.create);
  const source = openSource(command, api.endpoint);
  const subject = describe(command, api.endpoint);
  const journal = await Journal.open(
    command.journal ?? defaultJournal(command, subject),
    subject,
    command.retryRejected,
  );
  try {
    return await work(command, service, source, journal);
  } finally {
    await journal.close();
    client.destroy();
  }
}

async function work(
  command: ImportCommand,
  service: Service,
  source: Source,
  journal: Journal,
): Promise<number> {
  let total = 0;
  for await (const _photograph of source.photographs()) total++;
  const before = journal.totals.photographs;
  console.log(`${total} photographs, ${before} of them done before. Journal: ${journal.file}`);

  const interruption = new AbortController();
  onInterrupt(() => interruption.abort());
  const startedAt = performance.now();
  const progress = new Progress({
    output: process.stderr,
    total,
    clock: () => performance.now(),
  });
  try {
    await runImport({
      source,
      service,
      journal,
      pace: new Pace({ most: command.parallel }),
      parallel: command.parallel,
      userFromFolder: command.userFromFolder,
      onDone: (entry) => progress.count(entry !== undefined, journal.totals),
      signal: interruption.signal,
    });
  } finally {
    progress.end(journal.totals);
    await summarise(journal, before, (performance.now() - startedAt) / 1000);
  }
  if (!interruption.signal.aborted) return 0;
  console.log('Interrupted. The same command goes on from here.');
  return INTERRUPTED;
}

async function summarise(journal: Journal, before: number, seconds: number): Promise<void> {
  const { photographs, faces, rejected, userProblems } = journal.totals;
  const now = photographs - before;
  console.log(
    `${photographs} photographs done, ${now} of them in ${duration(seconds)} (${(now / seconds).toFixed(1)}/s): ${faces} faces, ${rejected} rejected.`,
  );
  if (userProblems > 0) {
    console.log(
      `Of ${userProblems} the largest face is not associated with its user; see the journal.`,
    );
  }
  if (rejected === 0) return;
  const file = journal.file.replace(/(\.ndjson)?$/, '.rejected.csv');
  await writeFile(file, rejectedCsv(await journal.rejected()));
  console.log(`What was rejected, and why: ${file}`);
}

function openSource(command: ImportCommand, endpoint: string): Source {
  const { source } = command;
  if (source.kind === 'folder') return new FolderSource(source.folder);
  const elsewhere = process.env['AWS_ENDPOINT_URL_S3'] || process.env['AWS_ENDPOINT_URL'];
  const address =
    command.s3Endpoint ?? (elsewhere || (isLocal(endpoint) ? LOCAL_S3_ENDPOINT : undefined));
  if (address === undefined) return new S3Source(new S3Client({}), source.bucket, source.prefix);
  const { region, credentials } = connection({ endpoint: address }, process.env, 'S3');
  const settings = { endpoint: address, region, forcePathStyle: true };
  const client = new S3Client({ ...settings, ...(credentials && { credentials }) });
  return new S3Source(client, source.bucket, source.prefix);
}

/** What makes an import the same as before: from where, to where, and how. */
function describe(command: ImportCommand, endpoint: string): string {
  const { source, collection, maxFaces, qualityFilter, userFromFolder } = command;
  const from = source.kind === 'folder' ? source.folder : `s3://${source.bucket}/${source.prefix}`;
  const how = [
    ...(maxFaces === undefined ? [] : [`max-faces ${maxFaces}`]),
    ...(qualityFilter === undefined ? [] : [`quality-filter ${qualityFilter}`]),
    ...(userFromFolder ? ['user-from-folder'] : []),
  ];
  return [`${from} to ${collection} at ${endpoint}`, ...how].join(', ');
}

function defaultJournal({ collection }: ImportCommand, subject: string): string {
  const data = process.env['RECOLLECT_DATA'] || './.recollect';
  const digest = createHash('sha256').update(subject).digest('hex').slice(0, 12);
  return path.join(data, 'imports', `${collection}-${digest}.ndjson`);
}

/** The first Ctrl-C finishes what is under way, the second does not. */
function onInterrupt(stop: () => void): void {
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(INTERRUPTED);
      stopping = true;
      console.log('\nFinishing what is under way; once more Ctrl-C to stop at once.');
      stop();
    });
  }
}

function isExpected(error: unknown): error is Error {
  return (
    error instanceof ImportCommandError ||
    error instanceof NoCollectionError ||
    error instanceof JournalError ||
    error instanceof GivenUpError ||
    // What AWS refuses, a folder that is not there, nobody who listens: it needs no stack trace.
    (error instanceof Error && ('$metadata' in error || 'code' in error))
  );
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(isExpected(error) ? `${error.message}` : error);
    process.exit(1);
  },
);
