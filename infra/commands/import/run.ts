/** Connects to the service, imports what a command names, and tells how it went. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { RekognitionClient } from '@aws-sdk/client-rekognition';
import { EXIT, type Surroundings, withProgress } from '../cli/index.ts';
import { connection } from '../connection.ts';
import { Bottleneck } from './bottleneck.ts';
import { rejectedCsv } from './csv.ts';
import { FolderSource } from './folder-source.ts';
import { runImport } from './importer.ts';
import { Journal } from './journal.ts';
import { Pace } from './pace.ts';
import { type PassedOver, PassedOverCount } from './passed-over.ts';
import { duration, Progress } from './progress.ts';
import { type ImportRequest, MOST_PARALLEL } from './request.ts';
import { Room } from './room.ts';
import { s3Client } from './s3-client.ts';
import { S3Source } from './s3-source.ts';
import { Service } from './service.ts';
import type { Source } from './source.ts';

/** A group photograph on a slow machine takes some seconds. */
const REQUEST_TIMEOUT_MS = 120_000;

/** For photographs in hand: two dozen of the largest that need not be made smaller, or four of those that must. */
const MEMORY_BYTES = 384 * 1024 * 1024;

/** @throws NoCollectionError, JournalError, GivenUpError, and what concerns every photograph */
export async function run(request: ImportRequest, surroundings: Surroundings): Promise<number> {
  const api = connection(request, surroundings.environment, 'REKOGNITION');
  const client = new RekognitionClient({
    ...api,
    // Whether and when to repeat a request is decided here.
    maxAttempts: 1,
    requestHandler: {
      requestTimeout: REQUEST_TIMEOUT_MS,
      // The SDK's own limit is lower; how many there are at once is decided here, too.
      httpAgent: { maxSockets: MOST_PARALLEL },
      httpsAgent: { maxSockets: MOST_PARALLEL },
    },
  });
  try {
    const service = new Service(client, request.collection, request);
    await service.requireCollection(request.create);
    const source = openSource(request, api.endpoint, surroundings.environment);
    const subject = describe(request, api.endpoint);
    const journal = await Journal.open(
      request.journal ?? defaultJournal(request, subject),
      subject,
      request.retryRejected,
    );
    try {
      return await work(request, service, source, journal, surroundings);
    } finally {
      await journal.close();
    }
  } finally {
    client.destroy();
  }
}

async function work(
  request: ImportRequest,
  service: Service,
  source: Source,
  journal: Journal,
  surroundings: Surroundings,
): Promise<number> {
  const { say, clock, terminal } = surroundings;
  const signal = surroundings.interruption();
  let total = 0;
  const passedOver = new PassedOverCount();
  await withProgress(
    surroundings,
    () => `Looking for photographs, ${total} so far`,
    async () => {
      for await (const _photograph of source.photographs(passedOver.add)) total++;
    },
  );
  const before = journal.totals.photographs;
  say(`${total} photographs, ${before} of them done before. Journal: ${journal.file}`);
  for (const line of passedOver.lines()) say(line);
  if (total === 0) say('Names of photographs end in .jpg, .jpeg, .jpe, .jfif or .png.');
  const startedAt = clock();
  const parallel = request.parallel ?? MOST_PARALLEL;
  const pace = new Pace({ most: parallel });
  const bottleneck = new Bottleneck();
  const progress = new Progress({
    output: terminal,
    total,
    clock,
    pace: () => {
      const limit = bottleneck.inWords(pace.isHeldBack);
      return limit === undefined ? undefined : `${pace.limit} at once, limited by ${limit}`;
    },
  });
  try {
    await runImport({
      source,
      service,
      journal,
      pace,
      bottleneck,
      memory: new Room(MEMORY_BYTES),
      parallel,
      userFromFolder: request.userFromFolder,
      onDone: (entry) => progress.count(entry !== undefined, journal.totals),
      signal,
    });
  } finally {
    progress.end(journal.totals);
    const seconds = (clock() - startedAt) / 1000;
    await summarise(request, journal, { before, seconds, passedOver }, surroundings);
  }
  if (!signal.aborted) return 0;
  say('Interrupted. The same command goes on from here.');
  return EXIT.interrupted;
}

interface Circumstances {
  /** Photographs that were done before this run. */
  readonly before: number;
  readonly seconds: number;
  readonly passedOver: PassedOverCount;
}

async function summarise(
  { json }: ImportRequest,
  journal: Journal,
  { before, seconds, passedOver }: Circumstances,
  { print, say }: Surroundings,
): Promise<void> {
  const { photographs, faces, rejected, userProblems } = journal.totals;
  const now = photographs - before;
  const { unreadable } = passedOver;
  const file =
    rejected + unreadable.length === 0 ? undefined : await writeRejected(journal, unreadable);
  if (json) {
    const summary = { photographs, now, seconds, faces, rejected, userProblems };
    const where = { journal: journal.file, rejectedFile: file ?? null };
    print(JSON.stringify({ ...summary, passedOver: passedOver.counts, ...where }, null, 2));
    return;
  }
  const rate = seconds > 0 ? ` (${(now / seconds).toFixed(1)}/s)` : '';
  print(
    `${photographs} photographs done, ${now} of them in ${duration(seconds)}${rate}: ${faces} faces, ${rejected} rejected.`,
  );
  if (userProblems > 0) {
    say(`Of ${userProblems} the largest face is not associated with its user; see the journal.`);
  }
  if (file !== undefined) say(`What was rejected or cannot be read, and why: ${file}`);
}

async function writeRejected(journal: Journal, unreadable: readonly PassedOver[]): Promise<string> {
  const file = journal.file.replace(/(\.ndjson)?$/, '.rejected.csv');
  const others = unreadable.map(({ name, reason = '' }) => ({
    name,
    rejected: { code: 'Unreadable', message: `The folder cannot be read: ${reason}.` },
  }));
  await writeFile(file, rejectedCsv([...(await journal.rejected()), ...others]));
  return file;
}

function openSource(
  command: ImportRequest,
  endpoint: string,
  environment: Surroundings['environment'],
): Source {
  const { source } = command;
  if (source.kind === 'folder') return new FolderSource(source.folder);
  const client = s3Client(command.s3Endpoint, endpoint, environment);
  return new S3Source(client, source.bucket, source.prefix);
}

/** What makes an import the same as before: from where, to where, and how. */
function describe(command: ImportRequest, endpoint: string): string {
  const { source, collection, maxFaces, qualityFilter, userFromFolder } = command;
  const from = source.kind === 'folder' ? source.folder : `s3://${source.bucket}/${source.prefix}`;
  const how = [
    ...(maxFaces === undefined ? [] : [`max-faces ${maxFaces}`]),
    ...(qualityFilter === undefined ? [] : [`quality-filter ${qualityFilter}`]),
    ...(userFromFolder ? ['user-from-folder'] : []),
  ];
  return [`${from} to ${collection} at ${endpoint}`, ...how].join(', ');
}

function defaultJournal({ collection, data }: ImportRequest, subject: string): string {
  const digest = createHash('sha256').update(subject).digest('hex').slice(0, 12);
  return path.join(data, 'imports', `${collection}-${digest}.ndjson`);
}
