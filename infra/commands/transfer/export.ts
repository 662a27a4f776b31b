/** Exports a collection, page by page, and goes on where it was when it is interrupted anywhere. */
import path from 'node:path';
import { EXIT, Failure, type Surroundings, withProgress } from '../cli/index.ts';
import { connection } from '../connection.ts';
import { type Connect, connectExtensions, type Extensions } from '../extensions/client.ts';
import { ExportFile } from './export-file.ts';
import { type CollectionLine, type ExportedLine, FORMAT, FORMAT_VERSION } from './format.ts';

export interface ExportRequest {
  readonly collection: string;
  /** Default: the collection's id with `.ndjson.gz`, here. */
  readonly output: string | undefined;
  readonly endpoint: string | undefined;
  readonly profile: string | undefined;
  readonly region: string | undefined;
  readonly json: boolean;
}

/** What an import stores in five transactions of 98 faces. */
export const FACES_PER_PAGE = 490;

interface Page {
  readonly Collection: Omit<CollectionLine, 'Format' | 'Version'>;
  readonly Faces: readonly object[];
  readonly Users: readonly object[];
  readonly Suppressions?: readonly object[];
  readonly NextToken?: string;
}

/** @throws Failure, TransferStateError, and what the SDK throws */
export async function runExport(
  request: ExportRequest,
  surroundings: Surroundings,
  connect: Connect = connectExtensions,
): Promise<number> {
  const { collection, json } = request;
  const output = path.resolve(request.output ?? `${collection}.ndjson.gz`);
  const { endpoint } = connection(request, surroundings.environment, 'REKOGNITION');
  const file = await ExportFile.open(output, `${collection} at ${endpoint}`);
  const extensions = connect(request, surroundings.environment);
  const signal = surroundings.interruption();
  const startedAt = surroundings.clock();
  if (file.token !== undefined) {
    surroundings.say(`Going on after ${file.tally.faces} faces and ${file.tally.users} users.`);
  }
  try {
    const isDone = await withProgress(
      surroundings,
      () => `${file.tally.faces} faces and ${file.tally.users} users are written`,
      () => writePages(collection, extensions, file, signal),
    );
    if (!isDone) {
      surroundings.say('Interrupted. The same command goes on from here.');
      return EXIT.interrupted;
    }
  } finally {
    extensions.close();
    await file.close();
  }
  const { Faces, Users, Suppressions } = file.tally.end();
  const seconds = (surroundings.clock() - startedAt) / 1000;
  surroundings.print(
    json
      ? JSON.stringify(
          { file: output, faces: Faces, users: Users, suppressions: Suppressions, seconds },
          null,
          2,
        )
      : `${Faces} faces and ${Users} users in ${seconds.toFixed(1)} s: ${output}`,
  );
  return 0;
}

/** @returns false if it was interrupted before the end */
async function writePages(
  CollectionId: string,
  extensions: Extensions,
  file: ExportFile,
  signal: AbortSignal,
): Promise<boolean> {
  for (;;) {
    if (signal.aborted) return false;
    const NextToken = file.token;
    const page = await nextPage(extensions, {
      CollectionId,
      NextToken,
      MaxResults: FACES_PER_PAGE,
    });
    const first: ExportedLine[] =
      NextToken === undefined
        ? [{ Collection: { Format: FORMAT, Version: FORMAT_VERSION, ...page.Collection } }]
        : [];
    const lines = [
      ...first,
      ...page.Faces.map((Face): ExportedLine => ({ Face })),
      ...page.Users.map((User): ExportedLine => ({ User })),
      ...(page.Suppressions ?? []).map((Suppression): ExportedLine => ({ Suppression })),
    ];
    if (page.NextToken === undefined) {
      await file.finish(lines);
      return true;
    }
    await file.append(lines, page.NextToken);
  }
}

async function nextPage(extensions: Extensions, input: object): Promise<Page> {
  try {
    return (await extensions.call('ExportCollection', input)) as Page;
  } catch (error) {
    if (!(error instanceof Error && error.name === 'InvalidPaginationTokenException')) throw error;
    throw new Failure(
      'The collection was deleted and created again, or upgraded to another face model, since this export began; delete its .partial files and begin anew.',
      { cause: error },
    );
  }
}
